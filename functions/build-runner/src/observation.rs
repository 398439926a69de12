//! What `observe` reads, in plain data: builds in CodeBuild's words, without the values of their variables.

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
    pub status: Status,
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

/// The status of a build, in CodeBuild's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// In the queue or at work.
    InProgress,
    Succeeded,
    /// A phase failed.
    Failed,
    /// CodeBuild itself failed.
    Fault,
    /// It took longer than its project allows.
    TimedOut,
    /// Somebody stopped it.
    Stopped,
    /// A word that this version does not know.
    Unknown(String),
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        match word {
            "IN_PROGRESS" => Self::InProgress,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "FAULT" => Self::Fault,
            "TIMED_OUT" => Self::TimedOut,
            "STOPPED" => Self::Stopped,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// The phase in which a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedPhase {
    /// Its name, such as `BUILD`.
    pub name: String,
    /// Its contexts, joined. Empty when CodeBuild gives none.
    pub reason: String,
}
