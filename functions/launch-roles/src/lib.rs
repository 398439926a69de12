//! Tells which roles of SageMaker's Service Catalog products a stack has to make: those that the account lacks, and those that the
//! stack has made before.

pub mod answer;
mod aws;
pub mod observation;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::{Error, LaunchRoles};
pub use observation::Observation;
pub use spec::{Properties, Spec};
