//! Removes what `SageMaker` leaves behind when a domain is deleted: mount targets, security groups, network interfaces, and
//! only when asked the file system with people's data and the VPC. It deletes nothing that is not proven to be of a domain
//! that is gone, except inside a VPC it was told to delete and in which nothing of others is left.

pub mod aws;
pub mod blockers;
mod consent;
pub mod events;
pub mod inventory;
pub mod observation;
pub mod orphans;
pub mod plan;
mod settings;
pub mod spec;

#[cfg(test)]
mod aws_tests;
#[cfg(test)]
mod samples;

pub use aws::{Error, PERMISSIONS, permissions};
pub use events::Events;
pub use inventory::inventory;
pub use observation::Observation;
pub use orphans::Orphan;
pub use settings::Settings;
pub use spec::{Backup, Consent, Spec, Storage, Target, Vpc};

use crate::aws::Aws;
use crate::plan::CleanupAction;
use shared::aws::SdkConfig;
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::Tracked;
use shared::reconcile::step::{Plan, Reconcile};
use tokio::time::Instant;

/// The function.
#[derive(Clone, Debug)]
pub struct StorageCleanup {
    aws: Aws,
    /// Where this deployment serves events.
    events: Option<Events>,
}

impl StorageCleanup {
    /// The function, with clients made once for all its events. `config` must name a Region.
    #[must_use]
    pub fn new(config: &SdkConfig, backup: Backup) -> Self {
        Self { aws: Aws::new(config, backup), events: None }
    }

    /// The function of a deployment that serves events.
    #[must_use]
    pub fn with_events(self, events: Option<Events>) -> Self {
        Self { events, ..self }
    }

    /// What domains of this account and Region left behind that do not exist any more. Reads only.
    ///
    /// # Errors
    /// [`Error`], when any list could not be read: half of it would look like the whole.
    pub async fn orphans(&self) -> Result<Vec<Orphan>, Error> {
        self.aws.orphans().await
    }
}

impl Reconcile for StorageCleanup {
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

    async fn act(&self, next: &CleanupAction, until: Instant) -> Result<Postponed, Error> {
        self.aws.act(next, until).await
    }

    fn resources(action: &CleanupAction) -> Vec<Tracked> {
        action.resources()
    }

    fn absent(spec: &Spec, observed: &Observation) -> Option<String> {
        let Observation { region, .. } = observed;
        match &spec.target {
            Target::Domain(id) if observed.is_nothing() => Some(format!(
                "no domain has the id {id} in {region}, and no file system, security group or VPC there names it: check the \
                 id, the Region and the account"
            )),
            Target::Vpc(id) if spec.vpc == Vpc::Delete && observed.is_nothing() => {
                Some(format!("no VPC has the id {id} in {region}: check the id, the Region and the account"))
            }
            Target::Domain(_) | Target::Vpc(_) | Target::Nothing => None,
        }
    }
}
