//! Finds the environment that a SageMaker project belongs to: its domain, its network and the parameters that it published in
//! Systems Manager, for the templates of projects.

pub mod answer;
mod aws;
mod environment;
pub mod observation;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::{EnvironmentConfig, Error};
pub use observation::Observation;
pub use spec::{Properties, Spec};
