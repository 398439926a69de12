//! Whether CloudFormation deletes a resource in the operation that is under way. A custom resource that empties something
//! asks this on its Delete: that request also comes when only the custom resource leaves a living stack, or when an update
//! that added it is rolled back, and then the other resource stays.

mod error;
mod facts;
mod template;

pub use error::Error;
pub use facts::Operation;
pub use template::{Policy, Template};

use crate::aws::SdkConfig;
use crate::error::{Cause, cause, refused};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{ChangeAction, PolicyAction, ResourceChange, StackResource};
use facts::Stack;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::fmt;

/// Nested stacks within nested stacks. A cycle cannot occur; a limit makes that certain.
const DEEPEST: usize = 16;

/// The IAM actions that [`CloudFormation`] calls.
pub const PERMISSIONS: &[&str] = &[
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackResources",
    "cloudformation:ListStackResources",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeChangeSet",
    "cloudformation:GetTemplate",
];

/// What happens to a resource in the operation that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// CloudFormation deletes it.
    Deleted,
    /// It stays, or nothing proves that it goes.
    Stays(Reason),
}

/// Why a resource stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No stack has it.
    InNoStack,
    /// Its stack does not delete it now: the ARN, and the stack's status.
    NotDeleted(String, String),
    /// Its stack lets go of it without deleting it (`DeletionPolicy`, `UpdateReplacePolicy`): the ARN.
    Retained(String),
    /// An update without a change set removes it from the template, and CloudFormation no longer tells which
    /// `DeletionPolicy` it had: the ARN.
    PolicyUnknown(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InNoStack => out.write_str("it is not a resource of any stack"),
            Self::NotDeleted(stack, status) => {
                write!(out, "its stack {stack} has the status {status} and does not delete it")
            }
            Self::Retained(stack) => write!(out, "its stack {stack} retains it"),
            Self::PolicyUnknown(stack) => write!(
                out,
                "an update without a change set removed it from stack {stack}, so its DeletionPolicy is not known"
            ),
        }
    }
}

/// Where a resource is.
struct Place {
    stack: String,
    logical_id: String,
}

/// `CloudFormation`, which only is asked.
#[derive(Clone, Debug)]
pub struct CloudFormation {
    client: Client,
}

impl CloudFormation {
    /// A client for the account and Region of the configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// What CloudFormation is doing with this stack; nothing with one that does not exist.
    ///
    /// # Errors
    /// When CloudFormation does not tell.
    pub async fn operation(&self, stack: &str) -> Result<Operation, Error> {
        Ok(self.stack(stack).await?.map_or(Operation::Other, |stack| stack.operation))
    }

    /// What happens to the resource with this physical id. `stack` is the ARN of the stack that asks: a resource that an
    /// update replaced is on no list any more, and is looked for in that stack's history.
    ///
    /// # Errors
    /// When CloudFormation does not tell. Nothing may be deleted then.
    pub async fn removal(&self, stack: &str, physical_id: &str) -> Result<Removal, Error> {
        match self.place(physical_id).await? {
            Some(place) => self.in_place(place, physical_id, 0).await,
            None => self.replaced(stack, physical_id).await,
        }
    }

