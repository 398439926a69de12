//! The Lambda invocations of the emulator, as CloudWatch's REPORT lines would tell them.

use crate::cloud::Cloud;
use anyhow::Context;
use serde::Deserialize;

/// One invocation of a function, known when it has ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    pub function: String,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// Handler time.
    pub duration_ms: f64,
    /// What AWS would bill: handler time rounded up, initialisation included when cold.
    pub billed_ms: f64,
    /// Whether the environment was started for it.
    pub cold: bool,
    pub error: Option<String>,
    /// Highest resident memory of the function's process so far.
    pub max_memory_kb: u64,
}

/// The invocations of all functions from the `from`-th on, in the order in which they ended.
pub async fn since(cloud: &Cloud, from: usize) -> anyhow::Result<Vec<Invocation>> {
    let all = cloud.invocations(from).await?.into_iter().map(serde_json::from_value);
    all.collect::<Result<_, _>>().context("an invocation that does not read")
}
