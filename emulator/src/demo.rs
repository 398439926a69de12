//! The demonstration: a push travels from a git server over SSH through a CodePipeline custom source action into the
//! next stage, twice, and once it cannot. Every claim at the end is checked; the exit status says whether all held.

mod evidence;
mod fixture;
mod summary;
mod timeline;

pub use evidence::{Entry, Source, artifact, source};

use crate::cloud::{Cloud, interrupted};
use crate::screen::Screen;
use crate::{Options, deploy, webhook};
use anyhow::ensure;
use console::style;
use fixture::DemoFixture;
use std::time::{Duration, Instant};
use summary::{Run, Summary};
use timeline::Timeline;

/// Longest that one pipeline execution may take before the demonstration gives up.
const RUN_LIMIT: Duration = Duration::from_mins(2);
/// A branch that no repository here has.
const MISSING_BRANCH: &str = "branch-that-does-not-exist";

/// Runs the demonstration to its end; an error if anything it claims was not so.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let screen = Screen::new();
    let cloud = tokio::select! {
        cloud = start(&screen, options) => cloud?,
        () = interrupted() => anyhow::bail!("interrupted"),
    };
    let result = tokio::select! {
        result = play(&screen, &cloud) => result,
        () = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    cloud.stop().await;
    result
}

async fn start(screen: &Screen, options: Options) -> anyhow::Result<Cloud> {
    let begun = Instant::now();
    screen.heading("1. The emulator");
    let cloud = Cloud::start(options).await?;
    screen.fact("endpoint", cloud.endpoint());
    screen.fact("git host", &format!("ssh://git@127.0.0.1:{}", cloud.git_host().port()));
    screen.fact("ready after", &format!("{:.1} s", begun.elapsed().as_secs_f64()));
    Ok(cloud)
}

async fn play(screen: &Screen, cloud: &Cloud) -> anyhow::Result<()> {
    let mut fixture = DemoFixture::set(screen, cloud).await?;
    fixture.wait_for_first_execution(screen, cloud, RUN_LIMIT).await?;
    let mut summary = Summary::default();

    screen.heading("3. A push: a submodule, dot files, an executable");
    let commit = fixture.first_commit().await?;
    summary.runs.push(run_once(screen, cloud, &fixture, &commit).await?);

    screen.heading("4. A second push: one file changes");
    let commit = fixture.second_commit().await?;
    summary.runs.push(run_once(screen, cloud, &fixture, &commit).await?);

    screen.heading("5. A push that cannot work: the stack is updated to a branch that does not exist");
    let change = [("GitBranch".to_owned(), MISSING_BRANCH.to_owned())].into();
    fixture.site = deploy::update(cloud, &fixture.site, &fixture.template, change, |_| ()).await?;
    summary.broken = Some(fail_once(screen, cloud, &fixture).await?);

    screen.heading("6. What was seen");
    summary.tell(screen, cloud, &fixture);
    ensure!(summary.holds(), "not everything the demonstration claims was so");
    Ok(())
}

/// One push and the pipeline execution it starts.
async fn run_once(
    screen: &Screen,
    cloud: &Cloud,
    fixture: &DemoFixture,
    commit: &str,
) -> anyhow::Result<Run> {
    fixture.repository.push("main").await?;
    screen.line(&format!("  {} {}", style("git push origin main").bold(), style(commit).dim()));
    let (execution, mut timeline) = trigger(screen, cloud, fixture, "main").await?;
    let state = timeline.follow(screen, &execution, RUN_LIMIT).await?;
    let pipeline = fixture.pipeline()?;
    let source = source(cloud, pipeline, &execution).await?;
    let artifact = match &source.artifact {
        Some((bucket, key)) => artifact(cloud, bucket, key).await?,
        None => Vec::new(),
    };
    let expected = fixture.listing().await?;
    let build = fixture.clone_build(cloud, &execution).await?;
    Ok(Run { state, commit: commit.into(), source, artifact, expected, invocations: timeline.seen, build })
}

async fn fail_once(
    screen: &Screen,
    cloud: &Cloud,
    fixture: &DemoFixture,
) -> anyhow::Result<(String, Source)> {
    let (execution, mut timeline) = trigger(screen, cloud, fixture, MISSING_BRANCH).await?;
    let state = timeline.follow(screen, &execution, RUN_LIMIT).await?;
    let source = source(cloud, fixture.pipeline()?, &execution).await?;
    screen.line(&format!("\n  {}", style("CodePipeline shows under the action:").dim()));
    screen.line(&format!("  {}", style(&source.message).yellow()));
    Ok((state, source))
}

/// Calls the webhook and returns the execution it started, with a timeline that began before the call.
async fn trigger<'a>(
    screen: &Screen,
    cloud: &'a Cloud,
    fixture: &DemoFixture,
    branch: &str,
) -> anyhow::Result<(String, Timeline<'a>)> {
    let timeline = Timeline::start(cloud).await?;
    let url = fixture.site.output("CodePipelineWebHookUrl")?;
    let before = fixture.executions(cloud).await?;
    let status = webhook::push(url, branch, &[]).await?;
    screen.line(&format!("  {} HTTP {status}", style("the git host calls the webhook:").bold()));
    ensure!(status == 200, "the webhook answered HTTP {status}");
    let started = fixture.executions(cloud).await?.into_iter().find(|id| !before.contains(id));
    let execution = started.ok_or_else(|| anyhow::anyhow!("the webhook started no pipeline execution"))?;
    Ok((execution, timeline))
}
