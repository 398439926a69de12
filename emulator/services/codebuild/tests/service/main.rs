//! The service as its callers see it: API calls in, real builds in real shells, events and logs out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod artifacts;
mod builds;
mod cloud;
mod contract;
mod interruptions;
mod network;
mod pipelines;
mod ssh;
