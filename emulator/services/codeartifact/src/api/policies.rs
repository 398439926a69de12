//! Policies of domains and of repositories: the same operations for both, with a repository or without.

use crate::CodeArtifact;
use crate::failure::{conflict, invalid, missing};
use crate::names::DomainId;
use crate::store::{Policy, Store};
use emulator_core::{Answer, Call, Failure, random_id, text};
use serde_json::{Value, json};

pub(super) fn put(service: &CodeArtifact, call: &Call) -> Answer {
    let document = text(&call.input, "policyDocument");
    let read: Option<Value> = serde_json::from_str(document).ok();
    if read.is_none_or(|read| !read["Statement"].is_array() && !read["Statement"].is_object()) {
        return Err(invalid("The policy document is not a valid policy: it has no statements."));
    }
    let mut store = service.store();
    let (arn, held) = policy(service, &mut store, call)?;
    check_revision(held.as_ref(), call)?;
    let made = Policy { document: document.to_owned(), revision: random_id(24) };
    let shown = shown(&arn, &made);
    *held = Some(made);
    Ok(json!({"policy": shown}))
}

pub(super) fn get(service: &CodeArtifact, call: &Call) -> Answer {
    let mut store = service.store();
    let (arn, held) = policy(service, &mut store, call)?;
    let held = held.as_ref().ok_or_else(|| no_policy(&arn))?;
    Ok(json!({"policy": shown(&arn, held)}))
}

pub(super) fn delete(service: &CodeArtifact, call: &Call) -> Answer {
    let mut store = service.store();
    let (arn, held) = policy(service, &mut store, call)?;
    check_revision(held.as_ref(), call)?;
    let gone = held.take().ok_or_else(|| no_policy(&arn))?;
    Ok(json!({"policy": shown(&arn, &gone)}))
}

/// The place of the policy of what a call names, and its ARN.
fn policy<'a>(
    service: &CodeArtifact,
    store: &'a mut Store,
    call: &Call,
) -> Result<(String, &'a mut Option<Policy>), Failure> {
    let id = DomainId::of(&service.context, &call.input);
    let domain = store.domain_mut(&id)?;
    match text(&call.input, "repository") {
        "" => Ok((id.arn(), &mut domain.policy)),
        name => Ok((id.repository_arn(name), &mut domain.repository_mut(&id, name)?.policy)),
    }
}

/// A revision in the input is the one that the caller has read: another one means that somebody else has written since.
fn check_revision(held: Option<&Policy>, call: &Call) -> Result<(), Failure> {
    let read = text(&call.input, "policyRevision");
    let known = held.map(|policy| policy.revision.as_str()).unwrap_or_default();
    if read.is_empty() || read == known {
        return Ok(());
    }
    Err(conflict("The policy has another revision than the one that was given."))
}

fn no_policy(arn: &str) -> Failure {
    missing(format!("Resource policy not found for resource: {arn}"))
}

fn shown(arn: &str, policy: &Policy) -> Value {
    json!({"resourceArn": arn, "revision": policy.revision, "document": policy.document})
}
