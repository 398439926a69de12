//! The calls of CloudFormation that an action makes, each followed to the end of its operation.

use super::parameters::StackInput;
use super::request::{DeployRequest, Mode};
use crate::engine::Outcome;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Capability, ChangeSetStatus, ChangeSetType, Parameter, Tag};
use emulator_core::{Clock, Credentials, Refused, ServiceContext};
use emulator_stacks::{Failure, NO_UPDATES, Progress, Stacks, Template, refused};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a change set is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// What CloudFormation says of an update and of a change set without changes, which have no code of their own.
const NO_CHANGES: [&str; 2] = [NO_UPDATES, "The submitted information didn't contain changes"];

/// The code for a stack or a change set that is not there, among others.
const NOT_FOUND: [&str; 3] = ["ValidationError", "ChangeSetNotFound", "ChangeSetNotFoundException"];

/// A stack, and what the action does to it.
pub(crate) struct StackOperator<'a> {
    client: Client,
    stacks: Stacks,
    clock: Clock,
    request: &'a DeployRequest,
}

impl<'a> StackOperator<'a> {
    pub(crate) async fn new(
        context: &ServiceContext,
        credentials: &Credentials,
        request: &'a DeployRequest,
    ) -> Self {
        let client = Client::new(&context.sdk(credentials).await);
        let stacks = Stacks::new(context, credentials).await;
        Self { client, stacks, clock: context.clock.clone(), request }
    }

    /// Creates the stack, or updates one that exists. A failed one is replaced if the action says so.
    pub(crate) async fn apply(
        &self,
        template: &Template,
        input: &StackInput,
        tell: impl Fn(&str),
    ) -> Result<(), Outcome> {
        let mut status = self.status().await?;
        if self.request.mode == Mode::ReplaceOnFailure && is_failed(&status) {
            self.delete().await?;
            status = String::new();
        }
        // A stack in review has a change set and no resource.
        let started = if matches!(status.as_str(), "" | "REVIEW_IN_PROGRESS") {
            self.create(template, input).await
        } else {
            self.update(template, input).await
        };
        match started {
            Err(error) if says_no_changes(&error.message) => Ok(()),
            Err(error) => Err(outcome(&error)),
            Ok(stack) => self.follow(&stack, tell).await,
        }
    }

    async fn create(&self, template: &Template, input: &StackInput) -> Result<String, Refused> {
        let (url, body) = parts(template);
        let create = self.client.create_stack().stack_name(&self.request.stack);
        let create = create
            .set_template_url(url)
            .set_template_body(body)
            .set_parameters(Some(parameters(input)))
            .set_tags(Some(tags(input)))
            .set_stack_policy_body(input.policy.clone())
            .set_role_arn(self.request.role.clone())
            .set_capabilities(Some(self.capabilities()));
        let made = create.send().await.map_err(refused)?;
        Ok(made.stack_id.unwrap_or_default())
    }

    async fn update(&self, template: &Template, input: &StackInput) -> Result<String, Refused> {
        let (url, body) = parts(template);
        let update = self.client.update_stack().stack_name(&self.request.stack);
        let update = update
            .set_template_url(url)
            .set_template_body(body)
            .set_parameters(Some(parameters(input)))
            .set_tags(Some(tags(input)))
            .set_stack_policy_body(input.policy.clone())
            .set_role_arn(self.request.role.clone())
            .set_capabilities(Some(self.capabilities()));
        let made = update.send().await.map_err(refused)?;
        Ok(made.stack_id.unwrap_or_default())
    }

    /// Deletes the stack; one that is not there is deleted.
    pub(crate) async fn delete(&self) -> Result<(), Outcome> {
        if self.status().await?.is_empty() {
            return Ok(());
        }
        let delete = self.client.delete_stack().stack_name(&self.request.stack);
        let sent = delete.set_role_arn(self.request.role.clone()).send().await;
        sent.map_err(refused).map_err(|error| outcome(&error))?;
        self.follow(&self.request.stack, |_| ()).await
    }

    /// Makes the change set anew. One without changes is a success, and is not executed later.
    pub(crate) async fn replace_change_set(
        &self,
        template: &Template,
        input: &StackInput,
        tell: impl Fn(&str),
    ) -> Result<(), Outcome> {
        let status = self.status().await?;
        if !status.is_empty() {
            self.forget_change_set().await?;
        }
        let kind = if matches!(status.as_str(), "" | "REVIEW_IN_PROGRESS") {
            ChangeSetType::Create
        } else {
            ChangeSetType::Update
        };
        let (url, body) = parts(template);
        let create = self.client.create_change_set().stack_name(&self.request.stack);
        let create = create
            .set_change_set_name(self.request.change_set.clone())
            .change_set_type(kind)
            .set_template_url(url)
            .set_template_body(body)
            .set_parameters(Some(parameters(input)))
            .set_tags(Some(tags(input)))
            .set_role_arn(self.request.role.clone())
            .set_capabilities(Some(self.capabilities()));
        let made = create.send().await.map_err(refused).map_err(|error| outcome(&error))?;
        tell(made.stack_id().unwrap_or_default());
        loop {
            tokio::time::sleep(self.clock.scaled(LOOK)).await;
            match self.change_set().await?.ok_or_else(|| failed("The change set is gone"))? {
                (ChangeSetStatus::CreateComplete, _) => return Ok(()),
                (ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress, _) => {}
                (_, reason) if says_no_changes(&reason) => return Ok(()),
                (status, reason) => {
                    return Err(failed(format!("The change set is {}: {reason}", status.as_str())));
                }
            }
        }
    }

