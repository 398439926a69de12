//! The emulator: one endpoint on this machine that answers as AWS does. `CodePipeline`, `CodeBuild` and SageMaker are
//! served here, everything else by ministack behind it. Nothing in the product depends on this crate.

pub mod args;
pub mod cloud;
pub mod demo;
pub mod deploy;
mod gateway;
pub mod invocation;
mod ministack;
pub mod price;
pub mod repository;
pub mod screen;
mod up;
pub mod webhook;

pub use cloud::{Cloud, Options};
