//! What CloudFormation says of a stack, in plain types.

use super::Reason;
use aws_sdk_cloudformation::types::{Stack as Description, StackStatus};

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stack {
    pub(super) operation: Operation,
    /// CloudFormation's word, for people.
    pub(super) status: String,
    /// The stack that this one is nested in.
    pub(super) parent: Option<String>,
    /// The change set of the last update, if that had one.
    pub(super) change_set: Option<String>,
    /// Whether a rollback deletes what the operation created, whatever its `DeletionPolicy`.
    pub(super) retain_except_on_create: bool,
}

/// The operation under way on a stack that deletes resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The stack is being deleted.
    Deletion,
    /// Its creation failed, and what was created is being deleted.
    CreationRollback,
    /// An update succeeded, and what it removed or replaced is being deleted.
    Cleanup,
    /// An update failed, and what it created is being deleted.
    UpdateRollback,
    /// None of these: nothing is deleted.
    Other,
}

impl Stack {
    pub(super) fn read(found: &Description) -> Self {
        let operation = match found.stack_status() {
            Some(StackStatus::DeleteInProgress) => Operation::Deletion,
            Some(StackStatus::RollbackInProgress) => Operation::CreationRollback,
            Some(StackStatus::UpdateCompleteCleanupInProgress) => Operation::Cleanup,
            Some(
                StackStatus::UpdateRollbackInProgress | StackStatus::UpdateRollbackCompleteCleanupInProgress,
            ) => Operation::UpdateRollback,
            _ => Operation::Other,
        };
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Self {
            operation,
            status: found.stack_status().map_or("unknown", StackStatus::as_str).to_owned(),
            parent: text(found.parent_id()),
            change_set: text(found.change_set_id()),
            retain_except_on_create: found.retain_except_on_create() == Some(true),
        }
    }

    pub(super) fn does_nothing(&self, stack: &str) -> Reason {
        Reason::NotDeleted(stack.to_owned(), self.status.clone())
    }
}
