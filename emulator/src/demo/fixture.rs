//! What the demonstration plays on: the deployed stack, two repositories and a key.

use crate::cloud::Cloud;
use crate::deploy::{self, DeployedStack};
use crate::repository::{Key, Repository};
use crate::screen::Screen;
use anyhow::{Context, ensure};
use aws_sdk_codepipeline::types::PipelineExecutionStatus;
use console::style;
use std::time::{Duration, Instant};

/// Set once, played on three times.
#[derive(Clone, Debug)]
pub(super) struct DemoFixture {
    pub(super) site: DeployedStack,
    pub(super) repository: Repository,
    /// What becomes a submodule of it.
    features: Repository,
    /// Packaged template, for updates.
    pub(super) template: String,
}

/// The clone build of one execution.
#[derive(Debug, Default)]
pub(super) struct Build {
    /// Seconds from start to end.
    pub(super) seconds: f64,
}

impl DemoFixture {
    pub(super) async fn set(screen: &Screen, cloud: &Cloud) -> anyhow::Result<Self> {
        let key = Key::generate(&cloud.state().join("ssh-key")).await?;
        cloud.git_host().authorize(&key.public)?;
        let repository = Repository::on(cloud, &key, "model").await?;
        repository.write("README.md", "# A model\n", false).await?;
        repository.write("buildspec.yml", BUILDSPEC, false).await?;
        repository.commit("An empty model").await?;
        repository.push("main").await?;
        let features = repository_with_file(cloud, &key).await?;
        screen.heading("2. The stack: infra/external-repo-access.yaml through CloudFormation");
        let template = package::deployable(
            cloud.project(),
            package::Architecture::Local,
            "infra/external-repo-access.yaml",
        )?;
        let code = deploy::upload_code(
            cloud,
            &package::zip(cloud.project(), package::Architecture::Local, "git-source"),
        )
        .await?;
        let secret = deploy::store_key(cloud, "external-repo-key", &key.private).await?;
        let mut parameters = deploy::source(cloud, &repository, &secret, &code);
        parameters.extend(deploy::named([
            ("GitWebHookIpAddress", "127.0.0.0/8"),
            ("CodePipelineName", "external-repo-pipeline"),
            ("Submodules", "true"),
            ("BuildSpecFile", "buildspec.yml"),
        ]));
        let begun = Instant::now();
        let mut made = 0;
        let site = deploy::create(cloud, "external-repo-access", &template, parameters, |progress| {
            if progress.status == "CREATE_COMPLETE" {
                made += 1;
                let status = style(&progress.status).green();
                screen.line(&format!(
                    "  {status}  {:<28} {}",
                    progress.resource,
                    style(&progress.kind).dim()
                ));
            }
        });
        let site = site.await?;
        screen.line(&format!("  {made} resources in {:.1} s", begun.elapsed().as_secs_f64()));
        Ok(Self { site, repository, features, template })
    }

    /// CodePipeline starts every new pipeline once by itself.
    pub(super) async fn wait_for_first_execution(
        &self,
        screen: &Screen,
        cloud: &Cloud,
        limit: Duration,
    ) -> anyhow::Result<()> {
        let client = aws_sdk_codepipeline::Client::new(&cloud.root().await);
        let begun = Instant::now();
        loop {
            let found = client.list_pipeline_executions().pipeline_name(self.pipeline()?).send().await?;
            let first = found.pipeline_execution_summaries.unwrap_or_default().pop();
            let status = first.and_then(|execution| execution.status);
            if let Some(status) = status.filter(|status| *status != PipelineExecutionStatus::InProgress) {
                let (status, seconds) = (status.as_str(), begun.elapsed().as_secs_f64());
                screen.line(&format!(
                    "  CodePipeline ran the new pipeline once by itself: {status} in {seconds:.1} s"
                ));
                return Ok(());
            }
            ensure!(begun.elapsed() < limit, "the new pipeline's first execution did not end in {limit:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub(super) fn pipeline(&self) -> anyhow::Result<&str> {
        self.site.output("PipelineName")
    }

    pub(super) async fn first_commit(&self) -> anyhow::Result<String> {
        let files = [
            (".github/workflows/check.yml", "on: push\n", false),
            (".gitignore", "*.pyc\n", false),
            ("train.py", "print('training')\n", false),
            ("run.sh", "#!/bin/sh\nexec python3 train.py\n", true),
        ];
        self.repository.add_submodule(&self.features, "vendor/features").await?;
        for (path, text, executable) in files {
            self.repository.write(path, text, executable).await?;
        }
        self.repository.commit("Train the first model").await
    }

    pub(super) async fn second_commit(&self) -> anyhow::Result<String> {
        self.repository.write("train.py", "print('training more')\n", false).await?;
        self.repository.commit("Train it longer\n\nZwei Zeilen, and a second paragraph.").await
    }

    /// Every path the artifact must have: the tree of the commit and of its submodule.
    pub(super) async fn listing(&self) -> anyhow::Result<Vec<String>> {
        let all = self.repository.git(&["ls-files", "--recurse-submodules"]).await?;
        let mut paths: Vec<String> = all.lines().map(Into::into).collect();
        paths.sort();
        Ok(paths)
    }

    /// Ids of the pipeline's executions.
    pub(super) async fn executions(&self, cloud: &Cloud) -> anyhow::Result<Vec<String>> {
        let client = aws_sdk_codepipeline::Client::new(&cloud.root().await);
        let found = client.list_pipeline_executions().pipeline_name(self.pipeline()?).send().await?;
        let found = found.pipeline_execution_summaries.unwrap_or_default();
        Ok(found.into_iter().filter_map(|execution| execution.pipeline_execution_id).collect())
    }

    /// The newest build of the clone project.
    pub(super) async fn clone_build(&self, cloud: &Cloud, execution: &str) -> anyhow::Result<Build> {
        let client = aws_sdk_codebuild::Client::new(&cloud.root().await);
        let project = self.site.output("CloneProjectName")?;
        let ids =
            client.list_builds_for_project().project_name(project).send().await?.ids.unwrap_or_default();
        let newest = ids.into_iter().next().context("no clone build")?;
        let found = client.batch_get_builds().ids(newest).send().await?.builds.unwrap_or_default();
        let build = found.into_iter().next().with_context(|| format!("the build of {execution} is gone"))?;
        let span =
            build.start_time.zip(build.end_time).map(|(start, end)| end.as_secs_f64() - start.as_secs_f64());
        Ok(Build { seconds: span.unwrap_or_default() })
    }
}

/// The next stage of the pipeline shows that it got the sources.
const BUILDSPEC: &str = "version: 0.2\nphases:\n  build:\n    commands:\n      - ls -A\n      - if [ -f run.sh ]; then ./run.sh; fi\n";

async fn repository_with_file(cloud: &Cloud, key: &Key) -> anyhow::Result<Repository> {
    let features = Repository::on(cloud, key, "features").await?;
    features.write("features.py", "COLUMNS = ['age']\n", false).await?;
    features.commit("Features").await?;
    features.push("main").await?;
    Ok(features)
}
