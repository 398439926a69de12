//! Enables SageMaker projects in an account and Region, and gives roles access to the Service Catalog portfolio that SageMaker shares
//! with it.

mod aws;
pub mod observation;
pub mod plan;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::Error;
pub use observation::Observation;
pub use plan::Action;
pub use spec::{Properties, Spec};

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::drivers::cloudformation::{Origin, Resource};
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::{State, Tracked};
use shared::reconcile::step::{Plan, Reconcile};
use std::time::Duration;
use tokio::time::Instant;

/// The function.
#[derive(Clone, Debug)]
pub struct ProjectsEnablement {
    aws: Aws,
}

impl ProjectsEnablement {
    /// The function, with clients made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl Reconcile for ProjectsEnablement {
    /// Lists of Service Catalog show a change within seconds.
    const PAUSE: Duration = Duration::from_secs(2);

    type Spec = Spec;
    type Observation = Observation;
    type Action = Action;
    type Error = Error;

    async fn observe(&self, _spec: &Spec) -> Result<Observation, Error> {
        self.aws.observe().await
    }

    fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
        plan::plan(spec, observed)
    }

    fn resources(action: &Action) -> Vec<Tracked> {
        Tracked::all(action.kind(), action.ids(), &State::ActedOn)
    }

    async fn act(&self, action: &Action, until: Instant) -> Result<Postponed, Error> {
        self.aws.act(action, until).await
    }
}

impl Resource for ProjectsEnablement {
    type Properties = Properties;

    /// One for each resource: other roles change the associations, and replace nothing.
    fn physical_id(_properties: &Properties) -> String {
        "projects-enablement".to_owned()
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read(origin)
    }
}
