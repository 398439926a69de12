//! What executions and actions did: one execution, the list of executions, the list of actions.

use super::page;
use crate::CodePipeline;
use crate::engine::executions::no_pipeline;
use crate::model::{Configuration, MASK};
use crate::state::{ActionRun, ActionStatus, Artifact, Execution, StageStatus, State};
use emulator_core::{Answer, Call, Failure, Order, epoch_seconds, present};
use serde::Deserialize;
use serde_json::{Value, json};

const PAGE: usize = 100;

pub(super) fn execution(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        pipeline_name: String,
        pipeline_execution_id: String,
    }
    let Input { pipeline_name: name, pipeline_execution_id: id } = call.read()?;
    service.look(|state| {
        let pipeline = state.pipelines.get(&name).ok_or_else(|| no_pipeline(state, &name))?;
        let execution = pipeline.execution(&id).ok_or_else(|| no_execution(&id))?;
        let variable = |(name, value): (&String, &String)| json!({"name": name, "resolvedValue": value});
        Ok(json!({"pipelineExecution": present(json!({
            "pipelineName": name,
            "pipelineVersion": execution.declaration.version,
            "pipelineExecutionId": id,
            "status": format!("{:?}", execution.status),
            "statusSummary": execution.stop.as_ref().and_then(|stop| stop.reason.as_ref()),
            "artifactRevisions": artifact_revisions(execution),
            "variables": execution.variables.iter().map(variable).collect::<Vec<_>>(),
            "trigger": trigger(execution),
            "executionMode": execution.declaration.execution_mode,
            "executionType": "STANDARD",
        }))}))
    })
}

