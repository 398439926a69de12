//! Tells which roles of SageMaker's Service Catalog products a stack has to make: those that the account lacks, and those that the
//! stack has made before.

pub mod answer;
mod aws;
pub mod observation;
pub mod spec;
mod trust;

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
pub struct LaunchRoles {
    aws: Aws,
}

impl LaunchRoles {
    /// The function, with clients made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl LookUp for LaunchRoles {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    /// One for each stack: another list of names changes the attributes, and replaces nothing.
    fn physical_id(_properties: &Properties) -> String {
        "launch-roles".to_owned()
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
