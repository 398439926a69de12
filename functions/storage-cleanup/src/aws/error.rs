//! What a call was doing, to what, when it failed.

use shared::error::Cause;

/// A call that failed. `NotFound` where something is looked at or deleted is no failure.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// CloudFormation did not tell what happens to the stack.
    #[error(transparent)]
    Stack(shared::removal::Error),
    /// A list was not read whole, so nothing is known of what is on it.
    #[error("could not list {what}")]
    List {
        /// What is on the list.
        what: String,
        /// Why.
        source: Cause,
    },
    /// One thing was not read.
    #[error("could not look at {what}")]
    Describe {
        /// Kind and id.
        what: String,
        /// Why.
        source: Cause,
    },
    /// A tag was not written.
    #[error("could not tag {what}")]
    Tag {
        /// Its id.
        what: String,
        /// Why.
        source: Cause,
    },
    /// A backup did not start.
    #[error("could not start the backup of file system {file_system} into vault {vault} with role {role}")]
    Backup {
        /// Its id.
        file_system: String,
        /// The vault's name.
        vault: String,
        /// The role's ARN.
        role: String,
        /// Why.
        source: Cause,
    },
    /// Rules stayed.
    #[error("could not revoke the rules of security group {group}")]
    Revoke {
        /// Its id.
        group: String,
        /// Why.
        source: Cause,
    },
    /// Two things stayed together.
    #[error("could not detach {what}")]
    Detach {
        /// What from what.
        what: String,
        /// Why.
        source: Cause,
    },
    /// A thing stayed.
    #[error("could not delete {what}")]
    Delete {
        /// Kind and id.
        what: String,
        /// Why.
        source: Cause,
    },
}
