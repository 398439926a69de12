//! What the operations share on kinds that are only kept: nothing runs, and the model has no errors of their own for them.

use super::made;
use super::target::Target;
use crate::SageMaker;
use crate::store::Kind;
use emulator_core::{Answer, Call};
use serde_json::json;

pub(super) fn create(service: &SageMaker, call: &Call, kind: Kind) -> Answer {
    let target = Target::of(&service.context, kind, &call.input);
    let mut store = service.store();
    target.unused(&store)?;
    let mut record = made(&target, &call.input, service.now(), "")?;
    let member = format!("{}Arn", kind.name());
    record.members.insert(member.clone(), target.arn.clone().into());
    let answer = json!({member: target.arn});
    store.put(kind, target.key, record);
    Ok(answer)
}

pub(super) fn describe(service: &SageMaker, call: &Call, kind: Kind) -> Answer {
    let target = Target::of(&service.context, kind, &call.input);
    Ok(target.known(&mut service.store())?.describe(kind))
}
