//! The engine of a reconcile function: observe, plan, act, one idempotent step at a time.

pub mod batch;
pub mod drive;
pub mod inventory;
pub mod output;
pub mod progress;
pub mod step;
