//! Runs a reconcile function under Lambda: one event at a time, each given to its driver.

use crate::aws::SdkConfig;
use crate::drivers::cloudformation::Resource;
use crate::drivers::codepipeline::PipelineAction;
use crate::drivers::events::Subscriber;
use crate::drivers::{Clients, Context, InvocationError};

use crate::lambda::dispatch;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use std::time::SystemTime;
use tokio::time::Instant;

impl From<InvocationError> for Diagnostic {
    fn from(InvocationError { kind, sentence }: InvocationError) -> Self {
        Self { error_type: kind.to_owned(), error_message: sentence }
    }
}

/// Serves the five events of a reconcile function until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime itself fails; a failing event does not end it.
pub async fn reconcile<R: Resource + PipelineAction + Subscriber>(
    it: R,
    config: &SdkConfig,
) -> Result<(), lambda_runtime::Error> {
    let (it, clients) = (&it, &Clients::new(config));
    let served = service_fn(async |event: LambdaEvent<Value>| {
        let remaining = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
        let context = Context::new(&event.context.invoked_function_arn, Instant::now() + remaining);
        dispatch::handle(it, event.payload, &context, clients).await
    });
    lambda_runtime::run(served).await
}
