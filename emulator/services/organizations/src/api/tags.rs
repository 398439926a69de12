//! Tags of the root, of units and of accounts.

use super::lists::paged;
use crate::access::{Callers, organization, organization_mut};
use crate::store::Organization;
use crate::{Organizations, failure};
use emulator_core::{Answer, Call, Failure, text, texts};
use serde_json::{Value, json};

pub(super) fn add(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let id = existing(organization, call)?;
    keep(organization, id, &call.input["Tags"]);
    Ok(json!({}))
}

pub(super) fn remove(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let id = existing(organization, call)?;
    let keys = texts(&call.input, "TagKeys");
    if let Some(tags) = organization.tags.get_mut(id) {
        tags.retain(|key, _| !keys.contains(key));
    }
    Ok(json!({}))
}

pub(super) fn list(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let id = existing(organization, call)?;
    let tags = organization.tags.get(id).into_iter().flatten();
    paged("Tags", tags.map(|(key, value)| (key.clone(), json!({"Key": key, "Value": value}))), &call.input)
}

/// Adds the tags of an input.
pub(super) fn keep(organization: &mut Organization, id: &str, given: &Value) {
    let given: Vec<_> = given.as_array().into_iter().flatten().collect();
    if given.is_empty() {
        return;
    }
    let tags = organization.tags.entry(id.to_owned()).or_default();
    tags.extend(given.into_iter().map(|tag| (text(tag, "Key").to_owned(), text(tag, "Value").to_owned())));
}

fn existing<'a>(organization: &Organization, call: &'a Call) -> Result<&'a str, Failure> {
    let id = text(&call.input, "ResourceId");
    let missing = || failure("TargetNotFoundException", "You specified a target that doesn't exist.");
    organization.has(id).then_some(id).ok_or_else(missing)
}