    /// The fate of a resource that a stack still lists.
    fn in_place<'a>(
        &'a self,
        place: Place,
        physical_id: &'a str,
        depth: usize,
    ) -> BoxFuture<'a, Result<Removal, Error>> {
        async move {
            let Some(stack) = self.stack(&place.stack).await? else {
                return Ok(Removal::Stays(Reason::InNoStack));
            };
            let retained = || Removal::Stays(Reason::Retained(place.stack.clone()));
            match stack.operation {
                Operation::Cleanup => return self.in_cleanup(&place, &stack, physical_id).await,
                Operation::Deletion => {}
                Operation::CreationRollback => {
                    let policy = self.template(&place.stack).await?.deletion_policy(&place.logical_id);
                    let only_later = policy == Policy::RetainExceptOnCreate
                        || policy == Policy::Retain && stack.retain_except_on_create;
                    return Ok(if policy == Policy::Delete || only_later {
                        Removal::Deleted
                    } else {
                        retained()
                    });
                }
                // A nested stack goes when its parent's turn comes: until then its own status says nothing. What the rollback
                // of an update deletes was created minutes ago by that update, and CloudFormation no longer tells with
                // which `DeletionPolicy`: it is left alone.
                Operation::UpdateRollback | Operation::Other => match stack.parent {
                    Some(_) if depth < DEEPEST => {
                        let Some(above) = self.place(&place.stack).await? else {
                            return Ok(Removal::Stays(stack.does_nothing(&place.stack)));
                        };
                        let above = self.in_place(above, &place.stack, depth + 1).await?;
                        if above != Removal::Deleted {
                            return Ok(above);
                        }
                    }
                    _ => return Ok(Removal::Stays(stack.does_nothing(&place.stack))),
                },
            }
            let policy = self.template(&place.stack).await?.deletion_policy(&place.logical_id);
            Ok(if policy == Policy::Delete { Removal::Deleted } else { retained() })
        }
        .boxed()
    }

    /// The fate of a resource whose stack deletes what an update removed.
    async fn in_cleanup(&self, place: &Place, stack: &Stack, physical_id: &str) -> Result<Removal, Error> {
        if let Some(change) = self.change(stack, physical_id).await? {
            return Ok(by_change(&change, &place.stack));
        }
        let stays = self.template(&place.stack).await?.has(&place.logical_id);
        Ok(Removal::Stays(if stays {
            stack.does_nothing(&place.stack)
        } else {
            Reason::PolicyUnknown(place.stack.clone())
        }))
    }

    /// The fate of a resource that no stack lists: only an update of this stack that replaced it, and now deletes what it
    /// replaced, proves that it goes.
    async fn replaced(&self, stack: &str, physical_id: &str) -> Result<Removal, Error> {
        let Some(about) = self.stack(stack).await?.filter(|about| about.operation == Operation::Cleanup)
        else {
            return Ok(Removal::Stays(Reason::InNoStack));
        };
        if let Some(change) = self.change(&about, physical_id).await? {
            return Ok(by_change(&change, stack));
        }
        let Some(logical_id) = self.former_name(stack, physical_id).await? else {
            return Ok(Removal::Stays(Reason::InNoStack));
        };
        let template = self.template(stack).await?;
        Ok(match template.replacement_policy(&logical_id) {
            _ if !template.has(&logical_id) => Removal::Stays(Reason::PolicyUnknown(stack.to_owned())),
            Policy::Delete => Removal::Deleted,
            _ => Removal::Stays(Reason::Retained(stack.to_owned())),
        })
    }

    async fn stack(&self, stack: &str) -> Result<Option<Stack>, Error> {
        match self.client.describe_stacks().stack_name(stack).send().await {
            Ok(found) => Ok(found.stacks().first().map(Stack::read)),
            // The code of a stack that does not exist, whose id is well-formed.
            Err(error) if refused(&error, &["ValidationError"]) => Ok(None),
            Err(error) => Err(Error::Stack { stack: stack.to_owned(), source: cause(error) }),
        }
    }

    /// The stack that has this resource, and its name there.
    async fn place(&self, physical_id: &str) -> Result<Option<Place>, Error> {
        let asked = self.client.describe_stack_resources().physical_resource_id(physical_id).send().await;
        let listed = match asked {
            Ok(found) => found.stack_resources.unwrap_or_default(),
            Err(error) if refused(&error, &["ValidationError"]) => return Ok(None),
            Err(error) => {
                return Err(Error::Resource { physical_id: physical_id.to_owned(), source: cause(error) });
            }
        };
        let Some(stack) = listed.iter().find_map(StackResource::stack_id) else { return Ok(None) };
        let own = listed.iter().find(|found| found.physical_resource_id() == Some(physical_id));
        let logical_id = match own.and_then(StackResource::logical_resource_id) {
            Some(logical_id) => Some(logical_id.to_owned()),
            // The answer holds the first hundred resources of the stack.
            None => self.logical_id(stack, physical_id).await?,
        };
        Ok(logical_id.map(|logical_id| Place { stack: stack.to_owned(), logical_id }))
    }

    async fn logical_id(&self, stack: &str, physical_id: &str) -> Result<Option<String>, Error> {
        let mut listed = self.client.list_stack_resources().stack_name(stack).into_paginator().items().send();
        while let Some(found) = listed.next().await {
            let found =
                found.map_err(|error| Error::Stack { stack: stack.to_owned(), source: cause(error) })?;
            if found.physical_resource_id() == Some(physical_id) {
                return Ok(found.logical_resource_id);
            }
        }
        Ok(None)
    }

    /// What a resource was called that an update replaced.
    async fn former_name(&self, stack: &str, physical_id: &str) -> Result<Option<String>, Error> {
        let mut events =
            self.client.describe_stack_events().stack_name(stack).into_paginator().items().send();
        while let Some(event) = events.next().await {
            let event =
                event.map_err(|error| Error::Stack { stack: stack.to_owned(), source: cause(error) })?;
            if event.physical_resource_id() == Some(physical_id) {
                return Ok(event.logical_resource_id);
            }
        }
        Ok(None)
    }

    /// What the change set that made the current update says of a resource. Nothing where the update had none.
    async fn change(&self, stack: &Stack, physical_id: &str) -> Result<Option<ResourceChange>, Error> {
        let Some(change_set) = &stack.change_set else { return Ok(None) };
        let mut pages = self.client.describe_change_set().change_set_name(change_set).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) if refused(&error, &["ChangeSetNotFound"]) => return Ok(None),
                Err(error) => {
                    return Err(Error::ChangeSet { change_set: change_set.clone(), source: cause(error) });
                }
            };
            let changes = page.changes.unwrap_or_default().into_iter().filter_map(|it| it.resource_change);
            for change in changes {
                if change.physical_resource_id() == Some(physical_id) {
                    return Ok(Some(change));
                }
            }
        }
        Ok(None)
    }

    async fn template(&self, stack: &str) -> Result<Template, Error> {
        let failed = |source| Error::Template { stack: stack.to_owned(), source };
        let asked = self.client.get_template().stack_name(stack).send().await;
        let body = asked.map_err(|error| failed(cause(error)))?.template_body.unwrap_or_default();
        Template::read(&body).map_err(|error| failed(Cause::other(error)))
    }
}

/// The fate of a resource by what a change set says of it.
fn by_change(change: &ResourceChange, stack: &str) -> Removal {
    match (change.action(), change.policy_action()) {
        (Some(ChangeAction::Remove), Some(PolicyAction::Delete))
        | (Some(ChangeAction::Modify), Some(PolicyAction::ReplaceAndDelete)) => Removal::Deleted,
        _ => Removal::Stays(Reason::Retained(stack.to_owned())),
    }
}

#[cfg(test)]
mod tests;
