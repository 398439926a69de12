//! The parameters of a product, from the command line and from a file. No sentence quotes a value: it may be a secret.

use crate::exit::{Exit, Failure};
use serde_json::Value;
use shared::secret::Secret;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Those of `--parameter` and of `--parameters` together.
pub(super) fn read(
    given: &[(String, Secret<String>)],
    file: Option<&Path>,
) -> Result<BTreeMap<String, Secret<String>>, Failure> {
    let usage = |sentence| Failure::new(Exit::Usage, sentence);
    let mut parameters = match file {
        Some(path) => from_file(path).map_err(usage)?,
        None => BTreeMap::new(),
    };
    for (key, value) in given {
        if parameters.insert(key.clone(), value.clone()).is_some() {
            return Err(usage(format!("parameter {key} is given twice: give each parameter once")));
        }
    }
    Ok(parameters)
}

fn from_file(path: &Path) -> Result<BTreeMap<String, Secret<String>>, String> {
    let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
    let text = text(path).map_err(|error| format!("could not read {name}: {error}"))?;
    // The message of the parser quotes what it read.
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("{name} is no JSON: line {line}, column {column}. Give a list of objects with Key and Value")
    })?;
    if value.as_array().is_some_and(Vec::is_empty) {
        return Ok(BTreeMap::new());
    }
    catalog_product::spec::parameters(&value).map_err(|why| format!("in {name}, {why}"))
}

fn text(path: &Path) -> std::io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
}
