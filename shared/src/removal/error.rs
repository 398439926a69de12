//! What was asked of CloudFormation when a call failed.

use crate::error::Cause;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `DescribeStacks`, or a list of its resources or events.
    #[error("could not ask CloudFormation about stack {stack}")]
    Stack {
        /// Its ARN.
        stack: String,
        /// Why.
        source: Cause,
    },
    /// `DescribeStackResources`.
    #[error("could not ask CloudFormation which stack has {physical_id}")]
    Resource {
        /// The physical id.
        physical_id: String,
        /// Why.
        source: Cause,
    },
    /// `DescribeChangeSet`.
    #[error("could not read change set {change_set}")]
    ChangeSet {
        /// Its ARN.
        change_set: String,
        /// Why.
        source: Cause,
    },
    /// `GetTemplate`, or a template that is neither JSON nor YAML.
    #[error("could not read the template of stack {stack}")]
    Template {
        /// Its ARN.
        stack: String,
        /// Why.
        source: Cause,
    },
}
