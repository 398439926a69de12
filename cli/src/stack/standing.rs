//! What can be done with a stack, by its status
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>).

use aws_sdk_cloudformation::types::StackStatus;

/// How a stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does not exist, or has only a change set.
    Absent,
    /// An operation is under way.
    Busy,
    /// It can be updated.
    Ready,
    /// What is left of a creation or a deletion that failed: it can only be deleted.
    Leftover,
    /// The rollback of an update failed: a person has to continue it.
    RollbackFailed,
}

impl Standing {
    pub(crate) fn of(status: &StackStatus) -> Self {
        match status {
            StackStatus::DeleteComplete | StackStatus::ReviewInProgress => Self::Absent,
            StackStatus::CreateFailed
            | StackStatus::RollbackComplete
            | StackStatus::RollbackFailed
            | StackStatus::DeleteFailed => Self::Leftover,
            StackStatus::UpdateRollbackFailed => Self::RollbackFailed,
            StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::UpdateRollbackComplete
            | StackStatus::UpdateFailed
            | StackStatus::ImportComplete
            | StackStatus::ImportRollbackComplete
            | StackStatus::ImportRollbackFailed => Self::Ready,
            // A status that is newer than this program is waited for: nothing is begun beside it.
            _ => Self::Busy,
        }
    }
}

/// Whether the operation that ended with this status did what was asked.
pub(crate) const fn succeeded(status: &StackStatus) -> bool {
    matches!(
        status,
        StackStatus::CreateComplete
            | StackStatus::UpdateComplete
            | StackStatus::DeleteComplete
            | StackStatus::ImportComplete
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_standing() {
        for (status, expected) in [
            ("CREATE_COMPLETE", Standing::Ready),
            ("CREATE_FAILED", Standing::Leftover),
            ("CREATE_IN_PROGRESS", Standing::Busy),
            ("DELETE_COMPLETE", Standing::Absent),
            ("DELETE_FAILED", Standing::Leftover),
            ("DELETE_IN_PROGRESS", Standing::Busy),
            ("IMPORT_COMPLETE", Standing::Ready),
            ("IMPORT_IN_PROGRESS", Standing::Busy),
            ("IMPORT_ROLLBACK_COMPLETE", Standing::Ready),
            ("IMPORT_ROLLBACK_FAILED", Standing::Ready),
            ("IMPORT_ROLLBACK_IN_PROGRESS", Standing::Busy),
            ("REVIEW_IN_PROGRESS", Standing::Absent),
            ("ROLLBACK_COMPLETE", Standing::Leftover),
            ("ROLLBACK_FAILED", Standing::Leftover),
            ("ROLLBACK_IN_PROGRESS", Standing::Busy),
            ("UPDATE_COMPLETE", Standing::Ready),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Standing::Busy),
            ("UPDATE_FAILED", Standing::Ready),
            ("UPDATE_IN_PROGRESS", Standing::Busy),
            ("UPDATE_ROLLBACK_COMPLETE", Standing::Ready),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Standing::Busy),
            ("UPDATE_ROLLBACK_FAILED", Standing::RollbackFailed),
            ("UPDATE_ROLLBACK_IN_PROGRESS", Standing::Busy),
            ("A_STATUS_OF_NEXT_YEAR", Standing::Busy),
        ] {
            assert_eq!(Standing::of(&StackStatus::from(status)), expected, "{status}");
        }
    }

    #[test]
    fn only_what_was_asked_is_a_success() {
        for status in ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"] {
            assert!(succeeded(&status.into()), "{status}");
        }
        for status in ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_FAILED", "CREATE_FAILED"] {
            assert!(!succeeded(&status.into()), "{status}");
        }
    }
}
