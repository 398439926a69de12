//! Stacks of CloudFormation: what the commands that deploy, show and destroy them ask and follow.

mod aws;
mod cause;
mod change_set;
mod follow;
mod progress;
mod standing;
mod template;

pub(crate) use aws::{Resource, Stack, Stacks, failed};
pub(crate) use cause::first_cause;
pub(crate) use change_set::{Asked, Change, ChangeSet};
pub(crate) use follow::{Ended, Since, follow};
pub(crate) use progress::StackProgress;
pub(crate) use standing::Standing;
pub(crate) use template::Declared;

/// The type of a nested stack.
pub(crate) const NESTED: &str = "AWS::CloudFormation::Stack";
