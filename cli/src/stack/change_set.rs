//! Change sets: what an operation would do, before it does it.

use super::aws::{Stack, Stacks, failed};
use crate::exit::{Exit, Failure};
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetStatus, ChangeSetType, Parameter, ResourceChange, StackStatus,
};
use serde::Serialize;
use shared::error::{cause, refused};
use shared::pause::pause;
use std::time::Duration;

/// Between two looks.
const POLL: Duration = Duration::from_secs(2);
/// What CloudFormation says of a change set that changes nothing. No other member of its answer tells that from a template that it
/// refuses; the AWS CLI looks for the same two sentences (`awscli/customizations/cloudformation/deployer.py`).
const NOTHING_CHANGES: [&str; 2] =
    ["The submitted information didn't contain changes.", "No updates are to be performed"];

/// What is asked for. It has no `Debug`: values of parameters may be secrets.
pub(crate) struct Asked<'a> {
    pub(crate) stack: &'a str,
    pub(crate) url: &'a str,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) kind: ChangeSetType,
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) name: &'a str,
}

/// A change set that can be executed.
#[derive(Clone, Debug)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    /// The ARN of its stack, which may have nothing else yet.
    pub(crate) stack: String,
    pub(crate) changes: Vec<Change>,
}

/// What happens to a resource of the stack itself; what happens in nested stacks is decided when they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Change {
    /// CloudFormation's word: `Add`, `Modify`, `Remove`.
    pub(crate) action: String,
    pub(crate) logical_id: String,
    #[serde(rename = "Type")]
    pub(crate) kind: String,
    /// `True` or `Conditional` where another resource takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) replacement: Option<String>,
}

impl Change {
    fn read(change: ResourceChange) -> Self {
        let replacement = change.replacement.map(|word| word.as_str().to_owned());
        Self {
            action: change.action.map(|word| word.as_str().to_owned()).unwrap_or_default(),
            logical_id: change.logical_resource_id.unwrap_or_default(),
            kind: change.resource_type.unwrap_or_default(),
            replacement: replacement.filter(|word| word != "False"),
        }
    }
}

impl Stacks {
    /// Makes a change set, and waits until it can be executed; nothing, if it would change nothing.
    ///
    /// # Errors
    /// What CloudFormation refuses, in its words.
    pub(crate) async fn plan(&self, asked: &Asked<'_>) -> Result<Option<ChangeSet>, Failure> {
        let create = self.client.create_change_set().stack_name(asked.stack).template_url(asked.url);
        let create = create.change_set_name(asked.name).change_set_type(asked.kind.clone());
        let create = create.set_parameters(Some(asked.parameters.clone()));
        let made = create.set_capabilities(Some(asked.capabilities.clone())).send().await;
        let what = format!("plan stack {}", asked.stack);
        let made = made.map_err(|error| failed(&what, &cause(error)))?;
        let (id, stack) = (made.id.unwrap_or_default(), made.stack_id.unwrap_or_default());
        let found = loop {
            let found = self.client.describe_change_set().change_set_name(&id).send().await;
            let found = found.map_err(|error| failed(&what, &cause(error)))?;
            match found.status {
                Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress) => {
                    pause(POLL).await;
                }
                _ => break found,
            }
        };
        if found.status == Some(ChangeSetStatus::CreateComplete) {
            let changes = self.changes(&id).await?;
            return Ok(Some(ChangeSet { id, stack, changes }));
        }
        let why = found.status_reason.unwrap_or_default();
        let set = ChangeSet { id, stack, changes: Vec::new() };
        self.discard(&set).await?;
        if NOTHING_CHANGES.iter().any(|sentence| why.starts_with(sentence)) {
            return Ok(None);
        }
        Err(Failure::new(Exit::Failed, format!("CloudFormation refuses stack {}: {why}", asked.stack)))
    }

    async fn changes(&self, id: &str) -> Result<Vec<Change>, Failure> {
        let mut pages = self.client.describe_change_set().change_set_name(id).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed("read the change set", &cause(error)))?;
            let changes = page.changes.unwrap_or_default().into_iter();
            found.extend(changes.filter_map(|change| change.resource_change).map(Change::read));
        }
        Ok(found)
    }

    /// Lets CloudFormation do it.
    pub(crate) async fn execute(&self, set: &ChangeSet) -> Result<(), Failure> {
        let done = self.client.execute_change_set().change_set_name(&set.id).send().await;
        done.map(drop).map_err(|error| failed(&format!("execute the change set {}", set.id), &cause(error)))
    }

    /// Deletes the change set of a name, which may not be there yet.
    pub(crate) async fn discard_named(&self, stack: &str, set: &str) -> Result<(), Failure> {
        let Some(Stack { id: stack, .. }) = self.describe(stack).await? else { return Ok(()) };
        let described =
            self.client.describe_change_set().stack_name(&stack).change_set_name(set).send().await;
        match described {
            Ok(found) => {
                let id = found.change_set_id.unwrap_or_default();
                self.discard(&ChangeSet { id, stack, changes: Vec::new() }).await
            }
            Err(error) if refused(&error, &["ChangeSetNotFound"]) => Ok(()),
            Err(error) => Err(failed(&format!("look at the change set {set} of {stack}"), &cause(error))),
        }
    }

    /// Deletes a change set, and its stack if that has nothing else.
    pub(crate) async fn discard(&self, set: &ChangeSet) -> Result<(), Failure> {
        let done = self.client.delete_change_set().change_set_name(&set.id).send().await;
        done.map_err(|error| failed(&format!("delete the change set {}", set.id), &cause(error)))?;
        let stack = self.describe(&set.stack).await?;
        if stack.is_none_or(|stack| stack.status != StackStatus::ReviewInProgress) {
            return Ok(());
        }
        // Somebody else may have planned the same stack.
        let others = self.client.list_change_sets().stack_name(&set.stack).send().await;
        let others = others
            .map_err(|error| failed(&format!("list the change sets of {}", set.stack), &cause(error)))?;
        if others.summaries().is_empty() { self.delete(&set.stack).await } else { Ok(()) }
    }
}
