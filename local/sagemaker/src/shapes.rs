//! Checks a call's input against the service model, as AWS does before any of its own code runs, in AWS's words.
//! `shapes.json` holds the input shapes of the operations served here, cut from botocore's description of the service
//! (Apache-2.0).

use local_core::Failure;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../shapes.json")).expect("shapes.json ships with this crate")
});

#[derive(Deserialize)]
struct Model {
    /// Name of the input shape by operation.
    operations: BTreeMap<String, String>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Type,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: BTreeMap<String, String>,
    #[serde(default)]
    member: String,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    choices: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Regex>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Structure,
    List,
    String,
    Integer,
    Boolean,
    Timestamp,
}

/// The input without nulls and unknown members; none if the operation is not served here.
pub(crate) fn checked(operation: &str, input: &Value) -> Option<Result<Value, Failure>> {
    let shape = MODEL.operations.get(operation)?;
    let mut broken = Vec::new();
    let checked = visit(shape, "", input.clone(), &mut broken);
    Some(checked.and_then(|input| match broken.len() {
        0 => Ok(input),
        count => {
            let noun = if count == 1 { "error" } else { "errors" };
            let message = format!("{count} validation {noun} detected: {}", broken.join("; "));
            Err(Failure::new("ValidationException", message))
        }
    }))
}

fn visit(name: &str, path: &str, value: Value, broken: &mut Vec<String>) -> Result<Value, Failure> {
    let shape = MODEL.shapes.get(name).ok_or_else(|| wrong_type(path, "a shape this service knows"))?;
    let size = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    match (shape.kind, value) {
        (Type::Structure, Value::Object(members)) => visit_structure(shape, path, members, broken),
        (Type::List, Value::Array(items)) => {
            shape.check_range(path, "length", size(items.len()), "[..]", broken);
            let items = items.into_iter().filter(|item| !item.is_null()).enumerate();
            let visited = items
                .map(|(n, item)| visit(&shape.member, &format!("{path}.{}.member", n + 1), item, broken));
            Ok(Value::Array(visited.collect::<Result<_, _>>()?))
        }
        (Type::String, Value::String(text)) => {
            shape.check_range(path, "length", size(text.chars().count()), &text, broken);
            shape.check_text(path, &text, broken);
            Ok(text.into())
        }
        (Type::Integer, Value::Number(number)) => {
            let number = number.as_i64().ok_or_else(|| wrong_type(path, "an integer"))?;
            shape.check_range(path, "value", number, &number.to_string(), broken);
            Ok(number.into())
        }
        (Type::Boolean, value @ Value::Bool(_)) | (Type::Timestamp, value @ Value::Number(_)) => Ok(value),
        (Type::Structure, _) => Err(wrong_type(path, "an object")),
        (Type::List, _) => Err(wrong_type(path, "a list")),
        (Type::String, _) => Err(wrong_type(path, "a string")),
        (Type::Integer, _) => Err(wrong_type(path, "an integer")),
        (Type::Boolean, _) => Err(wrong_type(path, "a boolean")),
        (Type::Timestamp, _) => Err(wrong_type(path, "a timestamp in seconds")),
    }
}

fn visit_structure(
    shape: &Shape,
    path: &str,
    mut given: Map<String, Value>,
    broken: &mut Vec<String>,
) -> Result<Value, Failure> {
    let mut kept = Map::new();
    for (name, member) in &shape.members {
        let path = join(path, name);
        match given.remove(name).filter(|value| !value.is_null()) {
            Some(value) => {
                kept.insert(name.clone(), visit(member, &path, value, broken)?);
            }
            None if shape.required.contains(name) => {
                broken.push(format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                ));
            }
            None => {}
        }
    }
    Ok(kept.into())
}

impl Shape {
    fn check_text(&self, path: &str, text: &str, broken: &mut Vec<String>) {
        if let Some(pattern) = &self.pattern {
            let compiled = self.compiled.get_or_init(|| {
                Regex::new(&format!("^(?:{pattern})$"))
                    .expect("patterns of the service model are valid expressions")
            });
            if !compiled.is_match(text) {
                let rule = format!("Member must satisfy regular expression pattern: {pattern}");
                broken.push(failed(text, path, &rule));
            }
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| choice == text) {
            let rule = format!("Member must satisfy enum value set: [{}]", self.choices.join(", "));
            broken.push(failed(text, path, &rule));
        }
    }

    fn check_range(&self, path: &str, what: &str, number: i64, shown: &str, broken: &mut Vec<String>) {
        if let Some(min) = self.min.filter(|min| number < *min) {
            let rule = format!("Member must have {what} greater than or equal to {min}");
            broken.push(failed(shown, path, &rule));
        }
        if let Some(max) = self.max.filter(|max| number > *max) {
            let rule = format!("Member must have {what} less than or equal to {max}");
            broken.push(failed(shown, path, &rule));
        }
    }
}

fn failed(value: &str, path: &str, rule: &str) -> String {
    format!("Value '{value}' at '{path}' failed to satisfy constraint: {rule}")
}

fn wrong_type(path: &str, wanted: &str) -> Failure {
    let place = if path.is_empty() { "The input".to_owned() } else { format!("Member '{path}'") };
    Failure::new("SerializationException", format!("{place} must be {wanted}"))
}

/// AWS's messages write members with a small first letter.
fn join(path: &str, name: &str) -> String {
    let (first, rest) = name.split_at(1);
    let name = format!("{}{rest}", first.to_lowercase());
    if path.is_empty() { name } else { format!("{path}.{name}") }
}
