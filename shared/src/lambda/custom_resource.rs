//! Runs a custom resource under Lambda that is answered by the invocation that gets the request.

use crate::drivers::InvocationError;
use crate::drivers::cloudformation::{Resource, serve_one_shot};
use crate::lambda::deadline;
use crate::unwind::caught;
use futures_util::FutureExt;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

impl From<InvocationError> for Diagnostic {
    fn from(InvocationError { kind, sentence }: InvocationError) -> Self {
        Self { error_type: kind.to_owned(), error_message: sentence }
    }
}

/// Serves requests of CloudFormation until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime itself fails; a failing request does not end it.
pub async fn custom_resource<R: Resource>(it: R) -> Result<(), lambda_runtime::Error> {
    let it = &it;
    let served = service_fn(async |event: LambdaEvent<Value>| {
        let deadline = deadline(&event.context);
        // Boxed as a trait object: a whole function inlined into the runtime's futures is a type too deep for the compiler.
        let work = serve_one_shot(it, event.payload, deadline).boxed_local();
        let outcome = caught(work).await.unwrap_or_else(|panicked| Err(panicked.into()));
        if let Err(InvocationError { kind, sentence }) = &outcome {
            tracing::error!(kind, reason = sentence, "the invocation failed");
        }
        outcome
    });
    lambda_runtime::run(served).await
}
