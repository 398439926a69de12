//! What the templates let a role do, without AWS: an evaluator of IAM policies after AWS's documentation, and a renderer that reads roles and
//! policies out of the templates of `infra/`. Only tests use this crate.
//!
//! The evaluator is written here because the crates that exist decide differently. `iam-rs` 0.8, which is the most complete one, allows a
//! resource whose policy variable has no value, takes an asterisk in the value of a variable for a wildcard, resolves no variable in an ARN
//! operator, lets a wildcard of `ArnLike` reach over a colon, compares with `ArnEquals` character by character, does not know the escape
//! `${*}`, does not take the root of an account for its roles, and knows one type of policy.

mod condition;
mod decision;
mod functions;
mod inventory;
mod pattern;
mod policy;
mod render;
mod request;
mod template;
mod world;

pub use decision::{Decision, Layer, Policies};
pub use inventory::{Resource, inventory};
pub use policy::{Effect, Policy, PolicyError, Statement};
pub use render::{Place, RenderError, Stack, Templates};
pub use request::{Context, Principal, Request};
pub use template::read;
pub use world::{Document, Role, World};
