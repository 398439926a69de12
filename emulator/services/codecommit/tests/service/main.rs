//! The service as its callers see it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod branches;
mod commits;
mod contract;
mod fixture;
mod repositories;
mod ssh;
