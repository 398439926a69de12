//! The envelope of a request. Its properties stay raw until it is known where to answer, so that a bad one can be
//! answered too.

use super::{Origin, Outcome, RequestType, Resource};
use crate::drivers::PANICKED;
use crate::reconcile::step::Output;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The physical id of a Create that failed before anything was made. `CloudFormation` deletes what it failed to create: the
/// Delete of this id does nothing.
pub(crate) const NEVER_CREATED: &str = "never-created";
/// CloudFormation's own default for `ServiceTimeout`, which is also its maximum.
const SERVICE_TIMEOUT: Duration = Duration::from_hours(1);

/// A request, without its `ResponseURL`. It has no `Debug`: properties are not for the log.
#[expect(clippy::struct_field_names, reason = "these are CloudFormation's names")]
pub(crate) struct Request {
    pub(crate) stack_id: String,
    pub(crate) request_id: String,
    pub(crate) logical_id: String,
    kind: String,
    physical_id: Option<String>,
    properties: Value,
    /// How long `CloudFormation` waits for the answer.
    pub(crate) service_timeout: Duration,
}

/// A request whose properties were read.
pub(crate) struct ParsedRequest<G> {
    pub(crate) request: RequestType,
    /// Nothing: a Delete of what was never created.
    pub(crate) spec: Option<G>,
    /// The physical id to answer with: the first after success, the second after a failure.
    pub(crate) ids: [String; 2],
}

impl<G> ParsedRequest<G> {
    /// The outcome of the work.
    pub(crate) fn outcome(&self, result: Result<Output, String>) -> Outcome {
        let [success, failure] = &self.ids;
        Outcome { physical_id: if result.is_ok() { success } else { failure }.clone(), result }
    }
}

impl Request {
    /// Reads the envelope; the second value is what stands at `ResponseURL`.
    pub(crate) fn read(event: Value) -> Result<(Self, Value), String> {
        let Value::Object(mut event) = event else {
            return Err("the request is not a JSON object".to_owned());
        };
        let mut text = |key: &str| match event.remove(key) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => Err(format!("the request has no `{key}`: it is not of CloudFormation")),
        };
        let (stack_id, request_id) = (text("StackId")?, text("RequestId")?);
        let logical_id = text("LogicalResourceId")?;
        let (kind, physical_id) = (text("RequestType").unwrap_or_default(), text("PhysicalResourceId").ok());
        let properties = event.remove("ResourceProperties").unwrap_or_else(|| json!({}));
        let url =
            event.remove("ResponseURL").ok_or("the request has no `ResponseURL`: nobody can be answered")?;
        let service_timeout = service_timeout(&properties);
        let properties = own(properties);
        let request =
            Self { stack_id, request_id, logical_id, kind, physical_id, properties, service_timeout };
        Ok((request, url))
    }

    /// The request as JSON, for [`Request::read`] to read again, with another value at `ResponseURL`.
    pub(crate) fn with_url(&self, url: &Value) -> Value {
        let mut properties = self.properties.clone();
        if let Value::Object(properties) = &mut properties {
            properties.insert("ServiceTimeout".to_owned(), self.service_timeout.as_secs().to_string().into());
        }
        let mut event = Map::from_iter([
            ("RequestType".to_owned(), json!(self.kind)),
            ("ResponseURL".to_owned(), url.clone()),
            ("StackId".to_owned(), json!(self.stack_id)),
            ("RequestId".to_owned(), json!(self.request_id)),
            ("LogicalResourceId".to_owned(), json!(self.logical_id)),
            ("ResourceProperties".to_owned(), properties),
        ]);
        if let Some(id) = &self.physical_id {
            event.insert("PhysicalResourceId".to_owned(), json!(id));
        }
        Value::Object(event)
    }

    /// The spec of the request, or how it is refused.
    pub(crate) fn understand<R: Resource>(&self) -> Result<ParsedRequest<R::Spec>, Outcome> {
        // Nothing was made yet: a Create leaves nothing behind, the others leave what there was.
        let known = || self.physical_id.clone().unwrap_or_else(|| NEVER_CREATED.to_owned());
        let refused = |reason| Outcome { physical_id: known(), result: Err(reason) };
        let request = match self.kind.as_str() {
            "Create" => RequestType::Create,
            "Update" => RequestType::Update,
            "Delete" if self.physical_id.as_deref() == Some(NEVER_CREATED) => {
                return Ok(ParsedRequest {
                    request: RequestType::Delete,
                    spec: None,
                    ids: [known(), known()],
                });
            }
            "Delete" => RequestType::Delete,
            kind => {
                let sentence =
                    format!("RequestType is `{kind}`: this function knows Create, Update and Delete");
                return Err(refused(sentence));
            }
        };
        let properties: R::Properties = read_properties(self.properties.clone()).map_err(refused)?;
        let described = R::physical_id(&properties);
        let origin = Origin { request, stack: Some(self.stack_id.clone()) };
        let spec = R::spec(&origin, properties).map_err(refused)?;
        let ids = match (request, &self.physical_id) {
            (RequestType::Create, _) | (_, None) => [described.clone(), described],
            // The old thing is still there: a failed Update is rolled back on it.
            (RequestType::Update, Some(old)) => [described, old.clone()],
            (RequestType::Delete, Some(id)) => [id.clone(), id.clone()],
        };
        Ok(ParsedRequest { request, spec: Some(spec), ids })
    }

    /// What happens to the request when the function has a bug.
    pub(crate) fn panicked(&self) -> Outcome {
        let physical_id = self.physical_id.clone().unwrap_or_else(|| NEVER_CREATED.to_owned());
        Outcome { physical_id, result: Err(PANICKED.to_owned()) }
    }
}

/// The spec of properties that a person gave, without `CloudFormation`: to undo.
pub(crate) fn by_hand<R: Resource>(properties: Value) -> Result<R::Spec, String> {
    let origin = Origin { request: RequestType::Delete, stack: None };
    R::spec(&origin, read_properties(own(properties))?)
}

fn read_properties<P: serde::de::DeserializeOwned>(properties: Value) -> Result<P, String> {
    serde_json::from_value(properties).map_err(|error| format!("the properties cannot be read: {error}"))
}

/// The properties without those that are for `CloudFormation`.
fn own(mut properties: Value) -> Value {
    if let Value::Object(properties) = &mut properties {
        properties.retain(|key, _| key != "ServiceToken" && key != "ServiceTimeout");
    }
    properties
}

fn service_timeout(properties: &Value) -> Duration {
    let seconds = match properties.get("ServiceTimeout") {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(number) => number.as_u64(),
        None => None,
    };
    seconds.filter(|seconds| *seconds > 0).map_or(SERVICE_TIMEOUT, Duration::from_secs).min(SERVICE_TIMEOUT)
}
