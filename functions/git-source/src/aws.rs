//! The calls to `CodePipeline` and `CodeBuild`, each with its harmless refusals written out. The only file, with the two
//! below it, that knows the SDK; what leaves it is plain data without a credential.

mod error;
mod read;

pub use error::Error;

use crate::build::Build;
use crate::decide::{Answer, Failure, Success};
use crate::failure::Kind;
use aws_sdk_codebuild::types::SortOrderType;
use aws_sdk_codepipeline::types::{
    ActionCategory, ActionOwner, ActionTypeId, CurrentRevision, ExecutionDetails, FailureDetails,
    FailureType, JobStatus,
};
use shared::aws::SdkConfig;
use shared::aws::codebuild::plaintext_variables;
use shared::error::cause;
use shared::secret::Secret;
use std::collections::BTreeMap;

/// Jobs per poll.
const JOBS_PER_POLL: i32 = 50;
/// Builds per look-up: the most that `BatchGetBuilds` takes, and what a page of `ListBuildsForProject` holds.
const BUILDS_PER_LOOK: usize = 100;

/// A job that waits for a worker. Its artifact credentials stay behind in the SDK's type.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// The proof that this worker was offered it.
    pub nonce: Secret<String>,
    /// The configuration of its action.
    pub configuration: BTreeMap<String, String>,
    /// The pipeline execution it belongs to, when the service says.
    pub execution: Option<String>,
}

/// The result of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was the first one.
    Now,
    /// The job had one already, or is gone.
    Before,
}

/// The two services, for one action type and one clone project.
#[derive(Clone, Debug)]
pub struct Aws {
    pipeline: aws_sdk_codepipeline::Client,
    builder: aws_sdk_codebuild::Client,
    provider: String,
    version: String,
    project: String,
}

impl Aws {
    /// Clients for a custom source action type and the project that clones for it.
    #[must_use]
    pub fn new(config: &SdkConfig, provider: &str, version: &str, project: &str) -> Self {
        Self {
            pipeline: aws_sdk_codepipeline::Client::new(config),
            builder: aws_sdk_codebuild::Client::new(config),
            provider: provider.to_owned(),
            version: version.to_owned(),
            project: project.to_owned(),
        }
    }

    /// The next jobs of the action type. Jobs nobody acknowledges are offered again.
    pub(crate) async fn poll(&self) -> Result<Vec<Job>, Error> {
        let kind = ActionTypeId::builder()
            .category(ActionCategory::Source)
            .owner(ActionOwner::Custom)
            .provider(&self.provider)
            .version(&self.version)
            .build()
            .expect("all four members are set");
        let polled =
            self.pipeline.poll_for_jobs().action_type_id(kind).max_batch_size(JOBS_PER_POLL).send().await;
        let polled = polled.map_err(|source| Error::Poll { source: cause(source) })?;
        Ok(polled.jobs.unwrap_or_default().into_iter().filter_map(read::job).collect())
    }

    /// Takes a job. `false` when somebody else has it, or it is over.
    pub(crate) async fn acknowledge(&self, job: &Job) -> Result<bool, Error> {
        match self.pipeline.acknowledge_job().job_id(&job.id).nonce(job.nonce.expose()).send().await {
            Ok(taken) => Ok(taken.status == Some(JobStatus::InProgress)),
            Err(error) => match error.as_service_error() {
                // A lost race: another worker has the job.
                Some(refused)
                    if refused.is_invalid_nonce_exception() || refused.is_job_not_found_exception() =>
                {
                    Ok(false)
                }
                _ => Err(Error::Acknowledge { job: job.id.clone(), source: cause(error) }),
            },
        }
    }

