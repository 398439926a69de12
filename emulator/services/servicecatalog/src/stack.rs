//! The stack of a provisioned product: made, changed and deleted through the API of CloudFormation, with given credentials.

use crate::provisioned::{Error, Output};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{
    Capability, Parameter, ResourceStatus, Stack, StackEvent, StackStatus, Tag,
};
use emulator_core::{Credentials, ServiceContext};
use std::fmt::Debug;

/// What AWS's Service Catalog acknowledges for its users.
const CAPABILITIES: [Capability; 3] =
    [Capability::CapabilityIam, Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand];

/// A stack is to be so.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) template: String,
    pub(crate) parameters: Vec<(String, Value)>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) notifications: Vec<String>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    New(String),
    Previous,
}

/// How far an operation on a stack is.
#[derive(Debug)]
pub(crate) enum Progress {
    Running,
    /// It failed, and what it did is undone.
    RollingBack,
    Done(Vec<Output>),
    Failed(Error),
    Gone,
}

/// CloudFormation as someone with these credentials.
#[derive(Clone, Debug)]
pub(crate) struct Stacks(Client);

impl Stacks {
    pub(crate) async fn new(context: &ServiceContext, credentials: &Credentials) -> Self {
        Self(Client::new(&context.sdk(credentials).await))
    }

    /// The ARN of the new stack.
    pub(crate) async fn create(&self, spec: &Spec) -> Result<String, Error> {
        let create = self.0.create_stack().stack_name(&spec.name).template_url(&spec.template);
        let create = create.set_parameters(Some(parameters(spec))).set_tags(Some(tags(spec)));
        let create = create.set_capabilities(Some(CAPABILITIES.to_vec()));
        let notifications = Some(spec.notifications.clone()).filter(|all| !all.is_empty());
        let made = create.set_notification_arns(notifications).send().await.map_err(refused)?;
        Ok(made.stack_id.unwrap_or_default())
    }

    /// Whether there is something to update.
    pub(crate) async fn update(&self, spec: &Spec) -> Result<bool, Error> {
        let update = self.0.update_stack().stack_name(&spec.name).template_url(&spec.template);
        let update = update.set_parameters(Some(parameters(spec))).set_tags(Some(tags(spec)));
        let updated = update.set_capabilities(Some(CAPABILITIES.to_vec())).send().await.map_err(refused);
        match updated {
            Err(error) if error.description.contains("No updates are to be performed") => Ok(false),
            other => other.map(|_| true),
        }
    }

    pub(crate) async fn delete(&self, stack: &str) -> Result<(), Error> {
        self.0.delete_stack().stack_name(stack).send().await.map(drop).map_err(refused)
    }

    /// How far the last operation on a stack is.
    pub(crate) async fn progress(&self, stack: &str) -> Result<Progress, Error> {
        let described = self.0.describe_stacks().stack_name(stack).send().await;
        let described = match described.map_err(refused) {
            Err(error) if error.description.contains("does not exist") => return Ok(Progress::Gone),
            other => other?,
        };
        let Some(found) = described.stacks.and_then(|all| all.into_iter().next()) else {
            return Ok(Progress::Gone);
        };
        let status = found.stack_status().map(StackStatus::as_str).unwrap_or_default().to_owned();
        Ok(match status.as_str() {
            "DELETE_COMPLETE" => Progress::Gone,
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => Progress::Done(outputs(stack, &found)),
            "ROLLBACK_IN_PROGRESS" | "UPDATE_ROLLBACK_IN_PROGRESS" => Progress::RollingBack,
            running if running.ends_with("_IN_PROGRESS") => Progress::Running,
            _ => Progress::Failed(self.failure(stack, &status, &found).await),
        })
    }

    /// Why an operation failed: the reason of the stack, and that of the resource that failed first, if its events may be read.
    async fn failure(&self, stack: &str, status: &str, found: &Stack) -> Error {
        let mut description = found.stack_status_reason().unwrap_or(status).to_owned();
        let events = self.0.describe_stack_events().stack_name(stack).send().await;
        let events = events.ok().and_then(|events| events.stack_events).unwrap_or_default();
        // Newest first; the operation began with the newest event of the stack itself that the user asked for.
        let began = |event: &&StackEvent| event.resource_status_reason() != Some("User Initiated");
        let failed = |event: &&StackEvent| {
            let status = event.resource_status().map(ResourceStatus::as_str).unwrap_or_default();
            status.ends_with("_FAILED")
                && event.resource_status_reason().is_some_and(|why| !why.contains("cancelled"))
        };
        if let Some(first) = events.iter().take_while(began).filter(failed).last() {
            let resource = first.logical_resource_id().unwrap_or_default();
            let reason = first.resource_status_reason().unwrap_or_default();
            description = format!("{description} {resource}: {reason}");
        }
        Error { code: status.to_owned(), description }
    }
}

fn parameters(spec: &Spec) -> Vec<Parameter> {
    let parameter = |(key, value): &(String, Value)| {
        let parameter = Parameter::builder().parameter_key(key);
        match value {
            Value::New(value) => parameter.parameter_value(value).build(),
            Value::Previous => parameter.use_previous_value(true).build(),
        }
    };
    spec.parameters.iter().map(parameter).collect()
}

fn tags(spec: &Spec) -> Vec<Tag> {
    spec.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The ARN of the stack as Service Catalog tells it, then the outputs of the template.
fn outputs(stack: &str, found: &Stack) -> Vec<Output> {
    let arn = Output {
        key: "CloudformationStackARN".into(),
        value: found.stack_id().unwrap_or(stack).into(),
        description: Some("The ARN of the launched Cloudformation Stack".into()),
    };
    let own = found.outputs().iter().map(|output| Output {
        key: output.output_key().unwrap_or_default().into(),
        value: output.output_value().unwrap_or_default().into(),
        description: output.description().map(str::to_owned),
    });
    std::iter::once(arn).chain(own).collect()
}

/// An error of CloudFormation, or of the way to it.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn refused<E: ProvideErrorMetadata + Debug>(error: SdkError<E>) -> Error {
    match error.as_service_error() {
        Some(refused) => Error {
            code: refused.code().unwrap_or("InternalFailure").to_owned(),
            description: refused.message().unwrap_or_default().to_owned(),
        },
        None => Error { code: "InternalFailure".into(), description: format!("{error:?}") },
    }
}
