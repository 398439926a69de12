//! Looks at an execution of a pipeline, and the answer to its approval.

use crate::cli::aws;
use crate::harness::until_within;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::time::Duration;

/// How long an execution that makes small stacks may take here.
const LIMIT: Duration = Duration::from_mins(3);

/// The id of the newest execution of a pipeline.
pub(super) async fn newest(pipeline: &str) -> anyhow::Result<String> {
    let list = ["codepipeline", "list-pipeline-executions", "--pipeline-name", pipeline];
    let found = aws(&list).await?;
    let id = &found["pipelineExecutionSummaries"][0]["pipelineExecutionId"];
    id.as_str().map(str::to_owned).with_context(|| format!("{pipeline} has not run"))
}

/// Starts a pipeline; the id of the execution.
pub(super) async fn start(pipeline: &str) -> anyhow::Result<String> {
    let started = aws(&["codepipeline", "start-pipeline-execution", "--name", pipeline]).await?;
    started["pipelineExecutionId"].as_str().map(str::to_owned).context("no execution id")
}

/// Waits until an execution has ended; its status and the messages of the actions that failed.
pub(super) async fn ended(pipeline: &str, execution: &str) -> anyhow::Result<(String, String)> {
    ended_within(LIMIT, pipeline, execution).await
}

pub(super) async fn ended_within(
    limit: Duration,
    pipeline: &str,
    execution: &str,
) -> anyhow::Result<(String, String)> {
    until_within(limit, &format!("the end of {pipeline}"), async || {
        Ok(status(pipeline, execution).await? != "InProgress")
    })
    .await?;
    let failed = actions(pipeline, execution).await?.into_iter().filter_map(|action| {
        let error = &action["output"]["executionResult"]["errorDetails"]["message"];
        error.as_str().map(|text| format!("{}: {text}", action["actionName"].as_str().unwrap_or_default()))
    });
    let failed = failed.collect::<Vec<_>>().join("; ");
    Ok((status(pipeline, execution).await?, failed))
}

async fn status(pipeline: &str, execution: &str) -> anyhow::Result<String> {
    let get = ["codepipeline", "get-pipeline-execution", "--pipeline-name", pipeline];
    let found = aws(&[&get[..], &["--pipeline-execution-id", execution]].concat()).await?;
    found["pipelineExecution"]["status"].as_str().map(str::to_owned).context("no status")
}

/// The actions of an execution, newest first.
pub(super) async fn actions(pipeline: &str, execution: &str) -> anyhow::Result<Vec<Value>> {
    let filter = format!("pipelineExecutionId={execution}");
    let list = ["codepipeline", "list-action-executions", "--pipeline-name", pipeline, "--filter", &filter];
    let found = aws(&list).await?;
    found["actionExecutionDetails"].as_array().cloned().context("no list")
}

/// The action with this name.
pub(super) async fn action(pipeline: &str, execution: &str, name: &str) -> anyhow::Result<Value> {
    let all = actions(pipeline, execution).await?;
    all.into_iter().find(|action| action["actionName"] == name).with_context(|| format!("no action {name}"))
}

/// Waits for the approval of a stage, and gives it.
pub(super) async fn approve(limit: Duration, pipeline: &str, stage: &str) -> anyhow::Result<()> {
    let execution = newest(pipeline).await?;
    let token = std::cell::RefCell::new(None);
    until_within(limit, &format!("the approval of {pipeline}"), async || {
        if status(pipeline, &execution).await? == "Failed" {
            bail!("{pipeline} failed: {}", ended(pipeline, &execution).await?.1);
        }
        let state = aws(&["codepipeline", "get-pipeline-state", "--name", pipeline]).await?;
        let stages = state["stageStates"].as_array().cloned().unwrap_or_default();
        let of_stage = stages.into_iter().find(|one| one["stageName"] == stage).context("no such stage")?;
        let open = of_stage["actionStates"].as_array().into_iter().flatten().find_map(|action| {
            let token = action["latestExecution"]["token"].as_str()?;
            (action["latestExecution"]["status"] == "InProgress")
                .then(|| (action["actionName"].clone(), token.to_owned()))
        });
        token.replace(open);
        Ok(token.borrow().is_some())
    })
    .await?;
    let (action, token) = token.into_inner().context("no token")?;
    let action = action.as_str().context("no name")?;
    let put = ["codepipeline", "put-approval-result", "--pipeline-name", pipeline, "--stage-name", stage];
    let result = ["--action-name", action, "--token", &token, "--result", "summary=tested,status=Approved"];
    let answer = aws(&[&put[..], &result].concat()).await?;
    ensure!(answer["approvedAt"].is_string() || answer["approvedAt"].is_number(), "{answer}");
    Ok(())
}
