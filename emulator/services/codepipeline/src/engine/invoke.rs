//! Works on an action of provider `Lambda`: invokes the function with a job, asynchronously and as the action's role, and
//! fails the action if no answer to that job comes in time. The answer itself comes through `PutJobSuccessResult` and
//! `PutJobFailureResult`.

use super::{CodePipeline, Outcome, invoke_event, replicate};
use crate::state::{JobStatus, RunId};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use std::time::Duration;

/// How long after an answer with a continuation token the function is asked again. AWS documents no number; about this is
/// what its users see.
const PAUSE: Duration = Duration::from_secs(30);
/// How long AWS waits for the answer to one job, by its quotas page.
const PATIENCE: Duration = Duration::from_mins(20);

/// Hands the function one job and waits until its answer must have come.
pub(crate) async fn work(service: CodePipeline, id: RunId, continuation: Option<String>) {
    if continuation.is_some() {
        tokio::time::sleep(service.scaled(PAUSE)).await;
    }
    let Some(job) = service.change(|transaction| transaction.hand_over(&id, continuation)) else {
        return;
    };
    let Some(function) = function(&service, &id) else {
        return;
    };
    if let Err(outcome) = invoke(&service, &id, &job, &function).await {
        service.change(|transaction| transaction.give_up(&job, JobStatus::Failed, outcome));
        return;
    }
    tokio::time::sleep(service.scaled(PATIENCE)).await;
    let text = format!(
        "The AWS Lambda function {function} failed to return a result. Check the function to verify that it has \
         permission to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult."
    );
    service.change(|transaction| {
        transaction.give_up(&job, JobStatus::TimedOut, Outcome::failed("JobFailed", text));
    });
}

fn function(service: &CodePipeline, id: &RunId) -> Option<String> {
    service.look(|state| state.run(id)?.1.configuration.get("FunctionName").cloned())
}

/// Invokes the function if its job is still open.
async fn invoke(service: &CodePipeline, id: &RunId, job: &str, function: &str) -> Result<(), Outcome> {
    let credentials = service.credentials(id).await;
    let credentials =
        credentials.map_err(|failure| Outcome::failed("PermissionError", failure.to_string()))?;
    replicate::inputs(service, id, &credentials).await?;
    let now = service.context.clock.now();
    let event =
        service.look(|state| invoke_event::shape(state, &service.context.account, job, &credentials, now));
    let Some(event) = event else {
        return Ok(());
    };
    let client = Client::new(&service.context_of(id).sdk(&credentials).await);
    let call = client
        .invoke()
        .function_name(function)
        .invocation_type(InvocationType::Event)
        .payload(Blob::new(event.to_string()));
    call.send().await.map(drop).map_err(|error| refused(function, &error))
}

/// Lambda's own sentence, in the form in which AWS services pass on each other's errors.
fn refused<E>(function: &str, error: &SdkError<E>) -> Outcome
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let (Some(code), Some(response)) = (error.code(), error.raw_response()) else {
        let text = format!("Lambda could not be asked to invoke {function}: {}", DisplayErrorContext(error));
        return Outcome::failed("JobFailed", text);
    };
    let kind = match code {
        "AccessDeniedException" | "AccessDenied" => "PermissionError",
        "ResourceNotFoundException" | "InvalidParameterValueException" | "ValidationException" => {
            "ConfigurationError"
        }
        _ => "JobFailed",
    };
    let text = format!(
        "{} (Service: AWSLambda; Status Code: {}; Error Code: {code}; Request ID: {}; Proxy: null)",
        error.message().unwrap_or("null"),
        response.status().as_u16(),
        error.request_id().unwrap_or("null"),
    );
    Outcome::failed(kind, text)
}
