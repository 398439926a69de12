//! `GetPipelineState`: what is in each stage now.

use crate::CodePipeline;
use crate::builtin;
use crate::engine::executions::no_pipeline;
use crate::engine::jobs::fill;
use crate::model::{Action, Stage};
use crate::state::{ActionRun, ActionStatus, Execution, Pipeline, Position, State};
use emulator_core::{Answer, Call, epoch_seconds, present};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn get(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    struct Input {
        name: String,
    }
    let Input { name } = call.read()?;
    service.look(|memory| {
        let pipeline = memory.pipelines.get(&name).ok_or_else(|| no_pipeline(memory, &name))?;
        let current = pipeline.current();
        let stages = current.stages.iter().map(|stage| stage_state(memory, pipeline, stage));
        Ok(json!({
            "pipelineName": name,
            "pipelineVersion": current.version,
            "stageStates": stages.collect::<Vec<_>>(),
            "created": epoch_seconds(pipeline.created),
            "updated": epoch_seconds(pipeline.updated),
        }))
    })
}

fn stage_state(memory: &State, pipeline: &Pipeline, stage: &Stage) -> Value {
    // Executions may run older versions, so that stages are found by name.
    let position = |execution: &Execution| {
        execution.declaration.stages.iter().position(|other| other.name == stage.name)
    };
    let waiting: Vec<Value> = pipeline
        .executions
        .iter()
        .filter(|execution| position(execution).is_some_and(|at| execution.place == Position::Waiting(at)))
        .map(|execution| json!({"pipelineExecutionId": execution.id, "status": "InProgress"}))
        .collect();
    let entered = pipeline.executions.iter().filter_map(|execution| {
        let run = &execution.stages[position(execution)?];
        Some((run.entered?, execution, run))
    });
    let latest = entered.max_by_key(|(entered, ..)| *entered);
    let actions = stage.actions.iter().map(|action| action_state(memory, pipeline, stage, action));
    let execution = latest.as_ref().map(|(_, execution, run)| {
        let status = run.status.map(|status| format!("{status:?}"));
        json!({"pipelineExecutionId": execution.id, "status": status, "type": "STANDARD"})
    });
    let retries = latest.map(|(_, _, run)| run.retries).filter(|retries| *retries > 0);
    let attempts = retries
        .map(|count| json!({"manualStageRetryAttempt": count, "latestRetryTrigger": "ManualStageRetry"}));
    present(json!({
        "stageName": stage.name,
        "inboundExecution": waiting.last(),
        "inboundExecutions": waiting,
        "inboundTransitionState": {"enabled": true},
        "actionStates": actions.collect::<Vec<_>>(),
        "latestExecution": execution,
        "retryStageMetadata": attempts,
    }))
}

fn action_state(memory: &State, pipeline: &Pipeline, stage: &Stage, action: &Action) -> Value {
    let runs = pipeline.executions.iter().flat_map(|execution| {
        execution.runs.iter().map(move |run| (execution, run)).filter(|(execution, run)| {
            execution.action(run).name == action.name
                && execution.declaration.stages[run.stage].name == stage.name
        })
    });
    let latest = runs.max_by_key(|(_, run)| run.started).map(|(_, run)| run);
    let revision = latest.and_then(|run| {
        let revision = run.revision.as_ref()?;
        Some(json!({
            "revisionId": revision.id,
            "revisionChangeId": revision.change,
            "created": revision.created.unwrap_or_else(|| epoch_seconds(run.updated)),
        }))
    });
    let settings =
        builtin::find(memory, &action.action_type_id).map(|kind| kind.settings).unwrap_or_default();
    let url = |template: Option<String>| template.map(|template| fill(&template, &action.configuration));
    present(json!({
        "actionName": action.name,
        "currentRevision": revision,
        "latestExecution": latest.map(latest_execution),
        "entityUrl": url(settings.entity_url_template),
        "revisionUrl": url(settings.revision_url_template),
    }))
}

fn latest_execution(run: &ActionRun) -> Value {
    // A token is shown only while it can be used.
    let token = run.approval.as_ref().filter(|_| run.status == ActionStatus::InProgress);
    present(json!({
        "actionExecutionId": run.id,
        "status": format!("{:?}", run.status),
        "summary": run.progress.summary,
        "lastStatusChange": epoch_seconds(run.updated),
        "token": token,
        "lastUpdatedBy": run.updated_by,
        "externalExecutionId": run.progress.external_id,
        "externalExecutionUrl": run.progress.external_url,
        "percentComplete": run.progress.percent,
        "errorDetails": run.error.as_ref().map(|p| json!({"code": p.code, "message": p.message})),
    }))
}
