//! Starting, stopping and retrying executions.

use crate::CodePipeline;
use crate::engine::executions::no_pipeline;
use crate::state::{Stop, Trigger};
use emulator_core::{Answer, Call, Failure};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Override {
    action_name: String,
}

/// The session name of EventBridge when it starts a pipeline for a rule, up to the name of the rule. The emulator's deliveries are
/// called so, too: `emulator/cloudformation/pipeline_targets.py`.
const RULE_SESSION: &str = "AWSEvents_";

/// Who starts a pipeline: a rule, or a caller.
fn trigger(service: &CodePipeline, call: &Call) -> Trigger {
    let caller = &call.caller.arn;
    let session = caller.contains(":assumed-role/").then(|| caller.rsplit('/').next()).flatten();
    match session.and_then(|session| session.strip_prefix(RULE_SESSION)) {
        Some(rule) => Trigger {
            kind: "CloudWatchEvent",
            detail: service.context.arn("events", &format!("rule/{rule}")),
        },
        None => Trigger { kind: "StartPipelineExecution", detail: caller.clone() },
    }
}

pub(super) fn start(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        name: String,
        #[serde(default)]
        variables: Vec<Pair>,
        client_request_token: Option<String>,
        #[serde(default)]
        source_revisions: Vec<Override>,
    }
    let input: Input = call.read()?;
    let given = input.variables.into_iter().map(|pair| (pair.name, pair.value)).collect();
    let trigger = trigger(service, call);
    service.change(|transaction| {
        let state = &*transaction.state;
        let pipeline = state.pipelines.get(&input.name).ok_or_else(|| no_pipeline(state, &input.name))?;
        let before = input.client_request_token.as_ref().and_then(|token| pipeline.tokens.get(token));
        if let Some(id) = before {
            return Ok(json!({"pipelineExecutionId": id}));
        }
        if let Some(wanted) = input.source_revisions.first() {
            // Jobs of custom source actions have no member that could carry a revision, and S3 sources take the newest.
            let text = format!(
                "Action '{}' is not a source action whose revision can be overridden; use a pipeline variable",
                wanted.action_name
            );
            return Err(Failure::new("ValidationException", text));
        }
        let id = transaction.start(&input.name, trigger, &given)?;
        if let (Some(token), Some(pipeline)) =
            (input.client_request_token, transaction.state.pipelines.get_mut(&input.name))
        {
            pipeline.tokens.insert(token, id.clone());
        }
        Ok(json!({"pipelineExecutionId": id}))
    })
}

pub(super) fn stop(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        pipeline_name: String,
        pipeline_execution_id: String,
        #[serde(default)]
        abandon: bool,
        reason: Option<String>,
    }
    let input: Input = call.read()?;
    let stop = Stop { abandon: input.abandon, reason: input.reason };
    service
        .change(|transaction| transaction.stop(&input.pipeline_name, &input.pipeline_execution_id, stop))?;
    Ok(json!({"pipelineExecutionId": input.pipeline_execution_id}))
}

pub(super) fn retry(service: &CodePipeline, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Input {
        pipeline_name: String,
        stage_name: String,
        pipeline_execution_id: String,
        retry_mode: String,
    }
    let input: Input = call.read()?;
    let all = input.retry_mode == "ALL_ACTIONS";
    service.change(|transaction| {
        transaction.retry(&input.pipeline_name, &input.pipeline_execution_id, &input.stage_name, all)
    })?;
    Ok(json!({"pipelineExecutionId": input.pipeline_execution_id}))
}
