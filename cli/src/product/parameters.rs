//! The parameters of a product in a file.

use crate::given::Given;
use serde_json::Value;

/// A list of objects with `Key` and `Value`.
pub(super) fn parse(text: &str) -> Result<Given, String> {
    // The message of the parser quotes what it read.
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("line {line}, column {column} is no JSON. Give a list of objects with Key and Value")
    })?;
    if value.as_array().is_some_and(Vec::is_empty) {
        return Ok(Given::new());
    }
    catalog_product::spec::parameters(&value)
}
