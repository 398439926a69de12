//! CodePipeline Lambda Invoke actions: whatever happens, every job is reported exactly once.

mod artifact;
mod driver;
mod job;
mod object;
mod report;

pub use driver::serve;

use crate::reconcile::step::Reconcile;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A reconciler that a Lambda Invoke action of CodePipeline can ask for.
pub trait PipelineAction: Reconcile {
    /// The action's `UserParameters`, which are JSON.
    type Parameters: DeserializeOwned + Send;

    /// The JSON file of the input artifact that the spec needs, if any.
    fn file(parameters: &Self::Parameters) -> Option<&str>;

    /// What the action asks for. `file` is the JSON object of that file.
    ///
    /// # Errors
    /// A sentence that names the parameter or key, its value and what to do.
    fn spec(parameters: Self::Parameters, file: Option<&Map<String, Value>>) -> Result<Self::Spec, String>;

    /// The spec with what it takes from the job itself, if anything.
    fn in_job(spec: Self::Spec, _job: JobContext<'_>) -> Self::Spec {
        spec
    }
}

/// What tells one job from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobContext<'a> {
    /// The id. A job that Lambda delivers again has the same; the job that continues an action has another.
    pub id: &'a str,
    /// Whether an earlier job of the same action has answered that it is not done yet.
    pub continued: bool,
}

#[cfg(test)]
mod tests;
