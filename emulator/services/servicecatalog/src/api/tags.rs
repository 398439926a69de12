//! Tags of portfolios, products and provisioned products.

use crate::failure::invalid;
use crate::store::Tags;
use emulator_core::{Failure, text, texts};
use serde_json::{Value, json};

/// How many tags a resource may have.
const MOST: usize = 50;

/// The tags of an input.
pub(super) fn given(list: &Value) -> Result<Tags, Failure> {
    let mut tags = Tags::new();
    for tag in list.as_array().into_iter().flatten() {
        let (key, value) = (text(tag, "Key"), text(tag, "Value"));
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(format!("Tag key {key} begins with a reserved prefix.")));
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(invalid(format!("Tag key {key} is given twice.")));
        }
    }
    Ok(tags)
}

/// Adds and removes the tags that an input says.
pub(super) fn change(tags: &mut Tags, input: &Value) -> Result<(), Failure> {
    let mut changed = tags.clone();
    let removed = texts(input, "RemoveTags");
    changed.retain(|key, _| !removed.contains(key));
    changed.extend(given(&input["AddTags"])?);
    if changed.len() > MOST {
        return Err(invalid(format!("A resource has at most {MOST} tags.")));
    }
    *tags = changed;
    Ok(())
}

pub(super) fn show(tags: &Tags) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}
