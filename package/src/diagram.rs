//! The picture of the templates, made from them: which stack nests which, and what each makes. `docs/images/templates.svg`.

mod drawing;

use crate::release::templates;
use crate::template::parse;
use anyhow::Context;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the picture begins.
const ROOT: &str = "data-science-environment-quickstart.yaml";
/// What deploys a function. They are named in the box of the stack that nests them.
const FUNCTIONS: &str = "infra/functions";
/// How many types of resources a box names.
const TYPES: usize = 3;

/// The picture in the project.
pub fn file(root: &Path) -> PathBuf {
    root.join("docs/images/templates.svg")
}

/// The text of the picture.
///
/// # Errors
/// When a template cannot be read, or nests one that is not there.
pub fn document(root: &Path) -> anyhow::Result<String> {
    Ok(drawing::draw(&Templates::read(root)?.tree(ROOT, false)?))
}

/// The templates by file name.
struct Templates(BTreeMap<String, Template>);

struct Template {
    is_function: bool,
    /// In the order of the template.
    resources: Vec<Value>,
}

/// A stack in the picture.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    /// The name of the template.
    title: String,
    /// What is in it, line by line.
    lines: Vec<String>,
    /// Whether it is made only by choice.
    is_optional: bool,
    nested: Vec<Node>,
}

impl Templates {
    fn read(root: &Path) -> anyhow::Result<Self> {
        let mut read = BTreeMap::new();
        for path in templates(root)? {
            let source = std::fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            let template = parse(&source).with_context(|| format!("{} is no template", path.display()))?;
            let resources = in_order(&source, template.get("Resources"));
            let is_function = path.strip_prefix(root).is_ok_and(|path| path.starts_with(FUNCTIONS));
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            read.insert(name, Template { is_function, resources });
        }
        Ok(Self(read))
    }

    /// A template with all that it nests.
    fn tree(&self, own: &str, is_optional: bool) -> anyhow::Result<Node> {
        let get = |file: &str| self.0.get(file).with_context(|| format!("there is no template {file}"));
        let template = get(own)?;
        // In the order of the template: how often each is nested, and whether always.
        let mut nested: Vec<(String, usize, bool)> = Vec::new();
        let mut functions = Vec::new();
        for (file, is_optional) in template.files("AWS::CloudFormation::Stack", "TemplateURL") {
            // One makes each of its roles in a stack of itself.
            if file == own {
                continue;
            }
            if get(&file)?.is_function {
                functions.push(stem(&file).to_owned());
                continue;
            }
            match nested.iter_mut().find(|(known, ..)| *known == file) {
                Some((_, count, optional)) => (*count, *optional) = (*count + 1, *optional && is_optional),
                None => nested.push((file, 1, is_optional)),
            }
        }
        functions.dedup();
        let mut lines = vec![template.summary()];
        let names =
            |files: Vec<(String, bool)>| files.iter().map(|(file, _)| stem(file).to_owned()).collect();
        for (head, names) in [
            ("functions", functions),
            (
                "products",
                names(template.files("AWS::ServiceCatalog::CloudFormationProduct", "LoadTemplateFromURL")),
            ),
            ("in other accounts", names(template.files("AWS::CloudFormation::StackSet", "TemplateURL"))),
        ] {
            if !names.is_empty() {
                lines.push(format!("{head}: {}", names.join(", ")));
            }
        }
        let mut children = Vec::new();
        for (file, count, is_optional) in nested {
            let mut child = self.tree(&file, is_optional)?;
            if count > 1 {
                child.title = format!("{} (up to {count})", child.title);
            }
            children.push(child);
        }
        Ok(Node { title: stem(own).to_owned(), lines, is_optional, nested: children })
    }
}

