//! The AWS CLI against the emulator, as a user types it.

use crate::harness::{SourceFixture, cloud, project, run};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::path::PathBuf;
use tokio::process::Command;

/// A folder whose Python module makes the AWS CLI look at stacks more often.
pub(crate) fn impatient() -> PathBuf {
    project().join("tests/e2e/cli")
}

/// Runs the pinned AWS CLI as the local root user and returns its JSON output.
pub(crate) async fn aws(arguments: &[&str]) -> anyhow::Result<Value> {
    let root = cloud().await.root_variables();
    aws_with(&root, arguments).await
}

/// The same for the holder of temporary credentials, as `AssumeRole` returns them.
pub(crate) async fn aws_as(session: &Value, arguments: &[&str]) -> anyhow::Result<Value> {
    let part = |name: &str| session[name].as_str().unwrap_or_default();
    let variables = [
        ("AWS_ACCESS_KEY_ID", part("AccessKeyId")),
        ("AWS_SECRET_ACCESS_KEY", part("SecretAccessKey")),
        ("AWS_SESSION_TOKEN", part("SessionToken")),
    ];
    aws_with(&variables, arguments).await
}

/// The same with these variables: credentials, and what else a user sets.
pub(crate) async fn aws_with(credentials: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<Value> {
    let cloud = cloud().await;
    let mut command = Command::new(project().join(".venv/emulator/bin/aws"));
    command.args(arguments).args(["--output", "json", "--endpoint-url", cloud.endpoint()]).env_clear();
    command.env("PATH", "/usr/bin:/bin").env("HOME", cloud.state()).env("PYTHONPATH", impatient());
    command.env("AWS_DEFAULT_REGION", &cloud.context().region);
    command.envs(credentials.iter().copied());
    let output = command.output().await.context("the AWS CLI is not installed: run `make up` once")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "aws {}: {}", arguments.join(" "), errors.trim());
    Ok(serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn the_cli_reads_and_drives_pipelines_and_builds() {
    run(async {
        let fixture = SourceFixture::deploy("cli", &[]).await?;
        let name = fixture.pipeline();
        let started = aws(&["codepipeline", "start-pipeline-execution", "--name", name]).await?;
        let execution = started["pipelineExecutionId"].as_str().context("no execution id")?;
        assert_eq!(fixture.wait(execution).await?.status, "Succeeded");

        let state = aws(&["codepipeline", "get-pipeline-state", "--name", name]).await?;
        assert_eq!(state["stageStates"][0]["latestExecution"]["status"], "Succeeded");
        let filter = format!("pipelineExecutionId={execution}");
        let list = ["codepipeline", "list-action-executions", "--pipeline-name", name, "--filter", &filter];
        let actions = aws(&list).await?;
        assert_eq!(actions["actionExecutionDetails"].as_array().map(Vec::len), Some(2));
        let project = fixture.clone_project();
        let builds = aws(&["codebuild", "list-builds-for-project", "--project-name", project]).await?;
        let id = builds["ids"][0].as_str().context("no build")?;
        let found = aws(&["codebuild", "batch-get-builds", "--ids", id]).await?;
        assert_eq!(found["builds"][0]["buildStatus"], "SUCCEEDED");
        let refused = aws(&["codepipeline", "get-pipeline", "--name", "no-such-pipeline"]).await;
        let refused = refused.err().context("a missing pipeline was found")?.to_string();
        assert!(refused.contains("PipelineNotFoundException"), "{refused}");
        Ok(())
    });
}
