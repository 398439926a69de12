//! The service as its callers see it, in simulated time. What needs EFS and EC2 is tested with the emulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apps;
mod contract;
mod domains;
mod notebooks;
mod pipelines;
mod projects;
mod studio;
