//! Parameters that a person gives: on the command line, and in a file. No sentence quotes a value, which may be a secret.

use crate::exit::{Exit, Failure};
use shared::secret::Secret;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Values by name.
pub(crate) type Given = BTreeMap<String, Secret<String>>;

/// Those of the command line and those of the file together. `parse` reads the text of the file; its error follows the words
/// "in FILE, ".
pub(crate) fn read(
    typed: &[(String, Secret<String>)],
    file: Option<&Path>,
    parse: impl FnOnce(&str) -> Result<Given, String>,
) -> Result<Given, Failure> {
    let usage = |sentence| Failure::new(Exit::Usage, sentence);
    let mut given = match file {
        Some(path) => from_file(path, parse).map_err(usage)?,
        None => Given::new(),
    };
    for (name, value) in typed {
        if given.insert(name.clone(), value.clone()).is_some() {
            return Err(usage(twice(name)));
        }
    }
    Ok(given)
}

/// That a parameter has two values.
pub(crate) fn twice(name: &str) -> String {
    format!("parameter {name} is given twice: give each parameter once")
}

fn from_file(path: &Path, parse: impl FnOnce(&str) -> Result<Given, String>) -> Result<Given, String> {
    let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
    let text = text(path).map_err(|error| format!("could not read {name}: {error}"))?;
    parse(&text).map_err(|why| format!("in {name}, {why}"))
}

fn text(path: &Path) -> std::io::Result<String> {
    if path.as_os_str() != "-" {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
