//! AWS's query protocol: forms to the JSON that services work on, and their outputs to XML, by the shapes of the service.

#[cfg(test)]
mod tests;

use super::protocol::escape;
use super::request::pairs;
use emulator_core::{Failure, Shape, ShapeKind, Shapes};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A name with more parts than this is of no shape: no model is that deep.
const DEEPEST: usize = 64;

/// Parameters of a form by the parts of their names: `Tags.member.1.Key`.
#[derive(Default)]
struct Node {
    value: Option<String>,
    parts: BTreeMap<String, Node>,
}

/// The input of an operation from a form or a query string.
pub(super) fn decode(shapes: &Shapes, operation: &str, form: &str) -> Result<Value, Failure> {
    let mut root = Node::default();
    for (name, value) in pairs(form) {
        let mut node = &mut root;
        for (depth, part) in name.split('.').enumerate() {
            if depth == DEEPEST {
                return Err(Failure::new("SerializationException", "A parameter has too many parts"));
            }
            node = node.parts.entry(part.to_owned()).or_default();
        }
        node.value = Some(value);
    }
    let shape = shapes.input(operation);
    Ok(shape.map_or_else(|| json!({}), |shape| value(shapes, shape, &root)))
}

/// A value as its shape wants it. What is not written so stays a text: the check of the input refuses it.
fn value(shapes: &Shapes, shape: &Shape, node: &Node) -> Value {
    let text = || node.value.clone().map_or(Value::Null, Value::from);
    let written = node.value.as_deref().unwrap_or_default();
    match shape.kind() {
        ShapeKind::Structure => {
            let members = shape.members().filter_map(|(name, location, member)| {
                Some((name.to_owned(), value(shapes, shapes.shape(member)?, node.parts.get(location)?)))
            });
            Value::Object(members.collect())
        }
        ShapeKind::List => {
            let (location, item) = shape.item();
            let items = if shape.is_flattened() { Some(node) } else { node.parts.get(location) };
            let item = shapes.shape(item);
            let items = items.into_iter().flat_map(Node::numbered);
            Value::Array(items.filter_map(|node| Some(value(shapes, item?, node))).collect())
        }
        ShapeKind::Map => {
            let entries = if shape.is_flattened() { Some(node) } else { node.parts.get("entry") };
            let item = shapes.shape(shape.value());
            let entries = entries.into_iter().flat_map(Node::numbered).filter_map(|entry| {
                let key = entry.parts.get("key")?.value.clone()?;
                Some((key, value(shapes, item?, entry.parts.get("value")?)))
            });
            Value::Object(entries.collect())
        }
        ShapeKind::String => text(),
        ShapeKind::Integer => written.parse::<i64>().map_or_else(|_| text(), Value::from),
        ShapeKind::Float => written.parse::<f64>().map_or_else(|_| text(), Value::from),
        ShapeKind::Boolean => written.parse::<bool>().map_or_else(|_| text(), Value::from),
        ShapeKind::Timestamp => {
            let time = written.parse::<jiff::Timestamp>();
            time.map_or_else(|_| text(), |time| emulator_core::epoch_seconds(time).into())
        }
    }
}

impl Node {
    /// The items of a list, in the order of their numbers.
    fn numbered(&self) -> Vec<&Self> {
        let mut items: Vec<(u32, &Self)> =
            self.parts.iter().filter_map(|(number, node)| Some((number.parse().ok()?, node))).collect();
        items.sort_by_key(|(number, _)| *number);
        items.into_iter().map(|(_, node)| node).collect()
    }
}

/// The answer of an operation.
pub(super) fn encode(shapes: &Shapes, operation: &str, output: &Value, request_id: &str) -> String {
    let mut body = String::new();
    if let (Some(shape), Value::Object(members)) = (shapes.output(operation), output) {
        let _ = write!(body, "<{operation}Result>");
        structure(shapes, shape, members, &mut body);
        let _ = write!(body, "</{operation}Result>");
    }
    let namespace = shapes.namespace().unwrap_or_default();
    format!(
        "<{operation}Response xmlns=\"{namespace}\">{body}<ResponseMetadata><RequestId>{request_id}</RequestId>\
         </ResponseMetadata></{operation}Response>"
    )
}

fn structure(shapes: &Shapes, shape: &Shape, members: &Map<String, Value>, body: &mut String) {
    for (name, location, member) in shape.members() {
        let value = members.get(name).filter(|value| !value.is_null());
        if let (Some(value), Some(shape)) = (value, shapes.shape(member)) {
            write(shapes, shape, location, value, body);
        }
    }
}

/// A member under its name.
fn write(shapes: &Shapes, shape: &Shape, location: &str, value: &Value, body: &mut String) {
    let flat = shape.is_flattened();
    if !flat {
        let _ = write!(body, "<{location}>");
    }
    match (shape.kind(), value) {
        (ShapeKind::Structure, Value::Object(members)) => structure(shapes, shape, members, body),
        (ShapeKind::List, Value::Array(items)) => {
            let (name, item) = shape.item();
            let name = if flat { location } else { name };
            for (value, item) in items.iter().filter_map(|value| Some((value, shapes.shape(item)?))) {
                write(shapes, item, name, value, body);
            }
        }
        (ShapeKind::Map, Value::Object(entries)) => {
            let name = if flat { location } else { "entry" };
            for (key, value) in entries {
                let _ = write!(body, "<{name}><key>{}</key>", escape(key));
                if let Some(item) = shapes.shape(shape.value()) {
                    write(shapes, item, "value", value, body);
                }
                let _ = write!(body, "</{name}>");
            }
        }
        (ShapeKind::Timestamp, value) => body.push_str(&time(value)),
        (_, Value::String(text)) => body.push_str(&escape(text)),
        (_, Value::Null) => {}
        (_, value) => body.push_str(&escape(&value.to_string())),
    }
    if !flat {
        let _ = write!(body, "</{location}>");
    }
}

/// Seconds since 1970 as the query protocol writes a time.
fn time(value: &Value) -> String {
    let time = value.as_f64().and_then(|seconds| jiff::SignedDuration::try_from_secs_f64(seconds).ok());
    let time = time.and_then(|since| jiff::Timestamp::from_duration(since).ok());
    time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()).unwrap_or_default()
}

/// The code and HTTP status that query services have for an error of the JSON protocols.
pub(super) fn error(code: &str) -> Option<(&'static str, u16)> {
    Some(match code {
        "AccessDeniedException" => ("AccessDenied", 403),
        "ExpiredTokenException" => ("ExpiredToken", 403),
        "InvalidSignatureException" => ("SignatureDoesNotMatch", 403),
        "MissingAuthenticationTokenException" => ("MissingAuthenticationToken", 403),
        "UnrecognizedClientException" => ("InvalidClientTokenId", 403),
        "SerializationException" => ("MalformedInput", 400),
        "ThrottlingException" => ("Throttling", 400),
        "UnknownOperationException" => ("InvalidAction", 400),
        "ValidationException" => ("ValidationError", 400),
        _ => return None,
    })
}
