//! The service as its callers see it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contract;
mod domains;
mod fixture;
mod groups;
mod repositories;
