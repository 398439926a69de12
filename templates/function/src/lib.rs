//! Sets how long a log group keeps its events, and undoes that on Delete.

mod aws;
pub mod observation;
pub mod plan;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::Error;
pub use observation::Observation;
pub use plan::Action;
pub use spec::Spec;

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::drivers::events::Subscriber;
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::{State, Tracked};
use shared::reconcile::step::{Plan, Reconcile};
use tokio::time::Instant;

/// The function.
#[derive(Clone, Debug)]
pub struct ExampleFunction {
    aws: Aws,
}

impl ExampleFunction {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl Reconcile for ExampleFunction {
    type Spec = Spec;
    type Observation = Observation;
    type Action = Action;
    type Error = Error;

    async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        self.aws.observe(spec).await
    }

    fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
        plan::plan(spec, observed)
    }

    fn resources(action: &Action) -> Vec<Tracked> {
        Tracked::all("log groups", [action.group.clone()], &State::ActedOn)
    }

    async fn act(&self, action: &Action, _until: Instant) -> Result<Postponed, Error> {
        self.aws.act(action).await
    }
}

/// No event starts it.
impl Subscriber for ExampleFunction {}
