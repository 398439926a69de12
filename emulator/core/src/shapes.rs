//! Checks a call's input against the description of its service, as AWS does before any code of the service runs, and in
//! AWS's words.

use crate::Failure;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The input shapes of the operations that a service serves here: `shapes.json` of its crate, cut from botocore's
/// description of the service (Apache-2.0).
#[derive(Deserialize)]
pub struct Shapes {
    /// Name of the input shape by operation.
    operations: BTreeMap<String, String>,
    #[serde(rename = "shapes")]
    by_name: BTreeMap<String, Shape>,
    /// Whether messages repeat a value that breaks a rule. Some services do; values of others may be secrets.
    #[serde(skip)]
    repeats: bool,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: BTreeMap<String, String>,
    #[serde(default)]
    member: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
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
enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Float,
    Boolean,
    Timestamp,
}

impl Shapes {
    /// Reads the text of a `shapes.json`. Messages repeat no value.
    ///
    /// # Panics
    /// When it is not one: it ships with its crate.
    #[must_use]
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("shapes.json ships with its crate")
    }

    /// The same, with messages that repeat values.
    #[must_use]
    pub fn repeating_values(self) -> Self {
        Self { repeats: true, ..self }
    }

    /// Names of the operations that have a shape, in order.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.operations.keys().map(String::as_str)
    }

    /// The input with nulls and unknown members dropped, as AWS reads it; none if the operation is not served here. A member
    /// of the wrong type is a `SerializationException`; broken rules are a `ValidationException` that lists them all.
    #[must_use]
    pub fn checked(&self, operation: &str, input: &Value) -> Option<Result<Value, Failure>> {
        let shape = self.operations.get(operation)?;
        let input = if input.is_null() { Value::Object(Map::new()) } else { input.clone() };
        let mut check = Check { shapes: self, broken: Vec::new() };
        let checked = check.visit(shape, "", input);
        Some(checked.and_then(|input| match check.broken.len() {
            0 => Ok(input),
            count => {
                let noun = if count == 1 { "error" } else { "errors" };
                let message = format!("{count} validation {noun} detected: {}", check.broken.join("; "));
                Err(Failure::new("ValidationException", message))
            }
        }))
    }
}

/// A check under way: the rules that were found broken so far.
struct Check<'a> {
    shapes: &'a Shapes,
    broken: Vec<String>,
}

impl<'a> Check<'a> {
    fn visit(&mut self, name: &str, path: &str, value: Value) -> Result<Value, Failure> {
        let shapes: &'a Shapes = self.shapes;
        let shape = shapes.by_name.get(name).ok_or_else(|| wrong_type(path, "a shape this service knows"))?;
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => self.structure(shape, path, members),
            (Kind::Map, Value::Object(entries)) => self.map(shape, path, entries),
            (Kind::List, Value::Array(items)) => {
                self.range(shape, path, ("length", size(items.len())), "[..]");
                let items = items.into_iter().enumerate().filter(|(_, item)| !item.is_null());
                let visited = items
                    .map(|(n, item)| self.visit(&shape.member, &format!("{path}.{}.member", n + 1), item));
                Ok(Value::Array(visited.collect::<Result<_, _>>()?))
            }
            (Kind::String, Value::String(text)) => {
                self.range(shape, path, ("length", size(text.chars().count())), &text);
                self.text(shape, path, &text);
                Ok(text.into())
            }
            (Kind::Integer, Value::Number(number)) => {
                let number = number.as_i64().ok_or_else(|| wrong_type(path, "an integer"))?;
                self.range(shape, path, ("value", number), &number.to_string());
                Ok(number.into())
            }
            (Kind::Boolean, value @ Value::Bool(_))
            | (Kind::Timestamp | Kind::Float, value @ Value::Number(_)) => Ok(value),
            (kind, _) => Err(wrong_type(path, kind.noun())),
        }
    }

    fn structure(
        &mut self,
        shape: &Shape,
        path: &str,
        mut given: Map<String, Value>,
    ) -> Result<Value, Failure> {
        let mut kept = Map::new();
        for (name, member) in &shape.members {
            let path = join(path, &small(name));
            match given.remove(name).filter(|value| !value.is_null()) {
                Some(value) => {
                    kept.insert(name.clone(), self.visit(member, &path, value)?);
                }
                None if shape.required.contains(name) => {
                    self.failed(None, &path, "Member must not be null");
                }
                None => {}
            }
        }
        Ok(kept.into())
    }

    fn map(&mut self, shape: &Shape, path: &str, entries: Map<String, Value>) -> Result<Value, Failure> {
        self.range(shape, path, ("length", size(entries.len())), "{..}");
        let mut kept = Map::new();
        for (name, entry) in entries.into_iter().filter(|(_, entry)| !entry.is_null()) {
            let path = join(path, &format!("{name}.member"));
            self.visit(&shape.key, &path, Value::String(name.clone()))?;
            kept.insert(name, self.visit(&shape.value, &path, entry)?);
        }
        Ok(kept.into())
    }

    fn text(&mut self, shape: &Shape, path: &str, text: &str) {
        if let Some(pattern) = shape.pattern.as_ref().filter(|pattern| !shape.matches(pattern, text)) {
            self.failed(
                Some(text),
                path,
                &format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
        let choices = &shape.choices;
        if !choices.is_empty() && !choices.iter().any(|choice| choice == text) {
            self.failed(
                Some(text),
                path,
                &format!("Member must satisfy enum value set: [{}]", choices.join(", ")),
            );
        }
    }

    fn range(&mut self, shape: &Shape, path: &str, (what, number): (&str, i64), shown: &str) {
        if let Some(min) = shape.min.filter(|min| number < *min) {
            self.failed(
                Some(shown),
                path,
                &format!("Member must have {what} greater than or equal to {min}"),
            );
        }
        if let Some(max) = shape.max.filter(|max| number > *max) {
            self.failed(Some(shown), path, &format!("Member must have {what} less than or equal to {max}"));
        }
    }

    fn failed(&mut self, value: Option<&str>, path: &str, rule: &str) {
        let value = match value {
            _ if !self.shapes.repeats => String::new(),
            Some(value) => format!("'{value}' "),
            None => "null ".to_owned(),
        };
        self.broken.push(format!("Value {value}at '{path}' failed to satisfy constraint: {rule}"));
    }
}

impl Shape {
    /// Patterns are for whole values.
    fn matches(&self, pattern: &str, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| {
            Regex::new(&format!("^(?:{pattern})$"))
                .expect("patterns of the service model are valid expressions")
        });
        compiled.is_match(text)
    }
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Self::Structure | Self::Map => "an object",
            Self::List => "a list",
            Self::String => "a string",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::Boolean => "a boolean",
            Self::Timestamp => "a timestamp in seconds",
        }
    }
}

fn size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn wrong_type(path: &str, wanted: &str) -> Failure {
    let place = if path.is_empty() { "The input".to_owned() } else { format!("Member '{path}'") };
    Failure::new("SerializationException", format!("{place} must be {wanted}"))
}

/// AWS's messages write members with a small first letter.
fn small(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_lowercase())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
