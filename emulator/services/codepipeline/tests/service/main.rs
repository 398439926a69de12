//! The service through its own interface, as the gateway uses it.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

mod any_input;
mod cloud;
mod commits;
mod flow;
mod invoke;
mod modes;
mod pipelines;
mod resources;
mod source;
mod steps;