    /// Starts the build of a job, or finds the one that was started for it in the last five minutes.
    pub(crate) async fn start_build(
        &self,
        job: &str,
        variables: Vec<(&'static str, String)>,
    ) -> Result<Build, Error> {
        let started = self
            .builder
            .start_build()
            .project_name(&self.project)
            .idempotency_token(job)
            .set_environment_variables_override(Some(plaintext_variables(variables)))
            .send()
            .await
            .map_err(|source| Error::StartBuild { job: job.to_owned(), source: cause(source) })?;
        started.build_value.and_then(read::build).ok_or_else(|| Error::NoBuild { job: job.to_owned() })
    }

    /// Answers a job. Answering twice is a success: the first answer stands.
    pub(crate) async fn answer(&self, job: &str, answer: &Answer) -> Result<Answered, Error> {
        match answer {
            Answer::Success(success) => self.succeed(job, success).await,
            Answer::Failure(failure) => self.fail(job, failure).await,
        }
    }

    async fn succeed(&self, job: &str, success: &Success) -> Result<Answered, Error> {
        let revision = CurrentRevision::builder()
            .revision(&success.commit)
            .change_identifier(&success.commit)
            .revision_summary(&success.revision_summary)
            .build()
            .expect("revision and change identifier are set");
        let details = ExecutionDetails::builder()
            .external_execution_id(&success.build)
            .summary(&success.summary)
            .build();
        let variables = success.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let put = self
            .pipeline
            .put_job_success_result()
            .job_id(job)
            .current_revision(revision)
            .execution_details(details)
            .set_output_variables(Some(variables.collect()));
        let Err(error) = put.send().await else {
            return Ok(Answered::Now);
        };
        match error.as_service_error() {
            Some(refused) if refused.is_invalid_job_state_exception() => Ok(Answered::Before),
            Some(refused) if refused.is_job_not_found_exception() => Ok(gone(job)),
            _ => Err(Error::Succeed { job: job.to_owned(), source: cause(error) }),
        }
    }

    async fn fail(&self, job: &str, failure: &Failure) -> Result<Answered, Error> {
        let details = FailureDetails::builder()
            .r#type(failure_type(failure.kind))
            .message(&failure.message)
            .set_external_execution_id(failure.build.clone())
            .build()
            .expect("type and message are set");
        let put = self.pipeline.put_job_failure_result().job_id(job).failure_details(details);
        let Err(error) = put.send().await else {
            return Ok(Answered::Now);
        };
        match error.as_service_error() {
            Some(refused) if refused.is_invalid_job_state_exception() => Ok(Answered::Before),
            Some(refused) if refused.is_job_not_found_exception() => Ok(gone(job)),
            _ => Err(Error::Fail { job: job.to_owned(), source: cause(error) }),
        }
    }

    /// One build, if it still exists.
    pub(crate) async fn build(&self, id: &str) -> Result<Option<Build>, Error> {
        Ok(self.look_up(vec![id.to_owned()]).await?.pop())
    }

    /// The newest builds of the project, newest first, at most `limit`.
    pub(crate) async fn newest_builds(&self, limit: usize) -> Result<Vec<Build>, Error> {
        let listing = self.builder.list_builds_for_project().project_name(&self.project);
        let mut pages = listing.sort_order(SortOrderType::Descending).into_paginator().send();
        let mut ids = Vec::new();
        while ids.len() < limit
            && let Some(page) = pages.next().await
        {
            ids.extend(page.map_err(|source| Error::List { source: cause(source) })?.ids.unwrap_or_default());
        }
        ids.truncate(limit);
        let looks = ids.chunks(BUILDS_PER_LOOK).map(|ids| self.look_up(ids.to_vec()));
        Ok(futures_util::future::try_join_all(looks).await?.concat())
    }

    async fn look_up(&self, ids: Vec<String>) -> Result<Vec<Build>, Error> {
        let found = self.builder.batch_get_builds().set_ids(Some(ids)).send().await;
        let found = found.map_err(|source| Error::LookUp { source: cause(source) })?;
        Ok(found.builds.unwrap_or_default().into_iter().filter_map(read::build).collect())
    }
}

/// Nobody waits for the answer any more. Worth a line: it happens when a pipeline was deleted while it ran.
fn gone(job: &str) -> Answered {
    tracing::warn!(job, "the job is gone: its answer is dropped");
    Answered::Before
}

fn failure_type(kind: Kind) -> FailureType {
    match kind {
        Kind::Configuration => FailureType::ConfigurationError,
        Kind::Permission => FailureType::PermissionError,
        Kind::Revision => FailureType::RevisionUnavailable,
        Kind::System => FailureType::SystemUnavailable,
        Kind::Job => FailureType::JobFailed,
    }
}
