//! How far an operation on a stack is, and what failed in it: decided on statuses and codes.

use crate::{Stacks, VALIDATION, refused};
use aws_sdk_cloudformation::types::{ResourceStatus, Stack, StackEvent, StackStatus};
use emulator_core::Refused;

/// A look at a stack.
#[derive(Debug)]
pub struct Observation {
    /// `CREATE_IN_PROGRESS`, ...; empty of a stack that nobody knows.
    pub status: String,
    /// Why it has this status.
    pub reason: Option<String>,
    pub progress: Progress,
}

/// How far the last operation on a stack is.
#[derive(Debug)]
pub enum Progress {
    Running,
    /// It failed, and what it did is undone.
    RollingBack,
    Done(Vec<Output>),
    Failed(Failure),
    Gone,
}

/// An output of a stack.
#[derive(Clone, Debug)]
pub struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
}

/// Why an operation failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Of the stack.
    pub status: String,
    /// Of the stack: its status if CloudFormation gives no reason.
    pub reason: String,
    /// What failed first, if the events of the stack may be read.
    pub resource: Option<FailedResource>,
}

/// A resource that failed.
#[derive(Clone, Debug)]
pub struct FailedResource {
    pub logical_id: String,
    pub kind: String,
    pub reason: String,
}

impl Observation {
    fn gone() -> Self {
        Self { status: String::new(), reason: None, progress: Progress::Gone }
    }
}

impl Stacks {
    /// Looks at a stack, named by its ARN: one that is deleted is found by nothing else.
    ///
    /// # Errors
    /// If the stack cannot be looked at.
    pub async fn observe(&self, stack: &str) -> Result<Observation, Refused> {
        let described = self.client.describe_stacks().stack_name(stack).send().await;
        let described = match described.map_err(refused) {
            // The call names nothing else that could be invalid.
            Err(error) if error.code == VALIDATION => return Ok(Observation::gone()),
            other => other?,
        };
        let Some(found) = described.stacks.and_then(|all| all.into_iter().next()) else {
            return Ok(Observation::gone());
        };
        let status = found.stack_status().map(StackStatus::as_str).unwrap_or_default().to_owned();
        let progress = match status.as_str() {
            "DELETE_COMPLETE" => Progress::Gone,
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => Progress::Done(outputs(&found)),
            "ROLLBACK_IN_PROGRESS" | "UPDATE_ROLLBACK_IN_PROGRESS" => Progress::RollingBack,
            running if running.ends_with("_IN_PROGRESS") => Progress::Running,
            failed => Progress::Failed(Failure {
                status: failed.to_owned(),
                reason: found.stack_status_reason().unwrap_or(failed).to_owned(),
                resource: self.failed_resource(stack).await,
            }),
        };
        Ok(Observation { status, reason: found.stack_status_reason().map(str::to_owned), progress })
    }

    /// The resource that failed first in the last operation.
    async fn failed_resource(&self, stack: &str) -> Option<FailedResource> {
        let events = self.client.describe_stack_events().stack_name(stack).send().await.ok()?;
        // Newest first. What is cancelled because something failed comes after it.
        let events = events.stack_events.unwrap_or_default();
        let first = events.iter().take_while(|event| !begins(event)).filter(|event| failed(event)).last()?;
        Some(FailedResource {
            logical_id: first.logical_resource_id().unwrap_or_default().to_owned(),
            kind: first.resource_type().unwrap_or_default().to_owned(),
            reason: first.resource_status_reason().unwrap_or_default().to_owned(),
        })
    }
}

/// Whether this is the event of the stack itself with which an operation begins.
fn begins(event: &StackEvent) -> bool {
    let of_stack = event.physical_resource_id() == event.stack_id();
    let started = matches!(
        event.resource_status(),
        Some(
            ResourceStatus::CreateInProgress
                | ResourceStatus::UpdateInProgress
                | ResourceStatus::DeleteInProgress
        )
    );
    of_stack && started
}

/// Whether this is the failure of a resource.
fn failed(event: &StackEvent) -> bool {
    let of_stack = event.physical_resource_id() == event.stack_id();
    let failed = matches!(
        event.resource_status(),
        Some(ResourceStatus::CreateFailed | ResourceStatus::UpdateFailed | ResourceStatus::DeleteFailed)
    );
    failed && !of_stack && event.resource_status_reason().is_some()
}

fn outputs(found: &Stack) -> Vec<Output> {
    let output = |output: &aws_sdk_cloudformation::types::Output| Output {
        key: output.output_key().unwrap_or_default().into(),
        value: output.output_value().unwrap_or_default().into(),
        description: output.description().map(str::to_owned),
    };
    found.outputs().iter().map(output).collect()
}
