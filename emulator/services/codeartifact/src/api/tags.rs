//! Tags of domains, repositories and package groups.

use crate::CodeArtifact;
use crate::failure::{invalid, missing, too_many};
use crate::store::Tags;
use emulator_core::{Answer, Call, Failure, text, texts};
use serde_json::{Value, json};

/// AWS's limit on tags of a resource.
const MOST: usize = 50;

/// The tags with new ones added; AWS keeps keys that start with `aws:` to itself.
pub(super) fn merged(mut tags: Tags, new: &Value) -> Result<Tags, Failure> {
    for tag in new.as_array().into_iter().flatten() {
        let (key, value) = (text(tag, "key"), text(tag, "value"));
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(format!("The tag key '{key}' is reserved: it starts with aws:")));
        }
        tags.insert(key.into(), value.into());
    }
    if tags.len() > MOST {
        return Err(too_many(format!("A resource can have at most {MOST} tags.")));
    }
    Ok(tags)
}

pub(super) fn add(service: &CodeArtifact, call: &Call) -> Answer {
    let arn = text(&call.input, "resourceArn");
    let mut store = service.store();
    let held = store.tags_mut(arn).ok_or_else(|| no_resource(arn))?;
    *held = merged(held.clone(), &call.input["tags"])?;
    Ok(json!({}))
}

pub(super) fn remove(service: &CodeArtifact, call: &Call) -> Answer {
    let arn = text(&call.input, "resourceArn");
    let keys = texts(&call.input, "tagKeys");
    let mut store = service.store();
    store.tags_mut(arn).ok_or_else(|| no_resource(arn))?.retain(|key, _| !keys.contains(key));
    Ok(json!({}))
}

/// All of them: AWS has no pages here.
pub(super) fn list(service: &CodeArtifact, call: &Call) -> Answer {
    let arn = text(&call.input, "resourceArn");
    let store = service.store();
    let tags = store.tags(arn).ok_or_else(|| no_resource(arn))?;
    let tags: Vec<_> = tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    Ok(json!({"tags": tags}))
}

fn no_resource(arn: &str) -> Failure {
    missing(format!("Resource not found: {arn}"))
}
