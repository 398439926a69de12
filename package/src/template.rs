//! A template that stands on its own: the buildspec it names is put inside it, as text. Lines of the buildspec that are
//! nothing but a comment stay behind, because a template body may have 51,200 bytes and its reader has the source.

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::path::Path;

/// The most that CloudFormation takes as a template body, from a command with `--template-body` or `--template-file`.
pub const BODY_LIMIT: usize = 51_200;

/// The most that it reads from a bucket: 1 MB, which may mean fewer bytes than a mebibyte has.
pub const URL_LIMIT: usize = 1_000_000;

/// Templates that the guides deploy by their URL only, or that only other templates nest. Every other one fits into a template
/// body: `external-repo-access.yaml`, the roles and what `infra/functions` has are deployed from files.
const BY_URL: &[&str] = &[
    "core-main.yaml",
    "data-science-environment-quickstart.yaml",
    "env-iam-policies.yaml",
    "env-iam-projects.yaml",
    "env-main.yaml",
    "env-vpc-endpoints.yaml",
    "env-vpc-internet.yaml",
    "env-vpc-zone.yaml",
    "env-vpc.yaml",
];

/// The end of the name of every file that is included, which is how it is told from a buildspec in a repository.
const INCLUDED: &str = ".buildspec.yaml";

/// Reads the template at `path` and replaces each `BuildSpec: NAME.buildspec.yaml` by the text of that file, which lies
/// beside the template.
///
/// # Errors
/// When a named file is not there, when the result is not the YAML that was meant, or when it is too large for what it is
/// used for.
pub fn template(path: &Path) -> anyhow::Result<String> {
    let source =
        std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut whole = String::with_capacity(source.len());
    let mut included = Vec::new();
    for line in source.lines() {
        let Some((indent, name)) = reference(line) else {
            whole.push_str(line);
            whole.push('\n');
            continue;
        };
        let text = std::fs::read_to_string(folder.join(name))
            .with_context(|| format!("{} names {name}, which is not beside it", path.display()))?;
        let text = without_comments(&text);
        let key = line.split_once(':').map_or(line, |(key, _)| key);
        whole.push_str(key);
        whole.push_str(": ");
        whole.push_str(&block(&text, indent + 2));
        included.push(text);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    fits(&name, &whole)
        .and_then(|()| check(&whole, &included))
        .with_context(|| format!("{} cannot be packaged", path.display()))?;
    Ok(whole)
}

/// Whether the template `name` is small enough for every way in which it is deployed.
///
/// # Errors
/// When it is not.
pub fn fits(name: &str, text: &str) -> anyhow::Result<()> {
    let size = text.len();
    if BY_URL.contains(&name) {
        ensure!(
            size <= URL_LIMIT,
            "it has {size} bytes, and CloudFormation reads at most {URL_LIMIT} from a bucket; move a part of it into a nested \
             template"
        );
    }
    ensure!(
        size <= BODY_LIMIT || BY_URL.contains(&name),
        "it has {size} bytes, and CloudFormation takes at most {BODY_LIMIT} in a template body; shorten comments or \
         descriptions in the template or its buildspec, or list it in package/src/template.rs if it is deployed by its \
         URL only"
    );
    Ok(())
}

/// The column of the key and the name of the file, when the line is a reference.
fn reference(line: &str) -> Option<(usize, &str)> {
    let item = line.trim_start_matches([' ', '-']);
    let value = item.strip_prefix("BuildSpec:")?;
    let name = value.split(" #").next()?.trim().trim_matches(['\'', '"']);
    let sibling = name.ends_with(INCLUDED) && !name.contains(['/', '\\']);
    sibling.then(|| (line.len() - item.len(), name))
}

/// In YAML and in the shell within it, a line that starts with `#` says nothing to the machine.
fn without_comments(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with('#')).collect()
}

/// The text as a literal block scalar: header, then each line indented by `indent`.
fn block(text: &str, indent: usize) -> String {
    // Said only where YAML could not find it out: when the first line that has text starts with a space.
    let indicator = if text.trim_start_matches('\n').starts_with(' ') { "2" } else { "" };
    let keep = match (text.ends_with('\n'), text.ends_with("\n\n") || text == "\n") {
        (false, _) => "-",
        (true, false) => "",
        (true, true) => "+",
    };
    let mut block = format!("|{indicator}{keep}\n");
    for line in text.lines() {
        if !line.is_empty() {
            block.extend(std::iter::repeat_n(' ', indent));
            block.push_str(line);
        }
        block.push('\n');
    }
    block
}

/// What CloudFormation will read must be what was written.
fn check(whole: &str, included: &[String]) -> anyhow::Result<()> {
    let document = parse(whole)?;
    let mut found = Vec::new();
    buildspecs(&document, &mut found);
    for text in included {
        if !found.contains(&text.as_str()) {
            bail!(
                "a buildspec does not survive the inclusion: look for tabs, carriage returns or control characters"
            );
        }
    }
    Ok(())
}

/// The document without CloudFormation's short functions, whose tags mean nothing here.
pub(crate) fn parse(template: &str) -> anyhow::Result<Value> {
    serde_saphyr::from_str(template).context("it is not YAML")
}

fn buildspecs<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if key == "BuildSpec" => found.push(text),
                    _ => buildspecs(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| buildspecs(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
