//! What AWS's model says of the operations that a service serves: their inputs, against which a call is checked before any
//! code of the service runs and in AWS's words, and the errors that they may answer with.

mod check;

use crate::Failure;
use check::Check;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Error codes that a service may answer any call with, whatever its model says: those of AWS's lists of common errors, and
/// the ones of the protocols.
const COMMON: [&str; 16] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InternalFailure",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "RequestExpired",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
];

/// What the operations that a service serves here take and answer: `shapes.json` of its crate, cut from botocore's
/// description of the service (Apache-2.0).
#[derive(Deserialize)]
pub struct Shapes {
    /// Name of the input shape by operation.
    operations: BTreeMap<String, String>,
    /// Error codes by operation.
    #[serde(default)]
    errors: BTreeMap<String, Vec<String>>,
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

    /// Whether the model lets this operation fail with this code.
    #[must_use]
    pub fn declares(&self, operation: &str, code: &str) -> bool {
        let own = self.errors.get(operation).map(Vec::as_slice).unwrap_or_default();
        COMMON.contains(&code) || own.iter().any(|declared| declared == code)
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

    fn shape(&self, name: &str) -> Option<&Shape> {
        self.by_name.get(name)
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
