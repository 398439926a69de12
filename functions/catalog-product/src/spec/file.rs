//! Reads the ids of a product out of the JSON file of the input artifact: the outputs of `core-main`.

use serde_json::{Map, Value};
use shared::text;

/// Characters of an id of Service Catalog.
const MAX_ID: usize = 100;
/// Characters of the name of a provisioned product.
const MAX_NAME: usize = 128;

/// The file, with its name for the sentences.
pub(super) struct File<'a> {
    name: &'a str,
    members: Option<&'a Map<String, Value>>,
}

impl<'a> File<'a> {
    pub(super) fn new(name: &'a str, members: Option<&'a Map<String, Value>>) -> Self {
        Self { name, members }
    }

    /// A key whose value is a text.
    fn text(&self, key: &str) -> Result<&'a str, String> {
        let file = self.name;
        match self.members.and_then(|members| members.get(key)) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.trim()),
            Some(Value::String(_)) => Err(format!("{key} in {file} is empty: {REMEDY}")),
            Some(other) => {
                Err(format!("{key} in {file} is {}, not a text: {REMEDY}", short(&other.to_string())))
            }
            None => Err(format!("{file} has no key {key}: {REMEDY}")),
        }
    }

    /// A key whose value is an id of Service Catalog.
    pub(super) fn id(&self, key: &str) -> Result<String, String> {
        let found = self.text(key)?;
        if is_id(found) {
            return Ok(found.to_owned());
        }
        Err(format!(
            "{key} in {} is \"{}\", which is no id of Service Catalog: {REMEDY}",
            self.name,
            short(found)
        ))
    }

    /// The one version of the product.
    pub(super) fn artifact(&self) -> Result<String, String> {
        const KEY: &str = "ProvisioningArtifactIds";
        let found = self.text(KEY)?;
        let ids: Vec<&str> = found.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        match ids[..] {
            [id] if is_id(id) => Ok(id.to_owned()),
            [id] => Err(format!(
                "{KEY} in {} holds \"{}\", which is no id of a version: {REMEDY}",
                self.name,
                short(id)
            )),
            [] => Err(format!("{KEY} in {} names no version: {REMEDY}", self.name)),
            _ => Err(format!(
                "{KEY} in {} names {} versions ({}), and only one can be provisioned: hand on the id of one version",
                self.name,
                ids.len(),
                short(found)
            )),
        }
    }

    /// The name of the provisioned product.
    pub(super) fn provisioned_name(&self, product: &str) -> Result<String, String> {
        let name = self.text("ProductName")?;
        provisioned_name(name, product).map_err(|why| format!("ProductName in {} {why}", self.name))
    }
}

const REMEDY: &str = "hand on the outputs of the stack core-main as they are";

/// The name of the provisioned product that a pipeline makes of a product: the name of the product in lower case, with `_` for
/// blanks and `-` for what such a name cannot hold, and the id of the product. The same every time: see docs/catalog-product.md.
///
/// # Errors
/// The rest of a sentence that begins with the name of the parameter.
pub fn provisioned_name(product_name: &str, product: &str) -> Result<String, String> {
    let letter = |char: char| match char {
        'a'..='z' | '0'..='9' | '.' | '_' | '-' => char,
        char if char.is_whitespace() => '_',
        _ => '-',
    };
    let name: String = product_name.trim().to_lowercase().chars().map(letter).collect();
    let name = name.trim_start_matches(['.', '_', '-']);
    if name.is_empty() {
        return Err(format!("is \"{}\": give a name with a letter or a digit of ASCII", short(product_name)));
    }
    let most = MAX_NAME.saturating_sub(product.len() + 1);
    if name.len() > most {
        return Err(format!(
            "is \"{}\", {} characters: give at most {most}",
            short(product_name),
            name.len()
        ));
    }
    Ok(format!("{name}-{product}"))
}

fn is_id(text: &str) -> bool {
    let known = text.bytes().all(|byte| matches!(byte, b'-' | b'_') || byte.is_ascii_alphanumeric());
    known && !text.is_empty() && text.len() <= MAX_ID
}

/// A value of somebody else's, for a sentence.
fn short(value: &str) -> String {
    text::truncate_utf16(&text::escaped(value), 80)
}
