//! What the function was doing, to what, when a call failed.

use shared::error::Cause;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// CloudFormation did not tell whether the domain goes.
    #[error(transparent)]
    Removal(#[from] shared::removal::Error),
    /// One thing was not read.
    #[error("could not look at {what}")]
    Describe {
        /// Kind and name.
        what: String,
        /// Why.
        source: Cause,
    },
    /// A list was not read whole.
    #[error("could not list {what}")]
    List {
        /// What is on the list.
        what: String,
        /// Why.
        source: Cause,
    },
    /// The tags of a thing were not read.
    #[error("could not read the tags of {resource}")]
    ListTags {
        /// Its ARN.
        resource: String,
        /// Why.
        source: Cause,
    },
    /// A thing stayed.
    #[error("could not delete {what}")]
    Delete {
        /// Kind and name.
        what: String,
        /// Why.
        source: Cause,
    },
    /// `Search`.
    #[error("could not search by {property}")]
    Search {
        /// The property that was searched by.
        property: String,
        /// Why.
        source: Cause,
    },
}
