//! The calls about whole stacks.

use super::standing::Standing;
use crate::exit::{Exit, Failure};
use aws_sdk_cloudformation::types::{Output, StackStatus};
use aws_sdk_cloudformation::{Client, types};
use aws_smithy_types::DateTime;
use shared::aws::SdkConfig;
use shared::error::{Cause, cause, chain, refused};
use std::collections::BTreeMap;

/// The service, for the account and Region of the caller.
#[derive(Clone, Debug)]
pub(crate) struct Stacks {
    pub(super) client: Client,
}

/// A stack.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    /// Its ARN.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: StackStatus,
    /// Why it has this status, where CloudFormation says so.
    pub(crate) reason: Option<String>,
    /// The outermost of the stacks that it is nested in; nothing for one that is not nested.
    pub(crate) root: Option<String>,
    /// As CloudFormation shows them: the value of one with `NoEcho` is stars.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) outputs: BTreeMap<String, String>,
    /// The names that outputs are exported under.
    pub(crate) exports: Vec<String>,
    /// Whether CloudFormation refuses to delete it.
    pub(crate) is_protected: bool,
    /// Of the last update, or else of the creation.
    pub(crate) changed: Option<DateTime>,
}

impl Stack {
    fn read(found: types::Stack) -> Self {
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let outputs = found.outputs.unwrap_or_default();
        let pair = |output: &Output| Some((output.output_key.clone()?, output.output_value.clone()?));
        let parameters = found.parameters.unwrap_or_default().into_iter();
        let value = |it: types::Parameter| {
            Some((it.parameter_key?, it.resolved_value.or(it.parameter_value).unwrap_or_default()))
        };
        Self {
            id: found.stack_id.unwrap_or_default(),
            name: found.stack_name.unwrap_or_default(),
            status: found.stack_status.unwrap_or_else(|| StackStatus::from("unknown")),
            reason: text(found.stack_status_reason),
            root: text(found.root_id),
            parameters: parameters.filter_map(value).collect(),
            exports: outputs.iter().filter_map(|output| output.export_name.clone()).collect(),
            outputs: outputs.iter().filter_map(pair).collect(),
            is_protected: found.enable_termination_protection == Some(true),
            changed: found.last_updated_time.or(found.creation_time),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        Standing::of(&self.status)
    }
}

/// A call that failed, for a person.
pub(crate) fn failed(what: &str, cause: &Cause) -> Failure {
    Failure::new(Exit::Failed, format!("could not {what}: {}", chain(cause)))
}

impl Stacks {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// A stack by its name or ARN; one that was deleted is found by its ARN only.
    pub(crate) async fn describe(&self, stack: &str) -> Result<Option<Stack>, Failure> {
        match self.client.describe_stacks().stack_name(stack).send().await {
            Ok(found) => Ok(found.stacks.unwrap_or_default().into_iter().next().map(Stack::read)),
            // The code of a stack that does not exist, whose name or ARN is well-formed.
            Err(error) if refused(&error, &["ValidationError"]) => Ok(None),
            Err(error) => Err(failed(&format!("describe stack {stack}"), &cause(error))),
        }
    }

    /// All stacks that are not nested in others.
    pub(crate) async fn all(&self) -> Result<Vec<Stack>, Failure> {
        let mut pages = self.client.describe_stacks().into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed("list the stacks", &cause(error)))?;
            found.extend(page.stacks.unwrap_or_default().into_iter().map(Stack::read));
        }
        found.retain(|stack| stack.root.is_none());
        Ok(found)
    }

    /// The stacks that import an export.
    pub(crate) async fn importers(&self, export: &str) -> Result<Vec<String>, Failure> {
        let mut pages = self.client.list_imports().export_name(export).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => found.extend(page.imports.unwrap_or_default()),
                // The code of an export that nothing imports.
                Err(error) if refused(&error, &["ValidationError"]) => break,
                Err(error) => {
                    return Err(failed(&format!("list the imports of {export}"), &cause(error)));
                }
            }
        }
        Ok(found)
    }

    /// The resources of one stack: logical id, type, and physical id if it has one.
    pub(crate) async fn resources(&self, stack: &str) -> Result<Vec<Resource>, Failure> {
        let mut pages = self.client.list_stack_resources().stack_name(stack).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| failed(&format!("list the resources of {stack}"), &cause(error)))?;
            found.extend(page.stack_resource_summaries.unwrap_or_default().into_iter().filter_map(|it| {
                let is_deleted = it.resource_status.as_ref() == Some(&types::ResourceStatus::DeleteComplete);
                (!is_deleted).then(|| Resource {
                    logical_id: it.logical_resource_id.unwrap_or_default(),
                    kind: it.resource_type.unwrap_or_default(),
                    physical_id: it.physical_resource_id.filter(|id| !id.is_empty()),
                })
            }));
        }
        Ok(found)
    }

    /// The text of a stack's template, without what macros made of it.
    pub(crate) async fn template(&self, stack: &str) -> Result<String, Failure> {
        let found = self.client.get_template().stack_name(stack).send().await;
        let found = found.map_err(|error| failed(&format!("read the template of {stack}"), &cause(error)))?;
        Ok(found.template_body.unwrap_or_default())
    }

    /// Begins the deletion of a stack.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), Failure> {
        let deleted = self.client.delete_stack().stack_name(id).send().await;
        deleted.map(drop).map_err(|error| failed(&format!("delete stack {id}"), &cause(error)))
    }
}

/// A resource of a stack.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) logical_id: String,
    pub(crate) kind: String,
    pub(crate) physical_id: Option<String>,
}
