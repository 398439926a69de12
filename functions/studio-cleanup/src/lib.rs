//! Removes what users made in a SageMaker domain and what keeps the domain from being deleted: apps of every type, spaces,
//! user profiles. What outlives the domain, its file system above all, is not its business: that is `storage-cleanup`.

pub mod aws;
mod blocker;
pub mod inventory;
pub mod observation;
pub mod plan;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::{Error, PERMISSIONS};
pub use blocker::Blocker;
pub use inventory::inventory;
pub use observation::Observation;
pub use plan::{Batch, CleanupAction};
pub use spec::{OneProfile, Parameters, Properties, Spec};

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::drivers::events::Subscriber;
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::Tracked;
use shared::reconcile::step::{Plan, Reconcile};
use tokio::time::Instant;

/// The function.
#[derive(Clone, Debug)]
pub struct StudioCleanup {
    aws: Aws,
}

impl StudioCleanup {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl Reconcile for StudioCleanup {
    type Spec = Spec;
    type Observation = Observation;
    type Action = CleanupAction;
    type Error = Error;

    async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        self.aws.observe(spec).await
    }

    fn plan(spec: &Spec, observed: &Observation) -> Plan<CleanupAction> {
        plan::plan(spec, observed)
    }

    fn resources(action: &CleanupAction) -> Vec<Tracked> {
        action.resources()
    }

    fn absent(spec: &Spec, observed: &Observation) -> Option<String> {
        let gone = observed.domain.is_none() && observed.stays.is_none() && !spec.idle;
        gone.then(|| {
            format!(
                "no domain has the id {} in this account and Region: check the id. A domain that is deleted already needs \
                 no clean-up here",
                spec.domain
            )
        })
    }

    async fn act(&self, next: &CleanupAction, until: Instant) -> Result<Postponed, Error> {
        self.aws.act(next, until).await
    }
}

/// No event starts it: it deletes what people made, which nobody looks at before an event does it.
impl Subscriber for StudioCleanup {}