    async fn forget_change_set(&self) -> Result<(), Outcome> {
        let delete = self.client.delete_change_set().stack_name(&self.request.stack);
        let sent = delete.set_change_set_name(self.request.change_set.clone()).send().await;
        match sent.map_err(refused) {
            Err(error) if !NOT_FOUND.contains(&error.code.as_str()) => Err(outcome(&error)),
            _ => Ok(()),
        }
    }

    /// Executes the change set, unless it has no changes.
    pub(crate) async fn execute(&self, tell: impl Fn(&str)) -> Result<(), Outcome> {
        let name = self.request.change_set.as_deref().unwrap_or_default();
        match self.change_set().await? {
            None => return Err(configuration(format!("ChangeSet [{name}] does not exist"))),
            Some((ChangeSetStatus::Failed, reason)) if says_no_changes(&reason) => return Ok(()),
            Some(_) => {}
        }
        let execute = self.client.execute_change_set().stack_name(&self.request.stack);
        let sent = execute.change_set_name(name).send().await;
        sent.map_err(refused).map_err(|error| outcome(&error))?;
        self.follow(&self.request.stack, tell).await
    }

    /// The status of the change set, and why it has it.
    async fn change_set(&self) -> Result<Option<(ChangeSetStatus, String)>, Outcome> {
        let describe = self.client.describe_change_set().stack_name(&self.request.stack);
        let found = describe.set_change_set_name(self.request.change_set.clone()).send().await;
        match found.map_err(refused) {
            Ok(found) => {
                let reason = found.status_reason.unwrap_or_default();
                Ok(found.status.map(|status| (status, reason)))
            }
            Err(error) if NOT_FOUND.contains(&error.code.as_str()) => Ok(None),
            Err(error) => Err(outcome(&error)),
        }
    }

    /// What the stack says of itself.
    pub(crate) async fn outputs(&self) -> Result<BTreeMap<String, String>, Outcome> {
        let found = self.client.describe_stacks().stack_name(&self.request.stack).send().await;
        let found = found.map_err(refused).map_err(|error| outcome(&error))?;
        let stack = found.stacks.and_then(|all| all.into_iter().next());
        let outputs = stack.and_then(|stack| stack.outputs).unwrap_or_default().into_iter();
        Ok(outputs.filter_map(|output| Some((output.output_key?, output.output_value?))).collect())
    }

    /// Empty of a stack that is not there.
    async fn status(&self) -> Result<String, Outcome> {
        let seen = self.stacks.observe(&self.request.stack).await.map_err(|error| outcome(&error))?;
        Ok(seen.status)
    }

    async fn follow(&self, stack: &str, tell: impl Fn(&str)) -> Result<(), Outcome> {
        tell(stack);
        let end = self.stacks.follow(stack, |_| ()).await.map_err(|error| outcome(&error))?;
        let deletes = self.request.mode == Mode::DeleteOnly;
        match end.progress {
            Progress::Done(_) | Progress::Gone => Ok(()),
            Progress::Failed(failure) => Err(failed(sentence(&failure))),
            Progress::Running | Progress::RollingBack if deletes => Err(failed("The stack is not deleted")),
            Progress::Running | Progress::RollingBack => Err(failed("The stack has not settled")),
        }
    }

    fn capabilities(&self) -> Vec<Capability> {
        self.request.capabilities.iter().map(|name| Capability::from(name.as_str())).collect()
    }
}

/// The states in which AWS replaces a stack.
fn is_failed(status: &str) -> bool {
    matches!(
        status,
        "CREATE_FAILED"
            | "DELETE_FAILED"
            | "ROLLBACK_COMPLETE"
            | "ROLLBACK_FAILED"
            | "UPDATE_ROLLBACK_FAILED"
    )
}

/// CloudFormation's own words, with the resource that failed first.
fn sentence(failure: &Failure) -> String {
    let Failure { status, reason, resource } = failure;
    let cause = resource
        .as_ref()
        .map(|resource| format!(" ({} {}: {})", resource.kind, resource.logical_id, resource.reason));
    format!("The stack is {status}: {reason}{}", cause.unwrap_or_default())
}

fn says_no_changes(text: &str) -> bool {
    NO_CHANGES.iter().any(|words| text.contains(words))
}

fn parts(template: &Template) -> (Option<String>, Option<String>) {
    match template {
        Template::Url(url) => (Some(url.clone()), None),
        Template::Body(body) => (None, Some(body.clone())),
    }
}

fn parameters(input: &StackInput) -> Vec<Parameter> {
    let parameter = |(key, value)| Parameter::builder().parameter_key(key).parameter_value(value).build();
    input.parameters.iter().map(parameter).collect()
}

fn tags(input: &StackInput) -> Vec<Tag> {
    input.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// An operation that failed.
fn failed(text: impl Into<String>) -> Outcome {
    Outcome::failed("JobFailed", text)
}

fn configuration(text: impl Into<String>) -> Outcome {
    Outcome::failed("ConfigurationError", text)
}

/// How a call that CloudFormation refused ends the action.
fn outcome(error: &Refused) -> Outcome {
    let kind = match error.code.as_str() {
        "AccessDenied" | "AccessDeniedException" => "PermissionError",
        "ValidationError" | "InsufficientCapabilitiesException" => "ConfigurationError",
        _ => "JobFailed",
    };
    Outcome::failed(
        kind,
        format!("{} (Service: AmazonCloudFormation; Error Code: {})", error.message, error.code),
    )
}
