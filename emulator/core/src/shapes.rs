//! What AWS's model says of the operations that a service serves: their inputs, against which a call is checked before any
//! code of the service runs and in AWS's words, their outputs where the protocol needs them, and their errors.

mod check;
mod rest;

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
    /// Name of the output shape by operation; for services with the query protocol only.
    #[serde(default)]
    outputs: BTreeMap<String, String>,
    /// Of the XML of the query protocol; none if the service does not speak it.
    namespace: Option<String>,
    /// Method and path by operation; for services with the REST protocol only.
    #[serde(default)]
    routes: BTreeMap<String, String>,
    /// HTTP statuses of error codes; for services with the REST protocol only.
    #[serde(default)]
    statuses: BTreeMap<String, u16>,
    /// Members of the structures that the code asks for with [`Shapes::only`].
    #[serde(default)]
    members: BTreeMap<String, Vec<String>>,
    #[serde(rename = "shapes")]
    by_name: BTreeMap<String, Shape>,
    /// Whether messages repeat a value that breaks a rule. Some services do; values of others may be secrets.
    #[serde(skip)]
    repeats: bool,
    /// The error for the first rule that an input breaks, of a service that has errors of its own: see [`Shapes::refusing`].
    #[serde(skip)]
    refusal: Option<Refusal>,
}

/// The error of a service for a member, by its name, and the rule that it breaks.
type Refusal = fn(&str, Rule) -> Option<Failure>;

/// A rule of the model that an input breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A member that must be there.
    Required,
    /// The pattern of a text.
    Pattern,
    /// The values that a text may have.
    Choice,
    /// The least length of a text or a list, or the least value of a number.
    Least,
    /// The greatest length or value.
    Most,
}

/// One shape of the model.
#[derive(Deserialize)]
pub struct Shape {
    #[serde(rename = "type")]
    kind: ShapeKind,
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
    /// What the query protocol calls the members, or the items of a list, that have another name there.
    #[serde(default)]
    locations: BTreeMap<String, String>,
    #[serde(default)]
    flattened: bool,
    /// Members that the REST protocol has in the query string, with their names there.
    #[serde(default)]
    query: BTreeMap<String, String>,
    #[serde(skip)]
    compiled: OnceLock<Regex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShapeKind {
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

    /// The same, for a service that answers an input that breaks rules with an error of its own, of the first of them, if the
    /// operation declares it.
    #[must_use]
    pub fn refusing(self, refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..self }
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

    /// The patterns that are no expressions to Rust: there must be none.
    #[must_use]
    pub fn unreadable(&self) -> Vec<&str> {
        let patterns = self.by_name.values().filter_map(|shape| shape.pattern.as_deref());
        patterns.filter(|pattern| expression(pattern).is_err()).collect()
    }

    /// The input with nulls and unknown members dropped, as AWS reads it; none if the operation is not served here. A member
    /// of the wrong type is a `SerializationException`; broken rules are a `ValidationException` that lists them all, or the
    /// service's own error.
    #[must_use]
    pub fn checked(&self, operation: &str, input: &Value) -> Option<Result<Value, Failure>> {
        let shape = self.operations.get(operation)?;
        let input = if input.is_null() { Value::Object(Map::new()) } else { input.clone() };
        let mut check = Check { shapes: self, broken: Vec::new() };
        let checked = check.visit(shape, "", input);
        Some(checked.and_then(|input| check.refused(operation).map_or(Ok(input), Err)))
    }

    /// The members of an object that this structure of the model has.
    ///
    /// # Panics
    /// When `shapes.json` does not have the structure: `make shapes` reads the names of the structures off the code.
    #[must_use]
    pub fn only(&self, structure: &str, from: &Value) -> Value {
        let members =
            self.members.get(structure).expect("`make shapes` writes the members of this structure");
        let there = members.iter().filter_map(|name| Some((name.clone(), from.get(name)?.clone())));
        Value::Object(there.collect())
    }

    /// The namespace of the query protocol, if the service speaks it.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The shape of an operation's input.
    #[must_use]
    pub fn input(&self, operation: &str) -> Option<&Shape> {
        self.shape(self.operations.get(operation)?)
    }

    /// The shape of an operation's output.
    #[must_use]
    pub fn output(&self, operation: &str) -> Option<&Shape> {
        self.shape(self.outputs.get(operation)?)
    }

    /// The shape of this name.
    #[must_use]
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.by_name.get(name)
    }
}

impl Shape {
    #[must_use]
    pub fn kind(&self) -> ShapeKind {
        self.kind
    }

    /// Of a structure: each member with its name in the query protocol and the name of its shape.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.members.iter().map(|(name, shape)| (name.as_str(), self.location(name), shape.as_str()))
    }

    /// Of a list: what the query protocol calls an item, and the name of its shape.
    #[must_use]
    pub fn item(&self) -> (&str, &str) {
        (self.location("member"), &self.member)
    }

    /// Of a map: the name of the shape of its values.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether the query protocol writes the items of this list or map without an element around them.
    #[must_use]
    pub fn is_flattened(&self) -> bool {
        self.flattened
    }

    fn location<'a>(&'a self, name: &'a str) -> &'a str {
        self.locations.get(name).map_or(name, String::as_str)
    }

    /// Patterns are for whole values.
    fn matches(&self, pattern: &str, text: &str) -> bool {
        let compiled = self
            .compiled
            .get_or_init(|| expression(pattern).expect("a test reads each pattern of the services' models"));
        compiled.is_match(text) && !(pattern.starts_with(NOT_BLANK) && text.trim().is_empty())
    }
}

/// The look-aheads that AWS's models have, always at the start: Rust's expressions have none.
const NOT_BLANK: &str = r"(?!\s*$)";
/// With bounds after it, which the model has as rules of the shape, too.
const LENGTH: &str = "(?=.{";

fn expression(pattern: &str) -> Result<Regex, regex::Error> {
    let pattern = pattern.strip_prefix(NOT_BLANK).unwrap_or(pattern);
    let bounded = pattern.strip_prefix(LENGTH).and_then(|bounds| bounds.split_once("}$)"));
    Regex::new(&format!("^(?:{})$", bounded.map_or(pattern, |(_, rest)| rest)))
}

impl ShapeKind {
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
