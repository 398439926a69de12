//! What else decides on a call: the tags of the request and of the resource in conditions, and the policy of the domain or the
//! repository.

use crate::names::{DomainId, Named};
use crate::store::Store;
use emulator_core::{Call, OwnedResource, Permission, ServiceContext, text, texts};
use serde_json::Value;

/// Adds them to the permissions of a call.
pub(crate) fn add(context: &ServiceContext, store: &Store, call: &Call, permissions: &mut [Permission]) {
    let input = &call.input;
    let mut keys = texts(input, "tagKeys");
    let tags: Vec<_> = input["tags"].as_array().into_iter().flatten().collect();
    keys.extend(tags.iter().map(|tag| text(tag, "key").to_owned()));
    for permission in permissions.iter_mut().filter(|one| one.action.starts_with("codeartifact:")) {
        let asked = &mut permission.context;
        for tag in &tags {
            asked.insert(format!("aws:RequestTag/{}", text(tag, "key")), text(tag, "value").into());
        }
        if !keys.is_empty() {
            asked.insert("aws:TagKeys".into(), Value::from(keys.clone()));
        }
        for (key, value) in store.tags(&permission.resource).into_iter().flatten() {
            asked.insert(format!("aws:ResourceTag/{key}"), value.as_str().into());
        }
        permission.owned = owned(context, store, call, &permission.resource);
    }
}

/// Whose policy is asked: that of a repository, or that of the domain for all else in it. A domain that does not exist has an owner
/// too: nobody else is told that it does not.
fn owned(context: &ServiceContext, store: &Store, call: &Call, resource: &str) -> Option<OwnedResource> {
    let (id, named) = match DomainId::read(resource) {
        Some(found) => found,
        None if text(&call.input, "domain").is_empty() => return None,
        None => (DomainId::of(context, &call.input), Named::Domain),
    };
    let domain = store.find(&id);
    let (arn, policy) = match named {
        Named::Repository(name) => {
            let repository = domain.and_then(|domain| domain.repositories.get(&name));
            (id.repository_arn(&name), repository.and_then(|repository| repository.policy.as_ref()))
        }
        Named::Domain | Named::Group(_) => (id.arn(), domain.and_then(|domain| domain.policy.as_ref())),
    };
    let policy = policy.map(|policy| policy.document.clone()).unwrap_or_default();
    Some(OwnedResource { arn, owner: id.owner, policy })
}
