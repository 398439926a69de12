//! One emulator for the whole test binary, and a fixture per test: a stack, a repository and a key of its own, so that
//! tests run side by side and a fault hits only the fixture it is meant for.

use crate::setup::{first_commit, parameters};
use anyhow::{Context, ensure};
use aws_sdk_codebuild::types::Build;
use aws_sdk_codepipeline::types::{ActionCategory, PipelineDeclaration, PipelineExecutionStatus};
use emulator::cloud::{Cloud, Options};
use emulator::demo::{Entry, Source};
use emulator::deploy::{self, DeployedStack};
use emulator::invocation::{self, Invocation};
use emulator::repository::{Key, Repository};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Longest that a pipeline execution, or whatever else a test waits for, may take here; far above what is needed, so that
/// only a hang fails.
const LIMIT: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(100);
/// Scenes at work at the same time: each runs builds, and test machines are small.
const SCENES: usize = 3;
/// What takes minutes on AWS takes seconds here.
const SPEED: f64 = 60.0;

// The cloud's servers live on this runtime, which outlives every single test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static CLOUD: OnceCell<Cloud> = OnceCell::const_new();
static PLACES: Semaphore = Semaphore::const_new(SCENES);

/// Runs one test on the shared runtime.
#[track_caller]
pub(crate) fn run(test: impl Future<Output = anyhow::Result<()>>) {
    if let Err(error) = RUNTIME.block_on(test) {
        panic!("{error:?}");
    }
}

/// The root of the project.
pub(crate) fn project() -> PathBuf {
    package::root()
}

/// The emulator's files stay in the build folder, where they show why a test failed.
fn options() -> Options {
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_CRATE_NAME"));
    Options { state: Some(state), speed: SPEED, ..Options::default() }
}

/// The cloud all tests share; it ends with the process, because its standard input closes then.
pub(crate) async fn cloud() -> &'static Cloud {
    CLOUD.get_or_init(|| async { Cloud::start(options()).await.unwrap() }).await
}

/// Waits until something is so; `what` names it in the error. It looks seldom, because ministack serves one call at a time.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    until_within(LIMIT, what, is_so).await
}

/// [`until`] for what takes longer.
pub(crate) async fn until_within(
    limit: Duration,
    what: &str,
    is_so: impl AsyncFn() -> anyhow::Result<bool>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + limit;
    while !is_so().await? {
        ensure!(Instant::now() < deadline, "{what}: not within {limit:?}");
        tokio::time::sleep(POLL * 3).await;
    }
    Ok(())
}

/// A deployed stack with a repository whose branch `main` has one commit.
pub(crate) struct SourceFixture {
    pub(crate) cloud: &'static Cloud,
    pub(crate) deployed: DeployedStack,
    pub(crate) repository: Repository,
    pub(crate) key: Key,
    /// Commit of `main`.
    pub(crate) commit: String,
    pub(crate) template: String,
    pub(crate) pipelines: aws_sdk_codepipeline::Client,
    pub(crate) builds: aws_sdk_codebuild::Client,
    /// Clone builds and invocations of the execution that CodePipeline starts by itself when a pipeline is made.
    first: (usize, usize),
    _place: SemaphorePermit<'static>,
}

/// A change of the source action's configuration: a value sets the property, none removes it.
pub(crate) type Change<'a> = (&'a str, Option<&'a str>);

/// How an execution ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `Succeeded`, `Failed`, ...
    pub(crate) status: String,
    pub(crate) source: Source,
}

impl SourceFixture {
    /// Deploys a fixture; `name` must be unique among the tests, `extra` are template parameters.
    pub(crate) async fn deploy(name: &str, extra: &[(&str, &str)]) -> anyhow::Result<Self> {
        let place = PLACES.acquire().await?;
        let cloud = cloud().await;
        let key = Key::generate(&cloud.state().join(format!("{name}-key"))).await?;
        cloud.git_host().authorize(&key.public)?;
        let repository = Repository::on(cloud, &key, name).await?;
        let commit = first_commit(&repository).await?;
        let template = package::deployable(&project(), crate::BUILT_FOR, "infra/external-repo-access.yaml")?;
        let secret = deploy::store_key(cloud, &format!("{name}-key"), &key.private).await?;
        let parameters = parameters(cloud, name, &repository, &secret, extra).await?;
        let deployed = deploy::create(cloud, name, &template, parameters, |_| ()).await?;
        let sdk = cloud.root().await;
        let mut fixture = Self {
            cloud,
            deployed,
            repository,
            key,
            commit,
            template,
            pipelines: aws_sdk_codepipeline::Client::new(&sdk),
            builds: aws_sdk_codebuild::Client::new(&sdk),
            first: (0, 0),
            _place: place,
        };
        fixture.settle().await?;
        Ok(fixture)
    }

    /// Waits for the first execution, so that a test sees its own only.
    async fn settle(&mut self) -> anyhow::Result<()> {
        let found = self.pipelines.list_pipeline_executions().pipeline_name(self.pipeline()).send().await?;
        for execution in found.pipeline_execution_summaries.unwrap_or_default() {
            self.wait(&execution.pipeline_execution_id.context("no execution id")?).await?;
        }
        self.first = (self.clone_builds().await?.len(), self.invocations().await?.len());
        Ok(())
    }

    pub(crate) fn pipeline(&self) -> &str {
        self.deployed.output("PipelineName").unwrap()
    }

