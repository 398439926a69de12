//! The service as its callers see it: API calls in, real builds in real shells, events and logs out.

mod api;
mod builds;
mod cloud;
mod interruptions;
