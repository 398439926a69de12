//! Grants that roles of target accounts need to read models: statements in the policy of a bucket and of a key, and what keeps these
//! roles to the VPC endpoints of their accounts.

mod aws;
pub mod grants;
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
pub struct CrossAccountAccess {
    aws: Aws,
}

impl CrossAccountAccess {
    /// The function, with clients made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl Reconcile for CrossAccountAccess {
    /// A policy that is read too early is written once more as it is.
    const PAUSE: Duration = Duration::from_millis(250);

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
        Tracked::all(
            "policies",
            action.changes.iter().map(|change| change.target.to_string()),
            &State::ActedOn,
        )
    }

    async fn act(&self, action: &Action, _until: Instant) -> Result<Postponed, Error> {
        self.aws.act(action).await
    }
}

impl Resource for CrossAccountAccess {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        let Properties { bucket, key, name, .. } = properties;
        format!("cross-account-access-{bucket}-{key}-{}", spec::name(name.as_deref()))
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read(origin)
    }
}