    pub(crate) fn function(&self) -> &str {
        self.deployed.output("FunctionName").unwrap()
    }

    pub(crate) fn clone_project(&self) -> &str {
        self.deployed.output("CloneProjectName").unwrap()
    }

    /// Starts the pipeline and waits for its end.
    pub(crate) async fn run(&self) -> anyhow::Result<Outcome> {
        let execution = self.start().await?;
        self.wait(&execution).await
    }

    /// Starts the pipeline; returns the execution's id.
    pub(crate) async fn start(&self) -> anyhow::Result<String> {
        let started = self.pipelines.start_pipeline_execution().name(self.pipeline()).send().await?;
        started.pipeline_execution_id.context("no execution id")
    }

    /// Waits until the execution has ended.
    pub(crate) async fn wait(&self, execution: &str) -> anyhow::Result<Outcome> {
        self.wait_for(self.pipeline(), execution).await
    }

    /// Waits until an execution of another pipeline has ended, which has a source action of the same type.
    pub(crate) async fn wait_for(&self, pipeline: &str, execution: &str) -> anyhow::Result<Outcome> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let found = self.pipelines.get_pipeline_execution().pipeline_name(pipeline);
            let found = found.pipeline_execution_id(execution).send().await?;
            let status = found.pipeline_execution.and_then(|e| e.status).context("no status")?;
            if !matches!(status, PipelineExecutionStatus::InProgress | PipelineExecutionStatus::Stopping) {
                let source = emulator::demo::source(self.cloud, pipeline, execution).await?;
                return Ok(Outcome { status: status.as_str().into(), source });
            }
            ensure!(Instant::now() < deadline, "execution {execution} is still {}", status.as_str());
            tokio::time::sleep(POLL).await;
        }
    }

    /// Changes the configuration of the source action.
    pub(crate) async fn configure(&self, changes: &[Change<'_>]) -> anyhow::Result<()> {
        self.edit(|pipeline| change(pipeline, changes)).await
    }

    /// Changes the pipeline itself.
    pub(crate) async fn edit(&self, edit: impl FnOnce(&mut PipelineDeclaration)) -> anyhow::Result<()> {
        let found = self.pipelines.get_pipeline().name(self.pipeline()).send().await?;
        let mut pipeline = found.pipeline.context("no pipeline")?;
        edit(&mut pipeline);
        self.pipelines.update_pipeline().pipeline(pipeline).send().await?;
        Ok(())
    }

    /// Builds of the clone project since the fixture was deployed, newest first.
    pub(crate) async fn clone_builds(&self) -> anyhow::Result<Vec<Build>> {
        let ids = self.builds.list_builds_for_project().project_name(self.clone_project()).send().await?;
        let ids = ids.ids.unwrap_or_default();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.builds.batch_get_builds().set_ids(Some(ids)).send().await?;
        let mut builds = found.builds.unwrap_or_default();
        builds.truncate(builds.len() - self.first.0);
        Ok(builds)
    }

    /// The files of the execution's source artifact.
    pub(crate) async fn artifact(&self, outcome: &Outcome) -> anyhow::Result<Vec<Entry>> {
        let (bucket, key) = outcome.source.artifact.as_ref().context("the source action has no artifact")?;
        emulator::demo::artifact(self.cloud, bucket, key).await
    }

    /// Invokes the function with an event and waits for its answer; a function error is an error here.
    pub(crate) async fn invoke(&self, event: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let lambda = aws_sdk_lambda::Client::new(&self.cloud.root().await);
        let payload = aws_sdk_lambda::primitives::Blob::new(event.to_string());
        let answer = lambda.invoke().function_name(self.function()).payload(payload).send().await?;
        let body = answer.payload.map(aws_sdk_lambda::primitives::Blob::into_inner).unwrap_or_default();
        let text = String::from_utf8_lossy(&body).into_owned();
        ensure!(answer.function_error.is_none(), "the function failed: {text}");
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Runs the scheduled sweep now.
    pub(crate) async fn sweep(&self) -> anyhow::Result<()> {
        let text = tokio::fs::read_to_string(project().join("events/git-source-sweep.json")).await?;
        self.invoke(&serde_json::from_str(&text)?).await.map(drop)
    }

    /// Invocations of this fixture's function since the fixture was deployed.
    pub(crate) async fn invocations(&self) -> anyhow::Result<Vec<Invocation>> {
        let mut all = invocation::since(self.cloud, 0).await?;
        all.retain(|invocation| invocation.function == self.function());
        Ok(all.split_off(self.first.1))
    }

    /// Removes the stack; a test calls it where removal is what it tests, or to make room.
    pub(crate) async fn tear_down(&self) -> anyhow::Result<()> {
        deploy::delete(self.cloud, &self.deployed, |_| ()).await
    }
}

fn change(pipeline: &mut PipelineDeclaration, changes: &[Change<'_>]) {
    for action in pipeline.stages.iter_mut().flat_map(|stage| stage.actions.iter_mut()) {
        let is_source = action.action_type_id.as_ref().is_some_and(|t| t.category == ActionCategory::Source);
        if !is_source {
            continue;
        }
        let configuration = action.configuration.get_or_insert_default();
        for (name, value) in changes {
            match value {
                Some(value) => configuration.insert((*name).into(), (*value).into()),
                None => configuration.remove(*name),
            };
        }
    }
}
