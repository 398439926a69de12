//! The program `clone` against a real git host over SSH: what is in the artifact is what `git clone` would check out, and
//! each failure has a status of its own.

#![expect(clippy::unwrap_used, reason = "a test fails with its helpers")]

mod attributes;
mod failures;
mod files;
mod fixture;
mod hosts;
mod large_files;
mod limits;
mod proxy;
mod submodules;
