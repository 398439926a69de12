//! What the function was doing, to what, when a call failed; and which failures of `StartBuild` are final.

use crate::decide::Failure;
use crate::failure::Kind;
use shared::error::{Cause, Class};

/// A call that failed, or an event that was not handled whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `PollForJobs`.
    #[error("could not poll for jobs")]
    Poll {
        /// Why.
        source: Cause,
    },
    /// `AcknowledgeJob`.
    #[error("could not acknowledge job {job}")]
    Acknowledge {
        /// Which job.
        job: String,
        /// Why.
        source: Cause,
    },
    /// `StartBuild`.
    #[error("could not start the build of job {job}")]
    StartBuild {
        /// Which job.
        job: String,
        /// Why.
        source: Cause,
    },
    /// `StartBuild` answered without saying which build.
    #[error("could not tell which build was started for job {job}")]
    NoBuild {
        /// Which job.
        job: String,
    },
    /// `PutJobSuccessResult`.
    #[error("could not report the success of job {job}")]
    Succeed {
        /// Which job.
        job: String,
        /// Why.
        source: Cause,
    },
    /// `PutJobFailureResult`.
    #[error("could not report the failure of job {job}")]
    Fail {
        /// Which job.
        job: String,
        /// Why.
        source: Cause,
    },
    /// `ListBuildsForProject`.
    #[error("could not list the builds of the clone project")]
    List {
        /// Why.
        source: Cause,
    },
    /// `BatchGetBuilds`.
    #[error("could not look up builds")]
    LookUp {
        /// Why.
        source: Cause,
    },
    /// Several things went wrong; the others went well.
    #[error("{count} steps failed, the first of them")]
    Several {
        /// How many.
        count: usize,
        /// The first of them.
        source: Box<Error>,
    },
}

impl Error {
    /// One error for many, so that Lambda delivers the event again when any of them is left.
    pub(crate) fn unite(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            count => Err(Self::Several { count, source: Box::new(errors.remove(0)) }),
        }
    }

    /// What the job is told when no later `StartBuild` would do better. Everything else is left for another try, with the
    /// job not acknowledged: throttling, server errors, time-outs, and the account's limit of queued builds, which
    /// other builds free as they end.
    pub(crate) fn refusal(&self) -> Option<Failure> {
        let Self::StartBuild { source, .. } = self else {
            return None;
        };
        let (kind, what) = match source.class() {
            Class::NotFound => (
                Kind::System,
                "The clone project does not exist; deploy the stack of the git source again.".to_owned(),
            ),
            Class::Invalid => {
                let said = crate::message::quoted(source.message());
                (Kind::Job, format!("CodeBuild refused the clone build: {said}."))
            }
            Class::Denied => {
                let remedy =
                    "allow codebuild:StartBuild on the clone project to the role of the git source function";
                (Kind::Permission, format!("Starting the clone build was denied; {remedy}."))
            }
            Class::Transient | Class::InUse | Class::Conflict | Class::Other => return None,
        };
        Some(Failure { kind, message: what, build: None })
    }
}
