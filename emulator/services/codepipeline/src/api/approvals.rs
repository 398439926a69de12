//! The answer to a manual approval.

use crate::CodePipeline;
use crate::engine::Outcome;
use crate::engine::executions::no_pipeline;
use crate::state::{ActionStatus, Progress, RunId};
use emulator_core::{Answer, Call, Failure, epoch_seconds};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    pipeline_name: String,
    stage_name: String,
    action_name: String,
    result: Decision,
    token: String,
}

#[derive(Deserialize)]
struct Decision {
    summary: String,
    status: String,
}

pub(super) fn put(service: &CodePipeline, call: &Call) -> Answer {
    let input: Input = call.read()?;
    service.change(|transaction| {
        let id = find(transaction.state, &input)?;
        if let Some(run) = transaction.run_mut(&id) {
            if run.status != ActionStatus::InProgress {
                return Err(Failure::new(
                    "ApprovalAlreadyCompletedException",
                    "The approval has been answered",
                ));
            }
            run.updated_by = Some(call.caller.arn.clone());
        }
        let Decision { summary, status } = &input.result;
        let noted = (!summary.is_empty()).then(|| summary.clone());
        transaction.report(&id, Progress { summary: noted, ..Progress::default() });
        let outcome = if status == "Approved" {
            Outcome::Succeeded { revision: None, variables: BTreeMap::new() }
        } else {
            Outcome::failed("JobFailed", format!("The approval was rejected: {summary}"))
        };
        transaction.finish(&id, outcome);
        Ok(json!({"approvedAt": epoch_seconds(transaction.now)}))
    })
}

/// The run whose open or answered approval has this token.
fn find(state: &crate::state::State, input: &Input) -> Result<RunId, Failure> {
    let name = &input.pipeline_name;
    let pipeline = state.pipelines.get(name).ok_or_else(|| no_pipeline(state, name))?;
    let stage = pipeline.current().stages.iter().find(|stage| stage.name == input.stage_name);
    let stage =
        stage.ok_or_else(|| Failure::new("StageNotFoundException", "The pipeline has no such stage"))?;
    if !stage.actions.iter().any(|action| action.name == input.action_name) {
        return Err(Failure::new("ActionNotFoundException", "The stage has no such action"));
    }
    let runs = pipeline
        .executions
        .iter()
        .flat_map(|execution| execution.runs.iter().map(move |run| (execution, run)));
    let found = runs.into_iter().find(|(execution, run)| {
        run.approval.as_ref() == Some(&input.token)
            && execution.action(run).name == input.action_name
            && execution.declaration.stages[run.stage].name == input.stage_name
    });
    let (execution, run) = found
        .ok_or_else(|| Failure::new("InvalidApprovalTokenException", "The token is of no open approval"))?;
    Ok(RunId { pipeline: name.clone(), execution: execution.id.clone(), run: run.id.clone() })
}
