//! Operations on code repositories: records of where git repositories are. Nothing is cloned.

use super::SHAPES;
use super::list::{List, sorted_by};
use super::target::Target;
use crate::SageMaker;
use crate::store::Kind;
use emulator_core::{Answer, Call, Order, text};
use serde_json::{Value, json};

pub(super) const KIND: Kind = Kind::CodeRepository;

/// Only the secret with the credentials can change.
pub(super) fn update(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let now = service.now();
    let mut store = service.store();
    let repository = target.known(&mut store)?;
    let git = repository.members.get_mut("GitConfig").and_then(Value::as_object_mut);
    if let (Some(git), Some(given)) = (git, call.input["GitConfig"].as_object()) {
        git.extend(given.clone());
    }
    repository.life.set_status(now, "");
    Ok(json!({"CodeRepositoryArn": target.arn}))
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let mut store = service.store();
    target.known(&mut store)?;
    store.remove(target.kind, &target.key);
    Ok(Value::Null)
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = sorted_by(&call.input, "Name");
    let list = List { kind: KIND, member: "CodeRepositorySummaryList", order: Order::Ascending };
    let part = text(&input, "NameContains");
    list.answer(
        service,
        &input,
        |repository| repository.text("CodeRepositoryName").contains(part),
        |repository| SHAPES.only("CodeRepositorySummary", &repository.describe(KIND)),
    )
}
