//! Finds the accounts of organizational units, for stack sets and grants that name accounts.

pub mod answer;
mod aws;
pub mod observation;
pub mod spec;

#[cfg(test)]
mod aws_tests;

pub use aws::{Error, OuAccounts};
pub use observation::Observation;
pub use spec::{Properties, Spec};
