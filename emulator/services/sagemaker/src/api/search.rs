//! Search: pipelines and their executions by properties and tags. Of other things there are none here to find.

use super::list::List;
use super::{SHAPES, invalid, tags};
use crate::SageMaker;
use crate::store::{Kind, Resource, Store};
use emulator_core::{Answer, Call, Failure, Order, text};
use serde_json::{Value, json};

pub(super) fn search(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let kind = match text(input, "Resource") {
        "Pipeline" => Kind::Pipeline,
        "PipelineExecution" => Kind::Execution,
        _ => return Ok(json!({"Results": []})),
    };
    let expression = &input["SearchExpression"];
    check(expression)?;
    let found: Vec<String> = {
        let store = service.store();
        let records = store.all(kind).map(|(_, resource)| (resource, record(&store, kind, resource)));
        records
            .filter(|(_, record)| expression.is_null() || holds(expression, record))
            .map(|(resource, _)| resource.arn.clone())
            .collect()
    };
    let list = List { kind, member: "Results", order: Order::Descending };
    let show = |resource: &Resource| json!({kind.name(): shown(kind, resource)});
    let mut answer = list.answer(service, input, |resource| found.contains(&resource.arn), show)?;
    answer["TotalHits"] = json!({"Value": found.len(), "Relation": "EqualTo"});
    Ok(answer)
}

/// What a result tells. Of the two, only pipelines show their tags.
fn shown(kind: Kind, resource: &Resource) -> Value {
    let described = resource.describe(kind);
    if kind == Kind::Execution {
        return SHAPES.only("PipelineExecution", &described);
    }
    let mut shown = SHAPES.only("Pipeline", &described);
    shown["Tags"] = tags::listed(&resource.tags);
    shown
}

/// What filters see of a resource; an execution is found by the tags of its pipeline, too.
fn record(store: &Store, kind: Kind, resource: &Resource) -> Value {
    let mut tags = resource.tags.clone();
    let pipeline = store.all(Kind::Pipeline).find(|(_, found)| found.arn == resource.text("PipelineArn"));
    if let Some((_, pipeline)) = pipeline.filter(|_| kind == Kind::Execution) {
        tags.extend(pipeline.tags.clone());
    }
    let mut record = resource.describe(kind);
    record["Tags"] = json!(tags);
    record
}

/// Refuses what this search cannot honour.
fn check(expression: &Value) -> Result<(), Failure> {
    if !expression["NestedFilters"].is_null() {
        return Err(invalid("NestedFilters are for resources that the local SageMaker does not have"));
    }
    let parts = expression["SubExpressions"].as_array().into_iter().flatten();
    parts.into_iter().try_for_each(check)
}

fn holds(expression: &Value, record: &Value) -> bool {
    let filters = expression["Filters"].as_array().into_iter().flatten();
    let parts = expression["SubExpressions"].as_array().into_iter().flatten();
    let mut all = filters.map(|filter| passes(filter, record)).chain(parts.map(|part| holds(part, record)));
    if text(expression, "Operator") == "Or" { all.any(|holds| holds) } else { all.all(|holds| holds) }
}

fn passes(filter: &Value, record: &Value) -> bool {
    let have = property(record, text(filter, "Name"));
    let wanted = filter["Value"].as_str();
    let operator = match (text(filter, "Operator"), wanted) {
        ("", None) => "Exists",
        ("", Some(_)) => "Equals",
        (operator, _) => operator,
    };
    let Some(have) = have else {
        return matches!(operator, "NotExists" | "NotEquals");
    };
    let wanted = wanted.unwrap_or_default();
    let ordering = || match (have.parse::<f64>(), number(wanted)) {
        (Ok(have), Some(wanted)) => have.partial_cmp(&wanted),
        _ => Some(have.as_str().cmp(wanted)),
    };
    match operator {
        "Equals" => have == wanted,
        "NotEquals" => have != wanted,
        "Contains" => have.contains(wanted),
        "Exists" => true,
        "In" => wanted.split(',').any(|choice| choice.trim() == have),
        "GreaterThan" => ordering().is_some_and(std::cmp::Ordering::is_gt),
        "GreaterThanOrEqualTo" => ordering().is_some_and(std::cmp::Ordering::is_ge),
        "LessThan" => ordering().is_some_and(std::cmp::Ordering::is_lt),
        "LessThanOrEqualTo" => ordering().is_some_and(std::cmp::Ordering::is_le),
        _ => false,
    }
}

/// A number, or a time as filters write it, in seconds.
fn number(text: &str) -> Option<f64> {
    let time = || text.parse::<jiff::Timestamp>().ok();
    text.parse().ok().or_else(|| Some(time()?.duration_since(jiff::Timestamp::UNIX_EPOCH).as_secs_f64()))
}

/// `PipelineExecutionStatus`, `CreatedBy.DomainId`, `Tags.KEY`: the key of a tag may have dots of its own.
fn property(record: &Value, name: &str) -> Option<String> {
    let value = match name.strip_prefix("Tags.") {
        Some(key) => record["Tags"].get(key)?,
        None => name.split('.').try_fold(record, |value, part| value.get(part))?,
    };
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
