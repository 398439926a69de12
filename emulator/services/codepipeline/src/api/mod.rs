//! The operations: each reads its checked input, reads or changes the state, and shapes the answer.

mod action_types;
mod approvals;
mod executions;
mod history;
mod jobs;
mod page;
mod permissions;
mod pipelines;
mod state_view;
mod tags;
mod webhooks;

pub(crate) use permissions::required_permissions;

use crate::engine::Engine;
use emulator_core::{Answer, Call, Failure, Shapes};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::LazyLock;

/// Its messages repeat no value: some are secrets.
pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// Serves one call.
pub(crate) async fn answer(engine: &Engine, mut call: Call) -> Answer {
    let Some(input) = SHAPES.checked(&call.operation, &call.input) else {
        let text = format!("CodePipeline has no operation {} here", call.operation);
        return Err(Failure::new("UnknownOperationException", text));
    };
    call.input = input?;
    match call.operation.as_str() {
        "CreateCustomActionType" => action_types::create(engine, &call),
        "DeleteCustomActionType" => action_types::delete(engine, &call),
        "ListActionTypes" => action_types::list(engine, &call),
        "GetActionType" => action_types::get(engine, &call),
        "CreatePipeline" => pipelines::create(engine, &call),
        "GetPipeline" => pipelines::get(engine, &call),
        "UpdatePipeline" => pipelines::update(engine, &call),
        "DeletePipeline" => pipelines::delete(engine, &call),
        "ListPipelines" => pipelines::list(engine, &call),
        "GetPipelineState" => state_view::get(engine, &call),
        "StartPipelineExecution" => executions::start(engine, &call),
        "StopPipelineExecution" => executions::stop(engine, &call),
        "RetryStageExecution" => executions::retry(engine, &call),
        "GetPipelineExecution" => history::execution(engine, &call),
        "ListPipelineExecutions" => history::executions(engine, &call),
        "ListActionExecutions" => history::actions(engine, &call),
        "PollForJobs" => jobs::poll(engine, &call).await,
        "AcknowledgeJob" => jobs::acknowledge(engine, &call),
        "GetJobDetails" => jobs::details(engine, &call).await,
        "PutJobSuccessResult" => jobs::succeed(engine, &call),
        "PutJobFailureResult" => jobs::fail(engine, &call),
        "PutApprovalResult" => approvals::put(engine, &call),
        "PutWebhook" => webhooks::put(engine, &call),
        "DeleteWebhook" => webhooks::delete(engine, &call),
        "ListWebhooks" => webhooks::list(engine, &call),
        "RegisterWebhookWithThirdParty" | "DeregisterWebhookWithThirdParty" => {
            webhooks::third_party(engine, &call)
        }
        "ListTagsForResource" => tags::list(engine, &call),
        "TagResource" => tags::add(engine, &call),
        "UntagResource" => tags::remove(engine, &call),
        other => Err(Failure::new(
            "UnknownOperationException",
            format!("CodePipeline has no operation {other} here"),
        )),
    }
}

/// Epoch seconds, as AWS's JSON carries timestamps.
fn seconds(at: Timestamp) -> f64 {
    let milliseconds = at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64() * 1000.0;
    milliseconds.round() / 1000.0
}

/// An output object without the members that are null.
fn present(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, member)| !member.is_null()).collect())
        }
        other => other,
    }
}
