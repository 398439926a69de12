//! Gives a role access to a portfolio of AWS Service Catalog, provisions one of its products and terminates it again, for
//! pipelines and for the command line.

pub mod aws;
pub mod observation;
pub mod plan;
pub mod settings;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::Error;
pub use observation::Observation;
pub use plan::ProductAction;
pub use settings::Settings;
pub use spec::{Launch, Parameters, Run, Spec, Termination};

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::Tracked;
use shared::reconcile::step::{Plan, Reconcile};
use tokio::time::Instant;

/// The function.
#[derive(Clone, Debug)]
pub struct CatalogProduct {
    aws: Aws,
}

impl CatalogProduct {
    /// The function, with clients made once for all its events. `role_name` is the name of the role that gets access to
    /// portfolios.
    #[must_use]
    pub fn new(config: &SdkConfig, role_name: String) -> Self {
        Self { aws: Aws::new(config, role_name) }
    }
}

impl Reconcile for CatalogProduct {
    type Spec = Spec;
    type Observation = Observation;
    type Action = ProductAction;
    type Error = Error;

    async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        self.aws.observe(spec).await
    }

    fn plan(spec: &Spec, observed: &Observation) -> Plan<ProductAction> {
        plan::plan(spec, observed)
    }

    fn resources(action: &ProductAction) -> Vec<Tracked> {
        action.resources()
    }

    async fn act(&self, next: &ProductAction, until: Instant) -> Result<Postponed, Error> {
        self.aws.act(next, until).await
    }
}
