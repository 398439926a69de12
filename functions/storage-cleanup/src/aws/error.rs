//! What a call was doing, to what, when it failed.

use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use std::error::Error as StdError;

/// What AWS answered, or why nothing did.
pub(super) type Cause = Box<dyn StdError + Send + Sync>;

/// A call that failed. `NotFound` where something is looked at or deleted is no failure: gone is the goal.
#[derive(Debug, thiserror::Error)]
pub enum Error {
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
    Look {
        /// Kind and id.
        what: String,
        /// Why.
        source: Cause,
    },
    /// A tag was not written.
    #[error("could not mark {what}")]
    Mark {
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

/// The answer of AWS itself, when there was one: code and message. Everything the SDK wraps around it says less.
pub(super) fn cause<E>(error: SdkError<E>) -> Cause
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    match error.as_service_error().filter(|refused| refused.code().is_some()) {
        Some(refused) => Box::new(refused.meta().clone()),
        None => Box::new(error),
    }
}

/// Whether AWS refused with one of these codes.
pub(super) fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, codes: &[&str]) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code.is_some_and(|code| codes.contains(&code))
}
