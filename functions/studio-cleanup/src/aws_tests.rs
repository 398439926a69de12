//! The calls, against a scripted AWS with domains in it.

mod act;
mod events;
mod life;
mod observe;
mod stack;

use crate::{Spec, StudioCleanup};
use shared::aws::SdkConfig;
use std::time::Duration;
use testing::sagemaker::SageMaker;
use tokio::time::Instant;

/// The domain of the sample events.
const DOMAIN: &str = "d-abcdefghijkl";

async fn config(service: &SageMaker) -> SdkConfig {
    service.aws.config("eu-central-1", 2).await
}

/// The function, which calls this SageMaker.
async fn function(service: &SageMaker) -> StudioCleanup {
    StudioCleanup::new(&config(service).await)
}

/// Everything in the domain goes.
fn spec() -> Spec {
    Spec::clean(DOMAIN, false).unwrap()
}

/// A time that no test reaches.
fn later() -> Instant {
    Instant::now() + Duration::from_hours(1)
}
