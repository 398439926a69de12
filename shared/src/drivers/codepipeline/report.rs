//! Reports the result of a job to CodePipeline.

use super::driver::JobResult;
use crate::error::{Cause, cause, chain, is_transient};
use crate::reconcile::output::texts;
use crate::text::truncate_chars;
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::BuildError;
use aws_sdk_codepipeline::operation::put_job_failure_result::PutJobFailureResultError;
use aws_sdk_codepipeline::operation::put_job_success_result::PutJobSuccessResultError;
use aws_sdk_codepipeline::types::{ExecutionDetails, FailureDetails, FailureType};

/// Makes CodePipeline invoke the function again. It holds no state.
pub(super) const TOKEN: &str = "again";
/// Characters that CodePipeline takes as a summary.
const MAX_SUMMARY: usize = 2048;
/// Characters that it takes as the message of a failure.
const MAX_MESSAGE: usize = 5000;

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("could not report the success of job {job}")]
    Success {
        job: String,
        #[source]
        source: Cause,
    },
    #[error("could not report the failure of job {job}")]
    Failure {
        job: String,
        #[source]
        source: Cause,
    },
    #[error("could not word the failure of a job")]
    Words(#[from] BuildError),
}

/// Reports a job. One that has its report already, from a delivery before, is left as it is.
///
/// # Errors
/// A sentence, when CodePipeline took no report.
pub(super) async fn report(client: &Client, job: &str, job_result: JobResult) -> Result<(), String> {
    let outcome = match job_result {
        JobResult::Failed(kind, message) => failure(client, job, kind, &message).await,
        job_result => match success(client, job, job_result).await {
            // A success that CodePipeline cannot take is still a report that somebody waits for.
            Err(error) if !is_transient(&error) => {
                failure(client, job, FailureType::JobFailed, &chain(&error)).await
            }
            outcome => outcome,
        },
    };
    outcome.map_err(|error| chain(&error))
}

async fn success(client: &Client, job: &str, job_result: JobResult) -> Result<(), Error> {
    let call = client.put_job_success_result().job_id(job);
    let call = match job_result {
        JobResult::Done(output) if output.is_empty() => call,
        JobResult::Done(output) => call.set_output_variables(Some(texts(&output).into_iter().collect())),
        JobResult::Again(waiting) => {
            let summary = ExecutionDetails::builder()
                .summary(truncate_chars(&waiting.to_string(), MAX_SUMMARY))
                .build();
            call.continuation_token(TOKEN).execution_details(summary)
        }
        JobResult::Failed(..) => return Ok(()),
    };
    match call.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(answered_success) => {
            tracing::warn!(job, "the job has its report already");
            Ok(())
        }
        Err(source) => Err(Error::Success { job: job.to_owned(), source: cause(source) }),
    }
}

fn answered_success(error: &PutJobSuccessResultError) -> bool {
    error.is_invalid_job_state_exception() || error.is_job_not_found_exception()
}

async fn failure(client: &Client, job: &str, kind: FailureType, message: &str) -> Result<(), Error> {
    let message =
        if message.is_empty() { "it failed and did not say why: see the function's log" } else { message };
    let details =
        FailureDetails::builder().r#type(kind).message(truncate_chars(message, MAX_MESSAGE)).build()?;
    match client.put_job_failure_result().job_id(job).failure_details(details).send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(answered_failure) => {
            tracing::warn!(job, "the job has its report already");
            Ok(())
        }
        Err(source) => Err(Error::Failure { job: job.to_owned(), source: cause(source) }),
    }
}

fn answered_failure(error: &PutJobFailureResultError) -> bool {
    error.is_invalid_job_state_exception() || error.is_job_not_found_exception()
}
