//! The example pipeline, on the action type of another stack.

use crate::harness::{SourceFixture, project, run};
use anyhow::{Context, ensure};
use emulator::deploy;

#[test]
fn the_example_pipeline_builds_the_commit_of_the_branch() {
    run(async {
        let fixture = SourceFixture::deploy("example-source", &[]).await?;
        let template =
            tokio::fs::read_to_string(project().join("examples/pipeline-with-git-source.yaml")).await?;
        let secret = &fixture.deployed.parameters["SecretsManagerArnForSSHPrivateKey"];
        let given = deploy::named([
            ("SourceActionProvider", "example-source"),
            ("GitUrl", &fixture.repository.url),
            ("SSHSecretKeyName", secret),
        ]);
        let example = deploy::create(fixture.cloud, "example-pipeline", &template, given, |_| ()).await?;
        let pipeline = example.output("PipelineName")?;

        // A pipeline starts when it is made.
        let found = fixture.pipelines.list_pipeline_executions().pipeline_name(pipeline).send().await?;
        let execution = found.pipeline_execution_summaries().first().context("the pipeline did not start")?;
        let id = execution.pipeline_execution_id().context("no execution id")?;
        let outcome = fixture.wait_for(pipeline, id).await?;
        ensure!(outcome.status == "Succeeded", "{outcome:?}");

        let logs = aws_sdk_cloudwatchlogs::Client::new(&fixture.cloud.root().await);
        let log = logs.filter_log_events().log_group_name(example.output("BuildLogGroup")?).send().await?;
        let lines: String = log.events().iter().filter_map(|event| event.message()).collect();
        ensure!(lines.contains(&format!("commit {}", fixture.commit)), "{lines}");
        ensure!(lines.contains("train.py"), "{lines}");
        Ok(())
    });
}
