//! How the cost of a sweep grows with the jobs that wait for it: one sweep that starts a build for each, and one that
//! reports each build.

use crate::fixture::BenchFixture;
use crate::function::Program;
use crate::sandbox::{Sandbox, Spent};
use crate::tls::TlsEndpoint;
use anyhow::ensure;
use emulator::Cloud;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// What sweeps of one number of jobs took.
#[derive(Debug, Serialize)]
pub(crate) struct Growth {
    pub(crate) jobs: usize,
    pub(crate) start: Sweep,
    pub(crate) report: Sweep,
    pub(crate) peak_mb: f64,
}

/// One sweep. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Sweep {
    /// Calls of CodePipeline and CodeBuild that took or answered the jobs.
    pub(crate) calls: usize,
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
}

impl Sweep {
    /// Calls for each of so many jobs.
    pub(crate) fn calls_a_job(&self, jobs: usize) -> f64 {
        let count = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
        count(self.calls) / count(jobs)
    }
}

/// How long the builds of a sweep may take to end.
const PATIENCE: Duration = Duration::from_mins(5);

/// Sweeps `jobs` jobs twice.
pub(crate) async fn measure(
    cloud: &Cloud,
    endpoint: &TlsEndpoint,
    program: &Program,
    jobs: usize,
) -> anyhow::Result<Growth> {
    let mut fixture = BenchFixture::new(cloud, &format!("bench-sweep-{jobs}")).await?;
    let mut sandbox = Sandbox::start(program, endpoint, &fixture.settings()).await?;
    for _ in 0..jobs {
        fixture.job().await?;
    }
    let start = sweep(cloud, &mut sandbox).await?;
    fixture.builds_ended(cloud, jobs, PATIENCE).await?;
    let report = sweep(cloud, &mut sandbox).await?;
    let peak_mb = sandbox.peak_mb()?;
    sandbox.end().await?;
    Ok(Growth { jobs, start, report, peak_mb })
}

async fn sweep(cloud: &Cloud, sandbox: &mut Sandbox) -> anyhow::Result<Sweep> {
    let before = cloud.recorder().len();
    let Spent { wall_ms, cpu_ms } = sandbox.invoke(scheduled()).await?;
    // Builds of the sweep call too, for their logs and credentials; the function calls these.
    let operations =
        ["PollForJobs", "AcknowledgeJob", "StartBuild", "ListBuildsForProject", "BatchGetBuilds"];
    let results = ["PutJobSuccessResult", "PutJobFailureResult"];
    let mine = |name: &str| operations.contains(&name) || results.contains(&name);
    let calls = cloud.recorder().since(before).iter().filter(|call| mine(&call.operation)).count();
    ensure!(calls > 0, "the sweep called nothing");
    Ok(Sweep { calls, cpu: cpu_ms, wall: wall_ms })
}

fn scheduled() -> Value {
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "111122223333",
        "time": "2026-11-22T00:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:111122223333:rule/sweep"],
        "detail": {},
    })
}
