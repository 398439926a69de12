//! Checks a call's input against the service model, as AWS does before any of its own code runs. `shapes.json` holds the
//! input shapes of the operations served here, cut from botocore's description of the service (Apache-2.0).

use local_core::Failure;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static SHAPES: LazyLock<BTreeMap<String, Shape>> = LazyLock::new(|| {
    let models: BTreeMap<String, Model> =
        serde_json::from_str(include_str!("../shapes.json")).expect("shapes.json ships with this crate");
    models.into_iter().map(|(name, model)| (name, Shape::from(model))).collect()
});

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: BTreeMap<String, Target>,
    member: Option<Target>,
    key: Option<Target>,
    value: Option<Target>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    choices: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Boolean,
    Timestamp,
}

#[derive(Deserialize)]
struct Target {
    shape: String,
}

/// A model with its pattern compiled; patterns match whole values.
struct Shape {
    model: Model,
    pattern: Option<Regex>,
}

impl From<Model> for Shape {
    fn from(model: Model) -> Self {
        let pattern = model.pattern.as_deref().map(|text| {
            Regex::new(&format!("^(?:{text})$")).expect("patterns of the service model are valid expressions")
        });
        Self { model, pattern }
    }
}

/// Whether this operation is served here.
pub(crate) fn knows(operation: &str) -> bool {
    SHAPES.contains_key(&format!("{operation}Input"))
}

/// The input with nulls and unknown members dropped, as AWS reads it; a `SerializationException` if a member has the
/// wrong type, a `ValidationException` that lists every broken constraint otherwise. Values are never repeated in the
/// message, because some of them are secrets.
pub(crate) fn clean(operation: &str, input: &Value) -> Result<Value, Failure> {
    let mut broken = Vec::new();
    let cleaned = match input {
        Value::Null => Value::Object(Map::new()),
        other => other.clone(),
    };
    let cleaned = visit(&format!("{operation}Input"), "", cleaned, &mut broken)?;
    if broken.is_empty() {
        return Ok(cleaned);
    }
    let noun = if broken.len() == 1 { "error" } else { "errors" };
    let message = format!("{} validation {noun} detected: {}", broken.len(), broken.join("; "));
    Err(Failure::new("ValidationException", message))
}

fn visit(name: &str, path: &str, value: Value, broken: &mut Vec<String>) -> Result<Value, Failure> {
    let shape = SHAPES.get(name).ok_or_else(|| wrong_type(path, "a shape this service knows"))?;
    let model = &shape.model;
    match (model.kind, value) {
        (Kind::Structure, Value::Object(members)) => visit_structure(model, path, members, broken),
        (Kind::List, Value::Array(items)) => {
            check_size(model, path, items.len(), broken);
            let member = model.member.as_ref().ok_or_else(|| wrong_type(path, "a list"))?;
            let items = items.into_iter().enumerate().filter(|(_, item)| !item.is_null()).map(|(n, item)| {
                visit(&member.shape, &join(path, &format!("{}.member", n + 1)), item, broken)
            });
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        (Kind::Map, Value::Object(entries)) => visit_map(model, path, entries, broken),
        (Kind::String, Value::String(text)) => {
            check_text(shape, path, &text, broken);
            Ok(Value::String(text))
        }
        (Kind::Integer, Value::Number(number)) => {
            let number = number.as_i64().ok_or_else(|| wrong_type(path, "an integer"))?;
            check_range(model, path, number, "value", broken);
            Ok(number.into())
        }
        (Kind::Boolean, value @ Value::Bool(_)) | (Kind::Timestamp, value @ Value::Number(_)) => Ok(value),
        (Kind::Structure | Kind::Map, _) => Err(wrong_type(path, "an object")),
        (Kind::List, _) => Err(wrong_type(path, "a list")),
        (Kind::String, _) => Err(wrong_type(path, "a string")),
        (Kind::Integer, _) => Err(wrong_type(path, "an integer")),
        (Kind::Boolean, _) => Err(wrong_type(path, "a boolean")),
        (Kind::Timestamp, _) => Err(wrong_type(path, "a timestamp in seconds")),
    }
}

fn visit_structure(
    model: &Model,
    path: &str,
    mut members: Map<String, Value>,
    broken: &mut Vec<String>,
) -> Result<Value, Failure> {
    let mut kept = Map::new();
    for (name, target) in &model.members {
        let path = join(path, name);
        match members.remove(name) {
            Some(Value::Null) | None if model.required.contains(name) => {
                broken.push(failed(&path, "Member must not be null"));
            }
            Some(Value::Null) | None => {}
            Some(value) => {
                kept.insert(name.clone(), visit(&target.shape, &path, value, broken)?);
            }
        }
    }
    Ok(Value::Object(kept))
}

fn visit_map(
    model: &Model,
    path: &str,
    entries: Map<String, Value>,
    broken: &mut Vec<String>,
) -> Result<Value, Failure> {
    check_size(model, path, entries.len(), broken);
    let (Some(key), Some(value)) = (&model.key, &model.value) else {
        return Err(wrong_type(path, "a map"));
    };
    let mut kept = Map::new();
    for (name, entry) in entries.into_iter().filter(|(_, entry)| !entry.is_null()) {
        let path = join(path, &format!("{name}.member"));
        visit(&key.shape, &path, Value::String(name.clone()), broken)?;
        kept.insert(name, visit(&value.shape, &path, entry, broken)?);
    }
    Ok(Value::Object(kept))
}

fn check_text(shape: &Shape, path: &str, text: &str, broken: &mut Vec<String>) {
    check_size(&shape.model, path, text.chars().count(), broken);
    if let Some(pattern) = shape.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
        let source = shape.model.pattern.as_deref().unwrap_or(pattern.as_str());
        broken.push(failed(path, &format!("Member must satisfy regular expression pattern: {source}")));
    }
    let choices = &shape.model.choices;
    if !choices.is_empty() && !choices.iter().any(|choice| choice == text) {
        broken.push(failed(path, &format!("Member must satisfy enum value set: [{}]", choices.join(", "))));
    }
}

fn check_size(model: &Model, path: &str, size: usize, broken: &mut Vec<String>) {
    check_range(model, path, i64::try_from(size).unwrap_or(i64::MAX), "length", broken);
}

fn check_range(model: &Model, path: &str, number: i64, what: &str, broken: &mut Vec<String>) {
    if let Some(min) = model.min.filter(|min| number < *min) {
        broken.push(failed(path, &format!("Member must have {what} greater than or equal to {min}")));
    }
    if let Some(max) = model.max.filter(|max| number > *max) {
        broken.push(failed(path, &format!("Member must have {what} less than or equal to {max}")));
    }
}

fn failed(path: &str, constraint: &str) -> String {
    format!("Value at '{path}' failed to satisfy constraint: {constraint}")
}

fn wrong_type(path: &str, wanted: &str) -> Failure {
    let place = if path.is_empty() { "The input".to_owned() } else { format!("Member '{path}'") };
    Failure::new("SerializationException", format!("{place} must be {wanted}"))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}.{name}") }
}
