//! Stack sets: made, described, listed, deleted.

use super::is_delegated;
use super::pages::paged;
use crate::StackSets;
use crate::definition::Definition;
use crate::failure::{conflict, invalid};
use crate::operation::in_progress;
use crate::organization::Organization;
use crate::store::{StackSet, Store};
use crate::template::Template;
use emulator_core::{Answer, Call, Failure, Order, text};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// The longest name, from the API reference of `CreateStackSet`.
const LONGEST_NAME: usize = 128;

pub(super) async fn create(service: &StackSets, call: &Call) -> Answer {
    let (input, context) = (&call.input, &service.context);
    let (name, delegated) = (name(input)?, is_delegated(input));
    if let Some(known) = replayed(&service.store(), call, name, delegated)? {
        return Ok(known);
    }
    if input.get("StackId").is_some() {
        return Err(invalid("The emulator imports no stacks into stack sets: StackId is not supported"));
    }
    let template = Template::of_call(service, call).await?;
    let template =
        template.ok_or_else(|| invalid("Either Template URL or Template Body must be specified."))?;
    let definition = Definition::of(context, input, template, None)?;
    if definition.service_managed {
        Organization::administered(context, delegated).await?;
    } else if delegated {
        return Err(not_delegated());
    }
    let id = format!("{name}:{}", Uuid::new_v4());
    let set = StackSet {
        name: name.to_owned(),
        arn: context.arn("cloudformation", &format!("stackset/{id}")),
        id: id.clone(),
        delegated,
        active: true,
        input: input.clone(),
        definition,
        instances: BTreeMap::new(),
        operations: Vec::new(),
        queue: VecDeque::new(),
    };
    let mut store = service.store();
    // Another call may have made it meanwhile.
    if let Some(known) = replayed(&store, call, name, delegated)? {
        return Ok(known);
    }
    store.sets.insert(id.clone(), set);
    Ok(json!({"StackSetId": id}))
}

/// The answer of an earlier call with the same token, if there was one.
fn replayed(store: &Store, call: &Call, name: &str, delegated: bool) -> Result<Option<Value>, Failure> {
    let Ok(set) = store.set(name, delegated) else { return Ok(None) };
    let token = text(&call.input, "ClientRequestToken");
    if token.is_empty() || text(&set.input, "ClientRequestToken") != token {
        return Err(conflict("NameAlreadyExistsException", "StackSet already exists"));
    }
    if without_token(&set.input) != without_token(&call.input) {
        let message = "The stack set was made with other values than those of this request.";
        return Err(conflict("CreatedButModifiedException", message));
    }
    Ok(Some(json!({"StackSetId": set.id})))
}

/// An input without what tells a repeated call from another one.
fn without_token(input: &Value) -> Value {
    let mut kept = input.clone();
    if let Some(kept) = kept.as_object_mut() {
        kept.remove("ClientRequestToken");
    }
    kept
}

pub(super) fn not_delegated() -> Failure {
    invalid("A delegated administrator manages stack sets with SERVICE_MANAGED permission model only")
}

fn name(input: &Value) -> Result<&str, Failure> {
    let name = text(input, "StackSetName");
    let broken = |constraint: &str| {
        let message = format!(
            "1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy constraint: {constraint}"
        );
        Err(invalid(message))
    };
    let letters = |rest: &str| rest.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !letters(name) {
        return broken("Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
    }
    if name.len() > LONGEST_NAME {
        return broken("Member must have length less than or equal to 128");
    }
    Ok(name)
}

pub(super) fn describe(service: &StackSets, call: &Call) -> Answer {
    let store = service.store();
    let set = store.set(text(&call.input, "StackSetName"), is_delegated(&call.input))?;
    Ok(json!({"StackSet": set.show()}))
}

pub(super) fn list(service: &StackSets, call: &Call) -> Answer {
    let store = service.store();
    let (status, delegated) = (text(&call.input, "Status"), is_delegated(&call.input));
    let all = store.sets.values().filter(|set| set.delegated == delegated);
    let all = all.map(|set| (set.id.clone(), set.summary()));
    let wanted = all.filter(|(_, summary)| status.is_empty() || summary["Status"] == status);
    paged(wanted, Order::Ascending, &call.input)
}

pub(super) fn delete(service: &StackSets, call: &Call) -> Answer {
    let mut store = service.store();
    let found = store.set_mut(text(&call.input, "StackSetName"), is_delegated(&call.input));
    // The model declares no error for a set that is not there.
    let Ok(set) = found else { return Ok(json!({})) };
    if let Some(running) = set.running() {
        return Err(in_progress(&set.arn, &running.id));
    }
    if !set.instances.is_empty() {
        return Err(conflict("StackSetNotEmptyException", "StackSet is not empty"));
    }
    set.active = false;
    Ok(json!({}))
}
