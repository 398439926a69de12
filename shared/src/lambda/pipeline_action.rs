//! Runs a function under Lambda that only pipelines ask: jobs of CodePipeline and nothing else.

use crate::aws::SdkConfig;
use crate::drivers::codepipeline::PipelineAction;
use crate::drivers::{Clients, Context};
use crate::lambda::{deadline, dispatch};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

/// Serves jobs of CodePipeline until Lambda ends the process.
///
/// # Errors
/// When the Lambda runtime itself fails; a failing job does not end it.
pub async fn pipeline_action<R: PipelineAction>(
    it: R,
    config: &SdkConfig,
) -> Result<(), lambda_runtime::Error> {
    let (it, clients) = (&it, &Clients::new(config));
    let served = service_fn(async |event: LambdaEvent<Value>| {
        let context = Context::new(&event.context.invoked_function_arn, deadline(&event.context));
        dispatch::handle_job(it, event.payload, &context, clients).await
    });
    lambda_runtime::run(served).await
}
