//! Tells the five events of a reconcile function apart, by a key that each always has, and gives each to its driver. It
//! knows nothing of the Lambda runtime: see [`crate::lambda`].

use crate::drivers::cloudformation::{self, Resource};
use crate::drivers::codepipeline::{self, PipelineAction};
use crate::drivers::events::{self, Subscriber};
use crate::drivers::{Clients, Context, InvocationError, stepfunctions};
use crate::unwind::caught;
use futures_util::FutureExt;
use serde_json::Value;

/// One event, given to its driver.
///
/// # Errors
/// When there was nobody to tell of a problem but Lambda itself.
pub async fn handle<R: Resource + PipelineAction + Subscriber>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<Value, InvocationError> {
    let keys = ["RequestType", "ResponseURL", "CodePipeline.job", "Step", "Answer", "detail-type"];
    let key = keys.into_iter().find(|key| event.get(key).is_some());
    let work = async {
        match key {
            Some("RequestType" | "ResponseURL") => {
                cloudformation::serve(it, event, context, clients).await.map(|()| Value::Null)
            }
            Some("CodePipeline.job") => {
                codepipeline::serve(it, event, context, clients).await.map(|()| Value::Null)
            }
            Some("Step") => stepfunctions::step(it, event, context.deadline, clients).await,
            Some("Answer") => stepfunctions::answer::<R>(event, clients).await.map(|()| Value::Null),
            Some("detail-type") => events::serve(it, event, context, clients).await.map(|()| Value::Null),
            _ => Err(InvocationError::unreadable(
                "the event is neither a request of CloudFormation (RequestType), a job of CodePipeline \
                 (CodePipeline.job), of the state machine (Step, Answer) nor of EventBridge (detail-type)",
            )),
        }
    };
    // Boxed as a trait object: five drivers inlined into the runtime's futures are a type too deep for the compiler.
    logged(work.boxed_local()).await
}

/// One event of a function that only pipelines ask.
///
/// # Errors
/// When the event is no job, or nobody took its report.
pub async fn handle_job<R: PipelineAction>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<Value, InvocationError> {
    let work = async {
        if event.get("CodePipeline.job").is_none() {
            let sentence = "the event is not a job of CodePipeline (CodePipeline.job)";
            return Err(InvocationError::unreadable(sentence));
        }
        codepipeline::serve(it, event, context, clients).await.map(|()| Value::Null)
    };
    logged(work.boxed_local()).await
}

/// The outcome of work, also when it panics. A failure is logged.
async fn logged(
    work: impl Future<Output = Result<Value, InvocationError>>,
) -> Result<Value, InvocationError> {
    let outcome = caught(work).await.unwrap_or_else(|panicked| Err(panicked.into()));
    if let Err(InvocationError { kind, sentence }) = &outcome {
        tracing::error!(kind, reason = sentence, "the invocation failed");
    }
    outcome
}

#[cfg(test)]
mod tests;
