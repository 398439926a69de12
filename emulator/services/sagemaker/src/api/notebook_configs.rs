//! Operations on lifecycle configurations of notebook instances.

use super::list::{List, sorted_by};
use super::target::Target;
use super::{SHAPES, invalid, members};
use crate::SageMaker;
use crate::store::Kind;
use emulator_core::{Answer, Call, Order, text};
use serde_json::{Value, json};

pub(super) const KIND: Kind = Kind::NotebookInstanceLifecycleConfig;

/// Replaces the scripts that are given.
pub(super) fn update(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let now = service.now();
    let mut store = service.store();
    let config = target.known(&mut store)?;
    let mut given = members(&call.input);
    given.remove("NotebookInstanceLifecycleConfigName");
    config.members.extend(given);
    config.life.set_status(now, "");
    Ok(json!({}))
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, KIND, &call.input);
    let mut store = service.store();
    target.known(&mut store)?;
    let user = store.all(Kind::NotebookInstance).find(|(_, notebook)| {
        notebook.text("NotebookInstanceLifecycleConfigName").eq_ignore_ascii_case(&target.key)
    });
    if let Some((_, notebook)) = user {
        let why = format!("NotebookInstance [{}] is associated with it", notebook.arn);
        return Err(invalid(target.refusal("ValidationException", &why).message));
    }
    store.remove(target.kind, &target.key);
    Ok(Value::Null)
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = sorted_by(&call.input, "CreationTime");
    let list = List { kind: KIND, member: "NotebookInstanceLifecycleConfigs", order: Order::Ascending };
    let part = text(&input, "NameContains");
    list.answer(
        service,
        &input,
        |config| config.text("NotebookInstanceLifecycleConfigName").contains(part),
        |config| SHAPES.only("NotebookInstanceLifecycleConfigSummary", &config.describe(KIND)),
    )
}
