//! The check of one input: what is null or unknown is dropped, every rule that is broken is told.

use super::{Rule, Shape, ShapeKind, Shapes};
use crate::Failure;
use serde_json::{Map, Value};

/// A check under way: the rules that were found broken so far.
pub(super) struct Check<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) broken: Vec<Broken>,
}

/// A rule that a member breaks.
pub(super) struct Broken {
    rule: Rule,
    /// The name of the member, or of the list that it is in.
    member: String,
    told: String,
}

impl<'a> Check<'a> {
    pub(super) fn visit(&mut self, name: &str, path: &str, value: Value) -> Result<Value, Failure> {
        let shapes: &'a Shapes = self.shapes;
        let shape = shapes.shape(name).ok_or_else(|| wrong_type(path, "a shape this service knows"))?;
        match (shape.kind, value) {
            (ShapeKind::Structure, Value::Object(members)) => self.structure(shape, path, members),
            (ShapeKind::Map, Value::Object(entries)) => self.map(shape, path, entries),
            (ShapeKind::List, Value::Array(items)) => {
                self.range(shape, path, ("length", size(items.len())), "[..]");
                let items = items.into_iter().enumerate().filter(|(_, item)| !item.is_null());
                let visited = items
                    .map(|(n, item)| self.visit(&shape.member, &format!("{path}.{}.member", n + 1), item));
                Ok(Value::Array(visited.collect::<Result<_, _>>()?))
            }
            (ShapeKind::String, Value::String(text)) => {
                self.range(shape, path, ("length", size(text.chars().count())), &text);
                self.text(shape, path, &text);
                Ok(text.into())
            }
            (ShapeKind::Integer, Value::Number(number)) => {
                let number = number.as_i64().ok_or_else(|| wrong_type(path, "an integer"))?;
                self.range(shape, path, ("value", number), &number.to_string());
                Ok(number.into())
            }
            (ShapeKind::Boolean, value @ Value::Bool(_))
            | (ShapeKind::Timestamp | ShapeKind::Float, value @ Value::Number(_)) => Ok(value),
            (kind, _) => Err(wrong_type(path, kind.noun())),
        }
    }

    /// The error for the rules that the input breaks, if there are any.
    pub(super) fn refused(&self, operation: &str) -> Option<Failure> {
        let first = self.broken.first()?;
        let own = self.shapes.refusal.and_then(|refusal| refusal(&first.member, first.rule));
        if let Some(own) = own.filter(|own| self.shapes.declares(operation, &own.code)) {
            return Some(own);
        }
        let noun = if self.broken.len() == 1 { "error" } else { "errors" };
        let told: Vec<_> = self.broken.iter().map(|broken| broken.told.as_str()).collect();
        let message = format!("{} validation {noun} detected: {}", self.broken.len(), told.join("; "));
        Some(Failure::new("ValidationException", message))
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
                    self.failed(Rule::Required, None, &path, "Member must not be null");
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
                Rule::Pattern,
                Some(text),
                path,
                &format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
        let choices = &shape.choices;
        if !choices.is_empty() && !choices.iter().any(|choice| choice == text) {
            self.failed(
                Rule::Choice,
                Some(text),
                path,
                &format!("Member must satisfy enum value set: [{}]", choices.join(", ")),
            );
        }
    }

    fn range(&mut self, shape: &Shape, path: &str, (what, number): (&str, i64), shown: &str) {
        if let Some(min) = shape.min.filter(|min| number < *min) {
            let rule = format!("Member must have {what} greater than or equal to {min}");
            self.failed(Rule::Least, Some(shown), path, &rule);
        }
        if let Some(max) = shape.max.filter(|max| number > *max) {
            let rule = format!("Member must have {what} less than or equal to {max}");
            self.failed(Rule::Most, Some(shown), path, &rule);
        }
    }

    fn failed(&mut self, kind: Rule, value: Option<&str>, path: &str, rule: &str) {
        let value = match value {
            _ if !self.shapes.repeats => String::new(),
            Some(value) => format!("'{value}' "),
            None => "null ".to_owned(),
        };
        let told = format!("Value {value}at '{path}' failed to satisfy constraint: {rule}");
        // The places in a list are numbers, each followed by `member`.
        let place = |part: &str| part == "member" || part.bytes().all(|byte| byte.is_ascii_digit());
        let member = path.rsplit('.').find(|part| !place(part)).unwrap_or_default().to_owned();
        self.broken.push(Broken { rule: kind, member, told });
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
