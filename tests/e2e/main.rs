//! End-to-end tests on the emulator: the packaged template, the functions compiled without optimizations, a real git
//! server. `tests/release` runs one of them compiled as it is shipped.
//! They speak AWS APIs only. One module per thing a user relies on.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod harness;
mod setup;

/// What the function under test was built for.
const BUILT_FOR: package::Architecture = package::Architecture::Local;

mod bad_input;
mod builds;
mod catalog_product;
mod clean_up;
mod cli;
mod codecommit;
mod environment;
mod events;
mod examples;
mod faults;
mod guides;
mod idle;
mod kill;
mod new_function;
mod one_shot;
mod packaging;
mod parallel;
mod permissions;
mod pipelines;
mod secrets;
mod stack;
mod success;
mod webhook;
