//! From a job to its report. A job that is not done ends too, with a token that makes CodePipeline ask again: the next
//! invocation observes anew, so the token holds no state.

use super::artifact::{self, ArtifactError};
use super::job::{self, Job};
use super::report::report;
use super::{JobContext, PipelineAction};
use crate::drivers::turn::{TurnError, turn};
use crate::drivers::{Clients, Context, InvocationError};
use crate::reconcile::drive::{self, STEP_TIME, drive};
use crate::reconcile::output::Output;
use crate::reconcile::progress::Waiting;
use crate::reconcile::step::StepResult;
use aws_sdk_codepipeline::types::FailureType;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// What a turn leaves of the function's time: a call that hangs takes up to 20 seconds, the report as long.
const RESERVE: Duration = Duration::from_secs(30);

/// What to report of a job.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum JobResult {
    Done(Output),
    Again(Waiting),
    Failed(FailureType, String),
}

/// Works a job for one turn and reports it.
///
/// # Errors
/// When there is no job to report, or nobody took the report: Lambda delivers the job again.
pub async fn serve<R: PipelineAction>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<(), InvocationError> {
    let (id, data) = job::take(event).map_err(InvocationError::unreadable)?;
    tracing::info!(job = id, "a job of CodePipeline");
    let job_result = job_result(context.deadline, async {
        match spec::<R>(data, clients).await {
            Ok((spec, continued)) => {
                let spec = R::in_job(spec, JobContext { id: &id, continued });
                run_steps(it, &spec, continued, context.deadline).await
            }
            Err(refused) => Ok(refused),
        }
    });
    let job_result = job_result.await;
    if let JobResult::Failed(_, reason) = &job_result {
        tracing::error!(job = id, reason, "the job failed");
    }
    report(&clients.codepipeline, &id, job_result).await.map_err(InvocationError::unanswered)
}

/// The result of work, also when it fails, panics or does not end in time.
pub(super) async fn job_result(
    deadline: Instant,
    work: impl Future<Output = Result<JobResult, TurnError>>,
) -> JobResult {
    turn(deadline, work).await.unwrap_or_else(|error| {
        let sentence = error.sentence("retrying the action continues where it stopped");
        JobResult::Failed(FailureType::JobFailed, sentence)
    })
}

/// What the job asks for and whether it did so before, or how it is refused.
async fn spec<R: PipelineAction>(data: Value, clients: &Clients) -> Result<(R::Spec, bool), JobResult> {
    let refused = |why: String| JobResult::Failed(FailureType::ConfigurationError, why);
    let job = Job::read(data).map_err(refused)?;
    let parameters = parameters::<R>(&job.parameters).map_err(refused)?;
    let file = match R::file(&parameters) {
        None => None,
        Some(file) => {
            Some(artifact::read(&clients.config, &job, file).await.map_err(|error| match error {
                ArtifactError::Refused(why) => refused(why),
                ArtifactError::Busy(why) => JobResult::Failed(FailureType::SystemUnavailable, why),
            })?)
        }
    };
    let spec = R::spec(parameters, file.as_ref()).map_err(refused)?;
    Ok((spec, job.continued))
}

/// Reads `UserParameters`. An action without any has the empty object.
pub(super) fn parameters<R: PipelineAction>(text: &str) -> Result<R::Parameters, String> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("the action's UserParameters are not JSON: {error}"))?;
    serde_json::from_value(value)
        .map_err(|error| format!("the action's UserParameters cannot be used: {error}"))
}

/// The steps of one job.
pub(super) async fn run_steps<R: PipelineAction>(
    it: &R,
    spec: &R::Spec,
    continued: bool,
    deadline: Instant,
) -> Result<JobResult, TurnError> {
    let now = Instant::now();
    let until = deadline.checked_sub(RESERVE).unwrap_or(now).min(now + STEP_TIME);
    Ok(match drive(it, spec, until, drive::log).await? {
        StepResult::Absent(_, sentence) if !continued => {
            JobResult::Failed(FailureType::ConfigurationError, sentence)
        }
        StepResult::Done(output) | StepResult::Absent(output, _) => JobResult::Done(output),
        StepResult::Waiting(waiting) => JobResult::Again(waiting),
    })
}
