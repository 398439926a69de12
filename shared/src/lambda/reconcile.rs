//! Runs a reconcile function under Lambda: one event at a time, each given to its driver.

use crate::aws::SdkConfig;
use crate::drivers::cloudformation::Resource;
use crate::drivers::codepipeline::PipelineAction;
use crate::drivers::events::Subscriber;
use crate::drivers::{Clients, Context};
use crate::lambda::{deadline, dispatch};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

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
        let context = Context::new(&event.context.invoked_function_arn, deadline(&event.context));
        dispatch::handle(it, event.payload, &context, clients).await
    });
    lambda_runtime::run(served).await
}
