//! The service as its callers see it. Its stacks never end here; real ones are made in the tests of the emulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod contract;
mod launches;
mod manager;
mod portfolios;
mod products;
