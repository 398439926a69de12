//! A loopback SageMaker: domains that live ([`fake_aws`]), and answers from a script in front of them. Enough to try every
//! answer that the service can give, without the service.

mod act;
mod events;
mod fake_aws;
mod life;
mod observe;
mod stack;

use crate::{Spec, StudioCleanup};
use fake_aws::FakeAws;
use fixture::{Reply, Script};
use serde_json::Value;
use shared::aws::SdkConfig;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// The domain of the sample events.
const DOMAIN: &str = "d-abcdefghijkl";

/// The service.
#[derive(Clone, Default)]
struct Service {
    fake_aws: Arc<Mutex<FakeAws>>,
    script: Script,
}

impl Service {
    /// A service with this fake behind it.
    fn with(fake_aws: FakeAws) -> Self {
        Self { fake_aws: Arc::new(Mutex::new(fake_aws)), ..Self::default() }
    }

    /// Adds the next answer of an operation. An operation without a further answer asks the fake.
    fn on(self, operation: &str, reply: Reply) -> Self {
        self.script.on(operation, [reply]);
        self
    }

    /// The function, wired to this service.
    async fn function(&self) -> StudioCleanup {
        StudioCleanup::new(&self.configuration().await)
    }

    /// The SDK's configuration, with retries that do not wait.
    async fn configuration(&self) -> SdkConfig {
        let service = self.clone();
        let address = fixture::serve(move |call| {
            // CloudFormation, whose calls are forms.
            if call.text.starts_with("Action=") {
                return (200, service.fake_aws.lock().unwrap().stack.answer(&call.text));
            }
            let (operation, request) = (call.what.clone(), call.body.clone());
            let scripted = service.script.next(call);
            let (status, body) =
                scripted.unwrap_or_else(|| service.fake_aws.lock().unwrap().answer(&operation, &request));
            (status, body.to_string())
        });
        fixture::config(address, "eu-central-1", 2).await
    }

    /// What is left, looked at from outside.
    fn fake_aws<T>(&self, look: impl FnOnce(&mut FakeAws) -> T) -> T {
        look(&mut self.fake_aws.lock().unwrap())
    }

    /// The names of the operations that were called, in order of name: some are called at once.
    fn called(&self) -> Vec<String> {
        let mut names = self.script.called();
        names.sort();
        names
    }

    /// The requests of an operation, in order.
    fn asked(&self, operation: &str) -> Vec<Value> {
        self.script.asked(operation)
    }
}

/// Everything in the domain goes.
fn spec() -> Spec {
    Spec::clean(DOMAIN, false).unwrap()
}

/// A time that no test reaches.
fn later() -> Instant {
    Instant::now() + Duration::from_hours(1)
}
