//! Operations on pipelines and their executions. An execution does nothing: it lasts an hour and succeeds, unless it is
//! stopped.

use super::list::List;
use super::target::Target;
use super::{invalid, made};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::Kind;
use crate::store::seconds;
use emulator_core::{Answer, Call, Caller, Order, only, random_id, text};
use serde_json::{Value, json};

const PIPELINE: &[&str] = &[
    "PipelineArn",
    "PipelineName",
    "PipelineDisplayName",
    "PipelineDescription",
    "RoleArn",
    "CreationTime",
    "LastModifiedTime",
    "LastExecutionTime",
];

const EXECUTION: &[&str] = &[
    "PipelineExecutionArn",
    "StartTime",
    "PipelineExecutionStatus",
    "PipelineExecutionDescription",
    "PipelineExecutionDisplayName",
];

/// Who made something, as AWS tells it of a caller who is not in Studio.
pub(super) fn context(caller: &Caller) -> Value {
    json!({"IamIdentity": {"Arn": caller.arn}})
}

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let (input, caller) = (&call.input, &call.caller);
    let target = Target::of(&service.context, Kind::Pipeline, input);
    let mut store = service.store();
    let output = json!({"PipelineArn": target.arn});
    if let Some(pipeline) = store.get(target.kind, &target.key) {
        if pipeline.text("ClientRequestToken") == text(input, "ClientRequestToken") {
            return Ok(output);
        }
        let name = &target.key;
        return Err(invalid(format!(
            "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists."
        )));
    }
    let mut pipeline = made(&target, input, service.now(), "Active")?;
    pipeline.members.insert("PipelineArn".into(), target.arn.clone().into());
    pipeline.members.insert("CreatedBy".into(), context(caller));
    store.put(target.kind, target.key, pipeline);
    Ok(output)
}

/// Deletes the pipeline; its executions end with it.
pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Pipeline, input);
    let mut store = service.store();
    target.find(&store)?;
    let of_it =
        store.all(Kind::Execution).filter(|(_, execution)| execution.text("PipelineArn") == target.arn);
    let executions: Vec<_> = of_it.map(|(key, _)| key.to_owned()).collect();
    for key in executions {
        store.remove(Kind::Execution, &key);
    }
    store.remove(target.kind, &target.key);
    Ok(json!({"PipelineArn": target.arn}))
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list = List { kind: Kind::Pipeline, member: "PipelineSummaries", order: Order::Descending };
    let prefix = text(input, "PipelineNamePrefix");
    list.answer(
        service,
        input,
        |pipeline| pipeline.text("PipelineName").starts_with(prefix),
        |pipeline| only(PIPELINE, &pipeline.describe(Kind::Pipeline)),
    )
}

pub(super) fn start(service: &SageMaker, call: &Call) -> Answer {
    let (input, caller) = (&call.input, &call.caller);
    let pipeline = Target::of(&service.context, Kind::Pipeline, input);
    let now = service.now();
    let mut store = service.store();
    pipeline.find(&store)?;
    let token = text(input, "ClientRequestToken");
    let same = store.all(Kind::Execution).find(|(_, execution)| {
        execution.text("PipelineArn") == pipeline.arn && execution.text("ClientRequestToken") == token
    });
    if let Some((arn, _)) = same {
        return Ok(json!({"PipelineExecutionArn": arn}));
    }
    let arn = format!("{}/execution/{}", pipeline.arn, random_id(12));
    let target = Target::of(&service.context, Kind::Execution, &json!({"PipelineExecutionArn": arn}));
    let mut execution = made(&target, input, now, "Executing")?;
    execution.life.then(service.end_of(now, takes::EXECUTION), Next::Status("Succeeded"));
    let members = &mut execution.members;
    members.remove("PipelineName");
    members.insert("PipelineArn".into(), pipeline.arn.clone().into());
    members.insert("PipelineExecutionArn".into(), arn.clone().into());
    members.insert("CreatedBy".into(), context(caller));
    members.entry("PipelineExecutionDisplayName").or_insert_with(|| format!("execution-{now}").into());
    store.put(target.kind, target.key, execution);
    let pipeline = pipeline.find_mut(&mut store)?;
    pipeline.members.insert("LastRunTime".into(), seconds(now));
    Ok(json!({"PipelineExecutionArn": arn}))
}

pub(super) fn stop(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Execution, input);
    let now = service.now();
    let mut store = service.store();
    let execution = target.find_mut(&mut store)?;
    if !execution.life.is(&["Executing"]) {
        let status = &execution.life.status;
        return Err(invalid(format!(
            "Only pipeline executions in [Executing] status can be stopped. [{}] is in [{status}] status.",
            target.arn
        )));
    }
    let stopped = service.end_of(now, takes::EXECUTION_TO_STOP);
    execution.life.set_status(now, "Stopping").then(stopped, Next::Status("Stopped"));
    Ok(json!({"PipelineExecutionArn": target.arn}))
}

pub(super) fn executions(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let pipeline = Target::of(&service.context, Kind::Pipeline, input);
    pipeline.find(&service.store())?;
    let list = List { kind: Kind::Execution, member: "PipelineExecutionSummaries", order: Order::Descending };
    list.answer(
        service,
        input,
        |execution| execution.text("PipelineArn") == pipeline.arn,
        |execution| {
            let mut shown = execution.describe(Kind::Execution);
            shown["StartTime"] = shown["CreationTime"].clone();
            if let Some(reason) = shown.get("FailureReason").cloned() {
                shown["PipelineExecutionFailureReason"] = reason;
            }
            only(&[EXECUTION, &["PipelineExecutionFailureReason"]].concat(), &shown)
        },
    )
}