pub(super) fn executions(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct InStage {
        stage_name: Option<String>,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Filter {
        #[serde(default)]
        succeeded_in_stage: InStage,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        pipeline_name: String,
        max_results: Option<usize>,
        next_token: Option<String>,
        #[serde(default)]
        filter: Filter,
    }
    let input: Input = call.read()?;
    service.look(|state| {
        let name = &input.pipeline_name;
        let pipeline = state.pipelines.get(name).ok_or_else(|| no_pipeline(state, name))?;
        let wanted = input.filter.succeeded_in_stage.stage_name.as_ref();
        let fits = |execution: &&Execution| wanted.is_none_or(|stage| succeeded_in(execution, stage));
        let executions = pipeline.executions.iter().enumerate().filter(|(_, execution)| fits(execution));
        let most = input.max_results.unwrap_or(PAGE);
        let (page, next) = page(executions, Order::Descending, input.next_token.as_deref(), most)?;
        let summaries: Vec<Value> = page.into_iter().map(summary).collect();
        Ok(present(json!({"pipelineExecutionSummaries": summaries, "nextToken": next})))
    })
}

fn succeeded_in(execution: &Execution, stage: &str) -> bool {
    let stages = execution.declaration.stages.iter().zip(&execution.stages);
    stages
        .into_iter()
        .any(|(declared, run)| declared.name == stage && run.status == Some(StageStatus::Succeeded))
}

fn summary(execution: &Execution) -> Value {
    let reason = execution.stop.as_ref().and_then(|stop| stop.reason.as_ref());
    let sources = execution.runs.iter().filter_map(|run| {
        let revision = run.revision.as_ref()?;
        Some(present(json!({
            "actionName": execution.action(run).name,
            "revisionId": revision.id,
            "revisionSummary": revision.summary,
        })))
    });
    present(json!({
        "pipelineExecutionId": execution.id,
        "status": format!("{:?}", execution.status),
        "startTime": epoch_seconds(execution.started),
        "lastUpdateTime": epoch_seconds(execution.updated),
        "sourceRevisions": sources.collect::<Vec<_>>(),
        "trigger": trigger(execution),
        "stopTrigger": reason.map(|reason| json!({"reason": reason})),
        "executionMode": execution.declaration.execution_mode,
        "executionType": "STANDARD",
    }))
}

fn trigger(execution: &Execution) -> Value {
    json!({"triggerType": execution.trigger.kind, "triggerDetail": execution.trigger.detail})
}

fn artifact_revisions(execution: &Execution) -> Vec<Value> {
    let found = execution.runs.iter().filter_map(|run| Some((run, run.revision.as_ref()?)));
    let revisions = found.flat_map(|(run, revision)| {
        run.outputs.iter().map(move |output| {
            present(json!({
                "name": output.name,
                "revisionId": revision.id,
                "revisionChangeIdentifier": revision.change,
                "revisionSummary": revision.summary,
                "created": revision.created.unwrap_or_else(|| epoch_seconds(run.updated)),
            }))
        })
    });
    revisions.collect()
}

pub(super) fn actions(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Latest {
        pipeline_execution_id: String,
        start_time_range: String,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Filter {
        pipeline_execution_id: Option<String>,
        latest_in_pipeline_execution: Option<Latest>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        pipeline_name: String,
        #[serde(default)]
        filter: Filter,
        max_results: Option<usize>,
        next_token: Option<String>,
    }
    let input: Input = call.read()?;
    let Filter { pipeline_execution_id: one, latest_in_pipeline_execution: latest } = input.filter;
    if one.is_some() && latest.is_some() {
        return Err(Failure::new("ValidationException", "Only one of the two filters can be given"));
    }
    let newest_only = latest.as_ref().is_some_and(|latest| latest.start_time_range == "Latest");
    let wanted = one.or(latest.map(|latest| latest.pipeline_execution_id));
    service.look(|state| {
        let name = &input.pipeline_name;
        let pipeline = state.pipelines.get(name).ok_or_else(|| no_pipeline(state, name))?;
        if let Some(id) = wanted.as_ref().filter(|id| pipeline.execution(id).is_none()) {
            return Err(no_execution(id));
        }
        let executions = pipeline.executions.iter().enumerate();
        let executions = executions.filter(|(_, e)| wanted.as_ref().is_none_or(|id| *id == e.id));
        let runs = executions.flat_map(|(index, execution)| {
            let counts = move |(position, run): &(usize, &ActionRun)| {
                !newest_only || execution.stages[run.stage].current.get(run.action) == Some(&Some(*position))
            };
            execution
                .runs
                .iter()
                .enumerate()
                .filter(counts)
                .map(move |(n, run)| ((index, n), (execution, run)))
        });
        let most = input.max_results.unwrap_or(PAGE);
        let (page, next) = page(runs, Order::Descending, input.next_token.as_deref(), most)?;
        let details: Vec<Value> = page.into_iter().map(|(e, run)| detail(state, e, run)).collect();
        Ok(present(json!({"actionExecutionDetails": details, "nextToken": next})))
    })
}

fn detail(state: &State, execution: &Execution, run: &ActionRun) -> Value {
    let action = execution.action(run);
    let secrets = super::pipelines::secrets(state, action);
    let masked = |configuration: &Configuration| {
        let mut shown = configuration.clone();
        for (_, value) in shown.iter_mut().filter(|(name, _)| secrets.contains(name)) {
            MASK.clone_into(value);
        }
        shown
    };
    let result = present(json!({
        "externalExecutionId": run.progress.external_id,
        "externalExecutionSummary": run.progress.summary,
        "externalExecutionUrl": run.progress.external_url,
        "errorDetails": run.error.as_ref().map(|p| json!({"code": p.code, "message": p.message})),
    }));
    let outputs: &[Artifact] = if run.status == ActionStatus::Succeeded { &run.outputs } else { &[] };
    present(json!({
        "pipelineExecutionId": execution.id,
        "actionExecutionId": run.id,
        "pipelineVersion": execution.declaration.version,
        "stageName": execution.declaration.stages[run.stage].name,
        "actionName": action.name,
        "startTime": epoch_seconds(run.started),
        "lastUpdateTime": epoch_seconds(run.updated),
        "updatedBy": run.updated_by,
        "status": format!("{:?}", run.status),
        "input": present(json!({
            "actionTypeId": action.action_type_id,
            "configuration": masked(&action.configuration),
            "resolvedConfiguration": masked(&run.configuration),
            "roleArn": action.role_arn,
            "region": state.region,
            "inputArtifacts": artifacts(&run.inputs),
            "namespace": action.namespace,
        })),
        "output": {
            "outputArtifacts": artifacts(outputs),
            "executionResult": result,
            "outputVariables": run.variables,
        },
    }))
}

fn artifacts(list: &[Artifact]) -> Value {
    let one = |a: &Artifact| json!({"name": a.name, "s3location": {"bucket": a.bucket, "key": a.key}});
    list.iter().map(one).collect()
}

fn no_execution(id: &str) -> Failure {
    Failure::new("PipelineExecutionNotFoundException", format!("The pipeline has no execution '{id}'"))
}
