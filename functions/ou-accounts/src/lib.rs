//! Finds the accounts of organizational units, for stack sets and grants that name accounts.

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
pub struct OuAccounts {
    aws: Aws,
}

impl OuAccounts {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl LookUp for OuAccounts {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    /// One for each resource: another list of units changes its attribute, and replaces nothing.
    fn physical_id(_properties: &Properties) -> String {
        "ou-accounts".to_owned()
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read(origin)
    }

    async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        self.aws.read(spec).await
    }

    fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
        answer::answer(spec, observed)
    }
}