impl Template {
    /// The files that resources of a type name under a key, and whether each resource has a condition.
    fn files(&self, kind: &str, key: &str) -> Vec<(String, bool)> {
        let resources = self.resources.iter().filter(|it| it["Type"] == kind);
        let mut found = Vec::new();
        for resource in resources {
            let mut urls = Vec::new();
            texts(&resource["Properties"], key, &mut urls);
            let files = urls.iter().map(|url| url.rsplit('/').next().unwrap_or_default().to_owned());
            found.extend(files.map(|file| (file, resource.get("Condition").is_some())));
        }
        found
    }

    /// `7 Role, 2 ManagedPolicy, 3 more`: the most frequent types. Stacks are in the picture themselves.
    fn summary(&self) -> String {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let types = self.resources.iter().filter_map(|it| it["Type"].as_str());
        for kind in types.filter(|kind| *kind != "AWS::CloudFormation::Stack") {
            let kind = kind.rsplit("::").next().unwrap_or(kind);
            *counts.entry(kind.to_owned()).or_default() += 1;
        }
        let mut sorted: Vec<_> = counts.into_iter().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let more: usize = sorted.iter().skip(TYPES).map(|(_, count)| count).sum();
        let named: Vec<_> =
            sorted.iter().take(TYPES).map(|(kind, count)| format!("{count} {kind}")).collect();
        match (named.is_empty(), more) {
            (true, _) => "nested stacks only".to_owned(),
            (false, 0) => named.join(", "),
            (false, more) => format!("{}, {more} more", named.join(", ")),
        }
    }
}

/// The resources as they follow each other in the source, whose order a map need not keep.
fn in_order(source: &str, resources: Option<&Value>) -> Vec<Value> {
    let mut resources: Vec<_> = resources.and_then(Value::as_object).into_iter().flatten().collect();
    resources.sort_by_key(|(id, _)| source.find(&format!("\n  {id}:")));
    resources.into_iter().map(|(_, resource)| resource.clone()).collect()
}

/// All texts under a key, in order.
fn texts<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == key => found.push(text),
                    _ => texts(value, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
        _ => {}
    }
}

fn stem(file: &str) -> &str {
    file.split('.').next().unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template(is_function: bool, resources: &Value) -> Template {
        Template { is_function, resources: in_order("", Some(resources)) }
    }

    #[test]
    fn a_stack_has_what_it_nests_and_what_it_makes() {
        let stack = |file: &str, more: &Value| {
            let mut stack = json!({"Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": format!("https://s3/${{CodePrefix}}/{file}")}});
            stack.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            stack
        };
        let optional = json!({"Condition": "HasZone"});
        let templates = Templates(BTreeMap::from([
            (
                "whole.yaml".to_owned(),
                template(
                    false,
                    &json!({
                        "First": stack("zone.yaml", &optional), "Second": stack("zone.yaml", &optional),
                        "Clean": stack("clean-up.yaml", &json!({})),
                        "Role": {"Type": "AWS::IAM::Role"}, "Other": {"Type": "AWS::IAM::Role"}, "Rule": {"Type": "AWS::Events::Rule"},
                    }),
                ),
            ),
            ("zone.yaml".to_owned(), template(false, &json!({}))),
            ("clean-up.yaml".to_owned(), template(true, &json!({}))),
        ]));
        let zone = Node {
            title: "zone (up to 2)".to_owned(),
            lines: vec!["nested stacks only".to_owned()],
            is_optional: true,
            nested: Vec::new(),
        };
        let whole = Node {
            title: "whole".to_owned(),
            lines: vec!["2 Role, 1 Rule".to_owned(), "functions: clean-up".to_owned()],
            is_optional: false,
            nested: vec![zone],
        };
        assert_eq!(templates.tree("whole.yaml", false).unwrap(), whole);
        assert!(templates.tree("lost.yaml", false).is_err());
    }

    #[test]
    fn the_picture_is_that_of_the_templates() {
        let root = crate::root();
        let written = std::fs::read_to_string(file(&root)).unwrap_or_default();
        assert!(written == document(&root).unwrap(), "docs/images/templates.svg: run `make parameters`");
    }
}
