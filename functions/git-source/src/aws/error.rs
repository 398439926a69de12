//! What the function was doing, to what, when a call failed; and which failures of `StartBuild` are final.

use crate::decide::Failure;
use crate::failure::Kind;
use aws_sdk_codebuild::error::{ProvideErrorMetadata, SdkError as BuildSdkError};
use aws_sdk_codebuild::operation::{
    batch_get_builds::BatchGetBuildsError, list_builds_for_project::ListBuildsForProjectError,
    start_build::StartBuildError,
};
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::operation::{
    acknowledge_job::AcknowledgeJobError, poll_for_jobs::PollForJobsError,
    put_job_failure_result::PutJobFailureResultError, put_job_success_result::PutJobSuccessResultError,
};

/// A call that failed, or an event that was not handled whole.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `PollForJobs`.
    #[error("could not poll for jobs")]
    Poll {
        /// Why.
        source: Box<SdkError<PollForJobsError>>,
    },
    /// `AcknowledgeJob`.
    #[error("could not acknowledge job {job}")]
    Acknowledge {
        /// Which job.
        job: String,
        /// Why.
        source: Box<SdkError<AcknowledgeJobError>>,
    },
    /// `StartBuild`.
    #[error("could not start the build of job {job}")]
    StartBuild {
        /// Which job.
        job: String,
        /// Why.
        source: Box<BuildSdkError<StartBuildError>>,
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
        source: Box<SdkError<PutJobSuccessResultError>>,
    },
    /// `PutJobFailureResult`.
    #[error("could not report the failure of job {job}")]
    Fail {
        /// Which job.
        job: String,
        /// Why.
        source: Box<SdkError<PutJobFailureResultError>>,
    },
    /// `ListBuildsForProject`.
    #[error("could not list the builds of the clone project")]
    List {
        /// Why.
        source: Box<BuildSdkError<ListBuildsForProjectError>>,
    },
    /// `BatchGetBuilds`.
    #[error("could not look up builds")]
    LookUp {
        /// Why.
        source: Box<BuildSdkError<BatchGetBuildsError>>,
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
        let error = source.as_service_error()?;
        let said = error.message().map(crate::message::quoted).unwrap_or_default();
        let (kind, what) = if error.is_resource_not_found_exception() {
            (
                Kind::System,
                "The clone project does not exist; deploy the stack of the git source again.".to_owned(),
            )
        } else if error.is_invalid_input_exception() {
            (Kind::Job, format!("CodeBuild refused the clone build: {said}."))
        } else if matches!(error.code(), Some("AccessDeniedException" | "AccessDenied")) {
            let remedy =
                "allow codebuild:StartBuild on the clone project to the role of the git source function";
            (Kind::Permission, format!("Starting the clone build was denied; {remedy}."))
        } else {
            return None;
        };
        Some(Failure { kind, message: what, build: None })
    }
}
