//! A place to measure in: an action type and a project of their own on the emulator, and as many waiting jobs as
//! wanted.

use anyhow::{Context, ensure};
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{
    ActionCategory, ActionDeclaration, ActionExecutionStatus, ActionOwner, ActionTypeId, ArtifactStore,
    ArtifactStoreType, OutputArtifact, PipelineDeclaration, StageDeclaration,
};
use emulator::Cloud;
use emulator::deploy::{self, DeployedStack};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const TEMPLATE: &str = include_str!("fixture.yaml");

/// How long a pipeline may take to offer its job.
const PATIENCE: Duration = Duration::from_secs(30);

/// An action type and a project on the emulator, deleted with it.
pub(crate) struct BenchFixture {
    name: String,
    client: Client,
    deployed: DeployedStack,
    pipelines: usize,
}

impl BenchFixture {
    /// `name` is new for every fixture.
    pub(crate) async fn new(cloud: &Cloud, name: &str) -> anyhow::Result<Self> {
        let parameters = BTreeMap::from([("Name".to_string(), name.to_string())]);
        let deployed = deploy::create(cloud, name, TEMPLATE, parameters, |_| {}).await?;
        Ok(Self { name: name.into(), client: Client::new(&cloud.root().await), deployed, pipelines: 0 })
    }

    /// The function's settings, as the template gives them.
    pub(crate) fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("ACTION_PROVIDER", self.name.clone()),
            ("ACTION_VERSION", "1".into()),
            ("CLONE_PROJECT", self.name.clone()),
            ("ALLOWED_GIT_HOSTS", "git.example.com".into()),
        ]
    }

    /// Starts one more pipeline, waits until its job can be polled and returns the event that CodePipeline sends for it.
    pub(crate) async fn job(&mut self) -> anyhow::Result<Value> {
        self.pipelines += 1;
        let name = format!("{}-{}", self.name, self.pipelines);
        let made = self.client.create_pipeline().pipeline(self.pipeline(&name)?).send().await;
        made.with_context(|| format!("could not make pipeline {name}"))?;
        let begun = tokio::time::Instant::now();
        loop {
            let found = self.client.list_action_executions().pipeline_name(&name).send().await?;
            let mut running = found.action_execution_details().iter();
            let running = running.find(|action| action.status() == Some(&ActionExecutionStatus::InProgress));
            if let Some(execution) = running.and_then(|action| action.pipeline_execution_id()) {
                return Ok(self.started(&name, execution));
            }
            ensure!(begun.elapsed() < PATIENCE, "pipeline {name} offers no job");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until so many builds of this fixture have ended, all that there are.
    pub(crate) async fn builds_ended(
        &self,
        cloud: &Cloud,
        builds: usize,
        patience: Duration,
    ) -> anyhow::Result<()> {
        let client = aws_sdk_codebuild::Client::new(&cloud.root().await);
        let begun = tokio::time::Instant::now();
        loop {
            let mut pages = client.list_builds_for_project().project_name(&self.name).into_paginator().send();
            let (mut seen, mut ended) = (0, 0);
            while let Some(page) = pages.next().await {
                let ids = page?.ids.unwrap_or_default();
                seen += ids.len();
                if !ids.is_empty() {
                    let found = client.batch_get_builds().set_ids(Some(ids)).send().await?;
                    ended += found.builds().iter().filter(|build| build.build_complete()).count();
                }
            }
            ensure!(seen <= builds, "{seen} builds for {builds} jobs: a job got two");
            if ended == builds {
                return Ok(());
            }
            ensure!(begun.elapsed() < patience, "{ended} of {builds} builds ended");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    fn started(&self, pipeline: &str, execution: &str) -> Value {
        json!({
            "version": "0",
            "id": uuid::Uuid::new_v4().to_string(),
            "detail-type": "CodePipeline Action Execution State Change",
            "source": "aws.codepipeline",
            "account": "111122223333",
            "time": "2026-11-22T00:00:00Z",
            "region": "us-east-1",
            "resources": [format!("arn:aws:codepipeline:us-east-1:111122223333:{pipeline}")],
            "detail": {
                "pipeline": pipeline,
                "execution-id": execution,
                "setup": "Source",
                "action": "Source",
                "state": "STARTED",
                "type": {"owner": "Custom", "provider": self.name, "category": "Source", "version": "1"},
                "version": 1.0,
            },
        })
    }

    fn pipeline(&self, name: &str) -> anyhow::Result<PipelineDeclaration> {
        let kind = |category, owner, provider: &str| {
            ActionTypeId::builder().category(category).owner(owner).provider(provider).version("1").build()
        };
        let source = ActionDeclaration::builder()
            .name("Source")
            .action_type_id(kind(ActionCategory::Source, ActionOwner::Custom, &self.name)?)
            .configuration("GitUrl", "ssh://git@git.example.com/team/model.git")
            .configuration("Branch", "main")
            .configuration("SSHSecretKeyName", "bench")
            .output_artifacts(OutputArtifact::builder().name("Source").build()?)
            .build()?;
        // The source ends here: what comes after it is not measured.
        let stop = ActionDeclaration::builder()
            .name("Stop")
            .action_type_id(kind(ActionCategory::Approval, ActionOwner::Aws, "Manual")?)
            .build()?;
        let bucket = self.deployed.output("Bucket")?;
        let store = ArtifactStore::builder().r#type(ArtifactStoreType::S3).location(bucket).build()?;
        let setup = |name: &str, action| StageDeclaration::builder().name(name).actions(action).build();
        Ok(PipelineDeclaration::builder()
            .name(name)
            .role_arn(self.deployed.output("Role")?)
            .artifact_store(store)
            .stages(setup("Source", source)?)
            .stages(setup("Stop", stop)?)
            .build()?)
    }
}
