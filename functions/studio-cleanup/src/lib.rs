//! Removes what users made in a SageMaker domain and what keeps the domain from being deleted: apps of every type, spaces,
//! user profiles. What outlives the domain, its file system above all, is not its business: that is `storage-cleanup`.

pub mod aws;
mod blocker;
pub mod goal;
pub mod inventory;
pub mod plan;
pub mod seen;

#[cfg(test)]
mod rim;

pub use aws::{Error, PERMISSIONS};
pub use blocker::Blocker;
pub use goal::{Goal, Parameters, Properties};
pub use inventory::inventory;
pub use plan::{Batch, Move};
pub use seen::Seen;

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::batch::Postponed;
use shared::events::Subscriber;
use shared::step::{Plan, Reconcile};
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
    type Goal = Goal;
    type Seen = Seen;
    type Move = Move;
    type Error = Error;

    async fn observe(&self, goal: &Goal) -> Result<Seen, Error> {
        self.aws.observe(goal).await
    }

    fn plan(goal: &Goal, seen: &Seen) -> Plan<Move> {
        plan::plan(goal, seen)
    }

    fn absent(goal: &Goal, seen: &Seen) -> Option<String> {
        let gone = seen.domain.is_none() && seen.stays.is_none() && !goal.idle;
        gone.then(|| {
            format!(
                "no domain has the id {} in this account and Region: check the id. A domain that is deleted already needs \
                 no clean-up here",
                goal.domain
            )
        })
    }

    async fn act(&self, next: &Move, until: Instant) -> Result<Postponed, Error> {
        self.aws.act(next, until).await
    }
}

/// No event starts it: it deletes what people made, which nobody looks at before an event does it.
impl Subscriber for StudioCleanup {}
