//! Finds subnets of a VPC by their CIDR blocks and Availability Zones, and the route tables that they use.

pub mod answer;
mod aws;
pub mod observation;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::Error;
pub use observation::Observation;
pub use spec::{Properties, Spec};

use crate::aws::Aws;
use shared::aws::SdkConfig;
use shared::drivers::cloudformation::{LookUp, Origin};
use shared::reconcile::output::Output;

/// The function.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    aws: Aws,
}

impl NetworkConfig {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl LookUp for NetworkConfig {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    fn physical_id(properties: &Properties) -> String {
        format!("network-config-{}", properties.vpc_id)
    }

    fn spec(_origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read()
    }

    async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        self.aws.read(spec).await
    }

    fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
        answer::answer(spec, observed)
    }
}
