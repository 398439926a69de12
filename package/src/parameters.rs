//! The tables of the templates' parameters, made from the templates: `docs/parameters.md`.

use crate::release::templates;
use crate::template::parse;
use anyhow::{Context, bail};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Characters of a value that a table shows.
const LONGEST: usize = 80;

/// The document in the project.
pub fn file(root: &Path) -> PathBuf {
    root.join("docs/parameters.md")
}

/// The text of the document: a table for each template that has parameters.
///
/// # Errors
/// When a template cannot be read, or a parameter has no description.
pub fn document(root: &Path) -> anyhow::Result<String> {
    let mut text =
        "# Parameters of the templates\n\nMade from the templates by `make parameters`.\n".to_owned();
    for path in templates(root)? {
        let source =
            std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let table =
            table(&source).with_context(|| format!("{name} has a parameter that cannot be described"))?;
        if !table.is_empty() {
            write!(
                text,
                "\n## [{name}](../{name})\n\n| parameter | type | default | meaning |\n|---|---|---|---|\n{table}"
            )?;
        }
    }
    Ok(text)
}

/// The rows, in the order of the template.
fn table(source: &str) -> anyhow::Result<String> {
    let template = parse(source)?;
    let Some(parameters) = template.get("Parameters").and_then(Value::as_object) else {
        return Ok(String::new());
    };
    let place = |name: &str| source.find(&format!("\n  {name}:")).unwrap_or(usize::MAX);
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort_by_key(|(name, _)| place(name));
    let mut rows = String::new();
    for (name, parameter) in sorted {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("Description").is_empty() {
            bail!("{name} has no Description");
        }
        let default = parameter.get("Default").map_or_else(|| "required".to_owned(), shown);
        let meaning = cell(text("Description"));
        writeln!(rows, "| `{name}` | {} | {default} | {meaning}{} |", kind(parameter), allowed(parameter))?;
    }
    Ok(rows)
}

fn kind(parameter: &Value) -> String {
    let kind = parameter.get("Type").and_then(Value::as_str).unwrap_or_default();
    let secret = parameter.get("NoEcho").is_some_and(|no_echo| no_echo.to_string().contains("true"));
    format!("{}{}", cell(kind), if secret { ", not shown" } else { "" })
}

/// The values, where the template lists them.
fn allowed(parameter: &Value) -> String {
    let values = parameter.get("AllowedValues").and_then(Value::as_array);
    let values: Vec<_> = values.into_iter().flatten().map(shown).collect();
    if values.is_empty() { String::new() } else { format!(" One of {}.", values.join(", ")) }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) if text.len() > LONGEST => "see the template".to_owned(),
        Value::String(text) => format!("`{}`", cell(text)),
        other => format!("`{other}`"),
    }
}

/// One line, with nothing that ends a cell of a table.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_a_row_in_the_order_of_the_template() {
        let source = "Parameters:\n  Size:\n    Description: >-\n      How\n      much.\n    Type: Number\n    Default: 3\n    AllowedValues: [3, 5]\n\
                      \x20 Key:\n    Description: A | B\n    Type: String\n    NoEcho: true\n  Empty:\n    Description: x\n    Type: String\n    Default: ''\n";
        let expected = "| `Size` | Number | `3` | How much. One of `3`, `5`. |\n\
                        | `Key` | String, not shown | required | A \\| B |\n| `Empty` | String | empty | x |\n";
        assert_eq!(table(source).unwrap(), expected);
        assert!(table("Parameters:\n  A: {Type: String}\n").is_err());
        assert_eq!(table("Resources: {}\n").unwrap(), "");
    }

    #[test]
    fn the_document_is_that_of_the_templates() {
        let root = crate::root();
        let written = std::fs::read_to_string(file(&root)).unwrap_or_default();
        assert!(written == document(&root).unwrap(), "docs/parameters.md: run `make parameters`");
    }
}
