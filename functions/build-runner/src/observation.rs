//! What `observe` reads, in plain data: builds in CodeBuild's words, without the values of their variables.

use shared::aws::codebuild::{BuildStatus, FailedPhase};
use std::collections::BTreeMap;
use std::time::Duration;

/// The builds of the resource that matter for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Whether there is a project of that name.
    pub project: bool,
    /// The build of the request. Nothing as long as none was started, and on Delete.
    pub own: Option<Build>,
    /// Builds of other requests of the same resource that have not ended, or whose status is not known.
    pub others: Vec<Build>,
}

/// A build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// `project:uuid`.
    pub id: String,
    pub arn: String,
    /// Its number in its project: a later build has a higher one.
    pub number: i64,
    pub status: BuildStatus,
    /// What it does now.
    pub phase: String,
    /// How long CodeBuild lets it stay in that phase.
    pub at_most: Duration,
    /// Where it went wrong.
    pub failed: Option<FailedPhase>,
    /// The address of its log; nothing if its project switched CloudWatch Logs off.
    pub log: Option<String>,
    /// The exported variables that the request names, and no others.
    pub exported: BTreeMap<String, String>,
}
