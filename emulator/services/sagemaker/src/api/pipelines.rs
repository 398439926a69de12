//! Operations on pipelines and their executions. An execution does nothing: it lasts an hour and succeeds, unless it is
//! stopped.

use super::list::List;
use super::roles::can_assume;
use super::target::Target;
use super::{SHAPES, invalid, made, members};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::Kind;
use crate::store::seconds;
use emulator_core::{Answer, Call, Caller, Failure, Order, page, present, random_id, text};
use serde_json::{Map, Value, json};

/// Who made something, as AWS tells it of a caller who is not in Studio.
pub(super) fn context(caller: &Caller) -> Value {
    json!({"IamIdentity": {"Arn": caller.arn}})
}

pub(super) async fn create(service: &SageMaker, call: &Call) -> Answer {
    let (input, caller) = (&call.input, &call.caller);
    let target = Target::of(&service.context, Kind::Pipeline, input);
    check_definition(input, true)?;
    can_assume(service, text(input, "RoleArn"), &target.arn).await?;
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
    pipeline.members.entry("PipelineDisplayName").or_insert_with(|| target.key.clone().into());
    for member in ["CreatedBy", "LastModifiedBy"] {
        pipeline.members.insert(member.into(), context(caller));
    }
    store.put(target.kind, target.key, pipeline);
    Ok(output)
}

/// The definition is given once, inline or in S3. An inline one is a JSON object of the one version that AWS has.
fn check_definition(input: &Value, required: bool) -> Result<(), Failure> {
    let inline = input["PipelineDefinition"].as_str();
    let in_s3 = !input["PipelineDefinitionS3Location"].is_null();
    if inline.is_some() && in_s3 || required && inline.is_none() && !in_s3 {
        return Err(invalid(
            "Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be specified",
        ));
    }
    let Some(text) = inline else { return Ok(()) };
    let definition: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| invalid(format!("Unable to parse pipeline definition. {error}")))?;
    if definition.get("Version").is_some_and(|version| version != "2020-12-01") {
        return Err(invalid("Unable to parse pipeline definition. Version must be 2020-12-01"));
    }
    if definition.get("Steps").is_some_and(|steps| !steps.is_array()) {
        return Err(invalid("Unable to parse pipeline definition. Steps must be a list"));
    }
    Ok(())
}

pub(super) async fn update(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Pipeline, &call.input);
    check_definition(&call.input, false)?;
    target.find(&service.store())?;
    let role = text(&call.input, "RoleArn");
    if !role.is_empty() {
        can_assume(service, role, &target.arn).await?;
    }
    let now = service.now();
    let mut store = service.store();
    let pipeline = target.find_mut(&mut store)?;
    pipeline.members.extend(members(&call.input));
    pipeline.members.insert("LastModifiedBy".into(), context(&call.caller));
    pipeline.life.modified = now;
    Ok(json!({"PipelineArn": target.arn}))
}

pub(super) fn describe(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Pipeline, &call.input);
    let described = target.find(&service.store())?.describe(Kind::Pipeline);
    Ok(SHAPES.only("DescribePipelineResponse", &described))
}

pub(super) fn describe_execution(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Execution, &call.input);
    let described = target.find(&service.store())?.describe(Kind::Execution);
    Ok(SHAPES.only("DescribePipelineExecutionResponse", &described))
}

/// The definition with which an execution was started, although the pipeline may have changed since.
pub(super) fn describe_definition(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Execution, &call.input);
    let store = service.store();
    let execution = target.find(&store)?;
    Ok(json!({
        "PipelineDefinition": execution.text("PipelineDefinition"),
        "CreationTime": seconds(execution.life.created),
    }))
}

pub(super) fn parameters(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Execution, &call.input);
    let store = service.store();
    let given = target.find(&store)?.members.get("PipelineParameters").and_then(Value::as_array);
    pages(&call.input, "PipelineParameters", given.cloned().unwrap_or_default())
}

/// The steps of the definition. An execution runs none of them: each has the status of the execution.
pub(super) fn steps(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::Execution, &call.input);
    let store = service.store();
    let execution = target.find(&store)?;
    let definition: Value = serde_json::from_str(execution.text("PipelineDefinition")).unwrap_or_default();
    let declared = definition["Steps"].as_array().cloned().unwrap_or_default();
    let step = |step: Value| {
        json!({
            "StepName": step["Name"],
            "StepStatus": execution.life.status,
            "StartTime": seconds(execution.life.created),
        })
    };
    let steps = declared.into_iter().filter(|step| step["Name"].is_string()).map(step);
    pages(&call.input, "PipelineExecutionSteps", steps.collect())
}

/// The page that an input asks for, in the order of the list.
fn pages(input: &Value, member: &str, items: Vec<Value>) -> Answer {
    let most = input["MaxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(10);
    let order = if text(input, "SortOrder") == "Descending" { Order::Descending } else { Order::Ascending };
    let page = page(items.into_iter().enumerate(), order, text(input, "NextToken"), most);
    let page = page.map_err(|_| invalid("Invalid pagination token"))?;
    Ok(present(json!({member: page.items, "NextToken": page.next})))
}

/// Deletes the pipeline with its executions, if none of them is running.
pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Pipeline, input);
    let mut store = service.store();
    target.find(&store)?;
    let of_it =
        store.all(Kind::Execution).filter(|(_, execution)| execution.text("PipelineArn") == target.arn);
    let (mut executions, mut running) = (Vec::new(), false);
    for (key, execution) in of_it {
        executions.push(key.to_owned());
        running |= execution.life.is(&["Executing", "Stopping"]);
    }
    if running {
        let message =
            format!("Pipeline [{}] has running executions. Stop them before you delete it.", target.arn);
        return Err(Failure::new("ConflictException", message));
    }
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
        |pipeline| {
            let mut shown = pipeline.describe(Kind::Pipeline);
            shown["LastExecutionTime"] = shown["LastRunTime"].clone();
            present(SHAPES.only("PipelineSummary", &shown))
        },
    )
}

pub(super) fn start(service: &SageMaker, call: &Call) -> Answer {
    let (input, caller) = (&call.input, &call.caller);
    let pipeline = Target::of(&service.context, Kind::Pipeline, input);
    let now = service.now();
    let mut store = service.store();
    let definition = pipeline.find(&store)?.text("PipelineDefinition").to_owned();
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
    members.insert("PipelineDefinition".into(), definition.into());
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
            SHAPES.only("PipelineExecutionSummary", &shown)
        },
    )
}
