//! The operations: each reads its checked input, reads or changes the state, and shapes the answer.

mod action_types;
mod approvals;
mod executions;
mod history;
mod jobs;
mod permissions;
mod pipelines;
mod state_view;
mod tags;
mod webhooks;

use crate::CodePipeline;
use emulator_core::{Failure, Operation, Order, Shapes};
use permissions::{
    on_action, on_all, on_arn, on_custom_type, on_declaration, on_definition, on_every_webhook, on_name,
    on_pipeline, on_polled_type, on_registered_webhook, on_stage, on_type, on_webhook,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::LazyLock;

/// Its messages repeat no value: some are secrets.
pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")));

/// What is served.
pub(crate) const OPERATIONS: &[Operation<CodePipeline>] = &[
    Operation::new("CreateCustomActionType", action_types::create, on_custom_type),
    Operation::new("DeleteCustomActionType", action_types::delete, on_custom_type),
    Operation::new("ListActionTypes", action_types::list, on_all),
    Operation::new("GetActionType", action_types::get, on_type),
    Operation::waiting(
        "CreatePipeline",
        |service, call| Box::pin(pipelines::create(service, call)),
        on_declaration,
    ),
    Operation::new("GetPipeline", pipelines::get, on_name),
    Operation::waiting(
        "UpdatePipeline",
        |service, call| Box::pin(pipelines::update(service, call)),
        on_declaration,
    ),
    Operation::new("DeletePipeline", pipelines::delete, on_name),
    Operation::new("ListPipelines", pipelines::list, on_all),
    Operation::new("GetPipelineState", state_view::get, on_name),
    Operation::new("StartPipelineExecution", executions::start, on_name),
    Operation::new("StopPipelineExecution", executions::stop, on_pipeline),
    Operation::new("RetryStageExecution", executions::retry, on_stage),
    Operation::new("GetPipelineExecution", history::execution, on_pipeline),
    Operation::new("ListPipelineExecutions", history::executions, on_pipeline),
    Operation::new("ListActionExecutions", history::actions, on_pipeline),
    Operation::waiting("PollForJobs", |service, call| Box::pin(jobs::poll(service, call)), on_polled_type),
    Operation::new("AcknowledgeJob", jobs::acknowledge, on_all),
    Operation::waiting("GetJobDetails", |service, call| Box::pin(jobs::details(service, call)), on_all),
    Operation::new("PutJobSuccessResult", jobs::succeed, on_all),
    Operation::new("PutJobFailureResult", jobs::fail, on_all),
    Operation::new("PutApprovalResult", approvals::put, on_action),
    Operation::new("PutWebhook", webhooks::put, on_definition),
    Operation::new("DeleteWebhook", webhooks::delete, on_webhook),
    Operation::new("ListWebhooks", webhooks::list, on_every_webhook),
    Operation::new("RegisterWebhookWithThirdParty", webhooks::third_party, on_registered_webhook),
    Operation::new("DeregisterWebhookWithThirdParty", webhooks::third_party, on_registered_webhook),
    Operation::new("ListTagsForResource", tags::list, on_arn),
    Operation::new("TagResource", tags::add, on_arn),
    Operation::new("UntagResource", tags::remove, on_arn),
];

/// A page of a list and the token of the next one.
fn page<K, T>(
    items: impl IntoIterator<Item = (K, T)>,
    order: Order,
    token: Option<&str>,
    most: usize,
) -> Result<(Vec<T>, Option<String>), Failure>
where
    K: Ord + Serialize + DeserializeOwned,
{
    let page = emulator_core::page(items, order, token.unwrap_or_default(), most);
    let page = page
        .map_err(|_| Failure::new("InvalidNextTokenException", "The next token is not one of this list"))?;
    Ok((page.items, page.next))
}
