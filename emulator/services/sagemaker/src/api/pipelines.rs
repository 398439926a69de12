//! Operations on pipelines and their executions. An execution does nothing: it lasts an hour and succeeds, unless it is
//! stopped.

use super::page::List;
use super::place::Place;
use super::{invalid, made, only, random_id, text};
use crate::Service;
use crate::clock::seconds;
use crate::life::{Next, takes};
use crate::store::Kind;
use emulator_core::{Answer, Caller};
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

pub(super) fn create(service: &Service, input: &Value, caller: &Caller) -> Answer {
    let place = Place::of(&service.world, Kind::Pipeline, input);
    let mut store = service.store();
    let output = json!({"PipelineArn": place.arn});
    if let Some(pipeline) = store.get(place.kind, &place.key) {
        if pipeline.text("ClientRequestToken") == text(input, "ClientRequestToken") {
            return Ok(output);
        }
        let name = &place.key;
        return Err(invalid(format!(
            "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists."
        )));
    }
    let mut pipeline = made(&place, input, service.clock.now(), "Active")?;
    pipeline.members.insert("PipelineArn".into(), place.arn.clone().into());
    pipeline.members.insert("CreatedBy".into(), context(caller));
    store.put(place.kind, place.key, pipeline);
    Ok(output)
}

/// Deletes the pipeline; its executions end with it.
pub(super) fn delete(service: &Service, input: &Value) -> Answer {
    let place = Place::of(&service.world, Kind::Pipeline, input);
    let mut store = service.store();
    place.find(&store)?;
    let of_it =
        store.all(Kind::Execution).filter(|(_, execution)| execution.text("PipelineArn") == place.arn);
    let executions: Vec<_> = of_it.map(|(key, _)| key.to_owned()).collect();
    for key in executions {
        store.remove(Kind::Execution, &key);
    }
    store.remove(place.kind, &place.key);
    Ok(json!({"PipelineArn": place.arn}))
}

pub(super) fn list(service: &Service, input: &Value) -> Answer {
    let list = List { kind: Kind::Pipeline, member: "PipelineSummaries", descending: true };
    let prefix = text(input, "PipelineNamePrefix");
    list.answer(
        service,
        input,
        |pipeline| pipeline.text("PipelineName").starts_with(prefix),
        |pipeline| only(PIPELINE, &pipeline.describe(Kind::Pipeline)),
    )
}

pub(super) fn start(service: &Service, input: &Value, caller: &Caller) -> Answer {
    let pipeline = Place::of(&service.world, Kind::Pipeline, input);
    let now = service.clock.now();
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
    let place = Place::of(&service.world, Kind::Execution, &json!({"PipelineExecutionArn": arn}));
    let mut execution = made(&place, input, now, "Executing")?;
    execution.life.then(now + takes::EXECUTION, Next::Status("Succeeded"));
    let members = &mut execution.members;
    members.remove("PipelineName");
    members.insert("PipelineArn".into(), pipeline.arn.clone().into());
    members.insert("PipelineExecutionArn".into(), arn.clone().into());
    members.insert("CreatedBy".into(), context(caller));
    members.entry("PipelineExecutionDisplayName").or_insert_with(|| format!("execution-{now}").into());
    store.put(place.kind, place.key, execution);
    let pipeline = pipeline.find_mut(&mut store)?;
    pipeline.members.insert("LastRunTime".into(), seconds(now));
    Ok(json!({"PipelineExecutionArn": arn}))
}

pub(super) fn stop(service: &Service, input: &Value) -> Answer {
    let place = Place::of(&service.world, Kind::Execution, input);
    let now = service.clock.now();
    let mut store = service.store();
    let execution = place.find_mut(&mut store)?;
    if !execution.life.is(&["Executing"]) {
        let status = &execution.life.status;
        return Err(invalid(format!(
            "Only pipeline executions in [Executing] status can be stopped. [{}] is in [{status}] status.",
            place.arn
        )));
    }
    let stopped = now + takes::EXECUTION_TO_STOP;
    execution.life.turn(now, "Stopping").then(stopped, Next::Status("Stopped"));
    Ok(json!({"PipelineExecutionArn": place.arn}))
}

pub(super) fn executions(service: &Service, input: &Value) -> Answer {
    let pipeline = Place::of(&service.world, Kind::Pipeline, input);
    pipeline.find(&service.store())?;
    let list = List { kind: Kind::Execution, member: "PipelineExecutionSummaries", descending: true };
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
