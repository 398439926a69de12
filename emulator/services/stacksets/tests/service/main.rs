//! The service as its callers see it, in front of stacks that end when the test says. Real ones are made in the tests of the emulator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administrator;
mod contract;
mod operations;
mod sets;
