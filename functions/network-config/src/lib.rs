//! Finds subnets of a VPC by their CIDR blocks and Availability Zones, and the route tables that they use.

pub mod answer;
mod aws;
pub mod observation;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::{Error, NetworkConfig};
pub use observation::Observation;
pub use spec::{Properties, Spec};
