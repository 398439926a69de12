//! Tags of repositories.

use crate::CodeCommit;
use crate::failure::{failure, no_repository};
use crate::store::Tags;
use emulator_core::{Answer, Call, Failure, text, texts};
use serde_json::{Value, json};

/// AWS's limit on tags of a repository.
const MOST: usize = 50;

/// The tags with new ones added; AWS keeps keys that start with `aws:` to itself.
pub(super) fn merged(mut tags: Tags, new: &Value) -> Result<Tags, Failure> {
    for (key, value) in new.as_object().into_iter().flatten() {
        if key.to_lowercase().starts_with("aws:") {
            let told = format!("The tag key {key} is reserved: it starts with aws:");
            return Err(failure("InvalidSystemTagUsage", told));
        }
        tags.insert(key.clone(), value.as_str().unwrap_or_default().into());
    }
    if tags.len() > MOST {
        return Err(failure("TooManyTags", format!("A repository can have at most {MOST} tags")));
    }
    Ok(tags)
}

pub(super) fn add(service: &CodeCommit, call: &Call) -> Answer {
    with_tags(service, call, |held| {
        *held = merged(held.clone(), &call.input["tags"])?;
        Ok(json!({}))
    })
}

pub(super) fn remove(service: &CodeCommit, call: &Call) -> Answer {
    let keys = texts(&call.input, "tagKeys");
    with_tags(service, call, |held| {
        held.retain(|key, _| !keys.contains(key));
        Ok(json!({}))
    })
}

/// All of them: a repository has no more tags than fit into a page.
pub(super) fn list(service: &CodeCommit, call: &Call) -> Answer {
    with_tags(service, call, |held| Ok(json!({"tags": held})))
}

/// Does something with the tags of the repository that a call names by its ARN.
fn with_tags(service: &CodeCommit, call: &Call, act: impl FnOnce(&mut Tags) -> Answer) -> Answer {
    let arn = text(&call.input, "resourceArn");
    let name = arn.strip_prefix(&service.arn(""));
    let name = name.ok_or_else(|| failure("InvalidResourceArn", format!("{arn} is not valid")))?;
    let mut store = service.store();
    let found = store.find_mut(&service.place(), name).ok_or_else(|| no_repository(name))?;
    act(&mut found.tags)
}
