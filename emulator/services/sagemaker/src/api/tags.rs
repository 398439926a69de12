//! Tags of every kind of resource.

use super::invalid;
use crate::SageMaker;
use crate::store::{Store, Tags};
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Value, json};

/// AWS's limit on tags of a resource.
const MOST: usize = 50;

/// The tags with new ones added; AWS keeps keys that start with `aws:` to itself.
pub(super) fn merged(mut tags: Tags, new: &Value) -> Result<Tags, Failure> {
    for tag in new.as_array().into_iter().flatten() {
        let (key, value) = (text(tag, "Key"), text(tag, "Value"));
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(format!("The tag key '{key}' is reserved: it starts with aws:")));
        }
        tags.insert(key.into(), value.into());
    }
    if tags.len() > MOST {
        let message = format!("A resource can have at most {MOST} tags");
        return Err(Failure::new("ResourceLimitExceeded", message));
    }
    Ok(tags)
}

/// Tags as AWS lists them.
pub(super) fn listed(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

pub(super) fn add(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    let tags = find(&mut store, input)?;
    *tags = merged(tags.clone(), &input["Tags"]).map_err(|failure| invalid(failure.message))?;
    Ok(json!({"Tags": listed(tags)}))
}

/// All of them: a resource has no more than a page holds.
pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    Ok(json!({"Tags": listed(find(&mut store, input)?)}))
}

pub(super) fn remove(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let mut store = service.store();
    let tags = find(&mut store, input)?;
    for key in input["TagKeys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        tags.remove(key);
    }
    Ok(json!({}))
}

fn find<'a>(store: &'a mut Store, input: &Value) -> Result<&'a mut Tags, Failure> {
    let arn = text(input, "ResourceArn");
    let found = store.everything().find(|(_, resource)| resource.arn == arn);
    found
        .map(|(_, resource)| &mut resource.tags)
        .ok_or_else(|| invalid(format!("Resource [{arn}] does not exist.")))
}
