//! What one source action costs: the deployed stack runs them from the start of the pipeline to the artifact, woken by
//! its own events, and the invocations are counted as Lambda bills them.

use crate::stats::Stats;
use anyhow::{Context, bail, ensure};
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{ActionExecutionDetail, ActionExecutionStatus};
use emulator::Cloud;
use emulator::deploy::{self, DeployedStack};
use emulator::invocation::{self, Invocation};
use emulator::repository::{Key, Repository};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// What was measured, per source action. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Action {
    pub(crate) invocations: Stats,
    /// Billed for both invocations together, in an environment that was just started.
    pub(crate) billed_cold: Option<Stats>,
    /// The same in environments that were there.
    pub(crate) billed_warm: Option<Stats>,
    /// From the start of the action to its end: as long as a function that waits for the build would be billed.
    pub(crate) took: Stats,
    /// The same with [`LARGE_FILES`] files in Git LFS.
    pub(crate) took_with_large_files: Stats,
}

/// How many files of the measured repository are in Git LFS.
pub(crate) const LARGE_FILES: u32 = 30;

const STACK: &str = "bench-action";

/// How long one source action may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Everything of one action has been billed when nothing was for so long.
const QUIET: Duration = Duration::from_millis(500);

/// Runs `runs` source actions, one after the other.
pub(crate) async fn measure(cloud: &Cloud, zip: &Path, runs: u32) -> anyhow::Result<Action> {
    let (deployed, repository) = deploy(cloud, zip).await?;
    let function = deployed.output("FunctionName")?.to_string();
    let pipeline = deployed.output("PipelineName")?.to_string();
    let client = Client::new(&cloud.root().await);
    // The stack's own first execution is measured as well: it is the cold one.
    let mut seen = 0;
    let mut measured = Vec::new();
    for run in 0..runs {
        if run > 0 {
            let started = client.start_pipeline_execution().name(&pipeline).send().await;
            started.context("could not start the pipeline")?;
        }
        let took = finish(&client, &pipeline, run as usize + 1).await?;
        let all = settled(cloud, seen).await?;
        seen += all.len();
        let mine: Vec<Invocation> = all.into_iter().filter(|one| one.function.contains(&function)).collect();
        if let Some(error) = mine.iter().find_map(|one| one.error.as_ref()) {
            bail!("an invocation failed: {error}");
        }
        measured.push((mine, took));
    }
    add_large_files(&client, &pipeline, &repository).await?;
    let mut with_large_files = Vec::new();
    for run in 0..runs {
        let started = client.start_pipeline_execution().name(&pipeline).send().await;
        started.context("could not start the pipeline")?;
        with_large_files.push(finish(&client, &pipeline, (runs + run) as usize + 1).await?);
    }
    let billed = |cold: bool| {
        let runs = measured.iter().filter(|(mine, _)| mine.iter().any(|one| one.cold) == cold);
        Stats::of(runs.map(|(mine, _)| mine.iter().map(|one| one.billed_ms).sum()))
    };
    let count = |mine: &Vec<Invocation>| f64::from(u32::try_from(mine.len()).unwrap_or(u32::MAX));
    Ok(Action {
        invocations: Stats::of(measured.iter().map(|(mine, _)| count(mine)))
            .context("nothing was measured")?,
        billed_cold: billed(true),
        billed_warm: billed(false),
        took: Stats::of(measured.iter().map(|(_, took)| *took)).context("nothing was measured")?,
        took_with_large_files: Stats::of(with_large_files).context("nothing was measured")?,
    })
}

/// Puts files into Git LFS and lets the source action fetch them.
async fn add_large_files(client: &Client, pipeline: &str, repository: &Repository) -> anyhow::Result<()> {
    repository.git(&["lfs", "install", "--local"]).await?;
    repository.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs\n", false).await?;
    for number in 0..LARGE_FILES {
        repository.write(&format!("{number}.bin"), &format!("{number}\n"), false).await?;
    }
    repository.commit("Add large files").await?;
    repository.push("main").await?;
    let found = client.get_pipeline().name(pipeline).send().await?;
    let mut declaration = found.pipeline.context("no pipeline")?;
    let actions = declaration.stages.iter_mut().flat_map(|setup| setup.actions.iter_mut());
    for action in actions.filter(|action| action.name == "Source") {
        action.configuration.get_or_insert_default().insert("Lfs".into(), "true".into());
    }
    client.update_pipeline().pipeline(declaration).send().await?;
    Ok(())
}

/// The stack of a user, with a repository of one file.
async fn deploy(cloud: &Cloud, zip: &Path) -> anyhow::Result<(DeployedStack, Repository)> {
    let host = cloud.git_host();
    let key = Key::generate(&cloud.state().join("bench-key")).await?;
    host.authorize(&key.public)?;
    let repository = Repository::on(cloud, &key, "bench").await?;
    repository.write("train.py", "print('training')\n", false).await?;
    repository.write("buildspec.yml", "version: 0.2\nphases: {build: {commands: ['true']}}\n", false).await?;
    repository.commit("Train").await?;
    repository.push("main").await?;

    let template = package::deployable(
        cloud.project(),
        package::Architecture::Native,
        "infra/external-repo-access.yaml",
    )?;
    let code = deploy::upload_code(cloud, zip).await?;
    let secret = deploy::store_key(cloud, "bench-key", &key.private).await?;
    let parameters = deploy::source(cloud, &repository, &secret, &code);
    Ok((deploy::create(cloud, STACK, &template, parameters, |_| {}).await?, repository))
}

/// Waits until the `wanted`-th source action has ended, and returns how long it took.
async fn finish(client: &Client, pipeline: &str, wanted: usize) -> anyhow::Result<f64> {
    let begun = tokio::time::Instant::now();
    loop {
        let found = client.list_action_executions().pipeline_name(pipeline).send().await?;
        let source = |action: &&ActionExecutionDetail| action.stage_name() == Some("Source");
        let sources: Vec<_> = found.action_execution_details().iter().filter(source).collect();
        // Newest first.
        if let Some(newest) = sources.first().filter(|_| sources.len() >= wanted) {
            match newest.status() {
                Some(ActionExecutionStatus::Succeeded) => {
                    let span = newest.start_time().zip(newest.last_update_time());
                    let (start, end) = span.context("the source action has no times")?;
                    return Ok((end.as_secs_f64() - start.as_secs_f64()) * 1000.0);
                }
                Some(ActionExecutionStatus::InProgress) | None => {}
                Some(other) => {
                    let result = newest.output().and_then(|output| output.execution_result());
                    let why = result.and_then(|result| result.error_details()?.message());
                    bail!("the source action ended as {other}: {}", why.unwrap_or("no reason given"))
                }
            }
        }
        ensure!(begun.elapsed() < PATIENCE, "the source action takes more than a minute");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The invocations from the `seen`-th on, once no more are added.
async fn settled(cloud: &Cloud, seen: usize) -> anyhow::Result<Vec<Invocation>> {
    let mut all = invocation::since(cloud, seen).await?;
    loop {
        tokio::time::sleep(QUIET).await;
        let now = invocation::since(cloud, seen).await?;
        if now.len() == all.len() {
            return Ok(now);
        }
        all = now;
    }
}
