//! Gives a role access to a portfolio of AWS Service Catalog, provisions one of its products and terminates it again, for
//! pipelines and for the command line.

pub mod aws;
pub mod catalog;
pub mod observation;
pub mod plan;
pub mod settings;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::Error;
pub use catalog::{Path, Product, ProvisionedProduct, Request, Version};
pub use observation::Observation;
pub use plan::ProductAction;
pub use settings::Settings;
pub use spec::{Launch, Parameters, Run, Spec, Termination};

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::Tracked;
use shared::reconcile::step::{Plan, Reconcile};
use std::collections::BTreeMap;
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

impl CatalogProduct {
    /// The same for a person who launches products as themself, and gives no role access to a portfolio.
    #[must_use]
    pub fn of_caller(config: &SdkConfig) -> Self {
        Self::new(config, String::new())
    }

    /// Every product that the caller may launch.
    ///
    /// # Errors
    /// When Service Catalog does not answer.
    pub async fn products(&self) -> Result<Vec<Product>, Error> {
        self.aws.products().await
    }

    /// The ways in which the caller may launch a product; none for a product that does not exist.
    ///
    /// # Errors
    /// As [`Self::products`].
    pub async fn paths(&self, product: &str) -> Result<Vec<Path>, Error> {
        self.aws.paths(product).await
    }

    /// The versions of a product that can be launched.
    ///
    /// # Errors
    /// As [`Self::products`].
    pub async fn versions(&self, product: &str) -> Result<Vec<Version>, Error> {
        self.aws.versions(product).await
    }

    /// Every provisioned product of the account and Region, also those of other users.
    ///
    /// # Errors
    /// As [`Self::products`].
    pub async fn provisioned_products(&self) -> Result<Vec<ProvisionedProduct>, Error> {
        self.aws.provisioned_products().await
    }

    /// What was last asked of a provisioned product.
    ///
    /// # Errors
    /// As [`Self::products`].
    pub async fn last_request(&self, found: &ProvisionedProduct) -> Result<Option<Request>, Error> {
        self.aws.last_request(found).await
    }

    /// The outputs of a provisioned product, by key.
    ///
    /// # Errors
    /// As [`Self::products`].
    pub async fn outputs(&self, id: &str) -> Result<BTreeMap<String, String>, Error> {
        self.aws.outputs(id).await
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
