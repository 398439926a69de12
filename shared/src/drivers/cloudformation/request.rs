//! The envelope of a request. Its properties stay raw until it is known where to answer, so that a bad one can be
//! answered too.

use super::{Origin, Outcome, RequestIdentity, RequestType, Resource};
use crate::reconcile::output::Output;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
#[cfg(feature = "drivers")]
use serde_json::Map;
use serde_json::Value;
use std::time::Duration;

/// The physical id of a Create that failed before anything was made. `CloudFormation` deletes what it failed to create: the
/// Delete of this id does nothing.
pub(crate) const NEVER_CREATED: &str = "never-created";
/// CloudFormation's own default for `ServiceTimeout`, which is also its maximum.
const SERVICE_TIMEOUT: Duration = Duration::from_hours(1);

/// A request, without its `ResponseURL`
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html>).
///
/// Not `CloudFormationCustomResourceRequest` of `aws_lambda_events`: that derives `Debug` over the `ResponseURL` and the
/// properties, and it cannot be read without a known `RequestType` and properties that fit, so that nobody could be told what is
/// wrong with them. This type has no `Debug`: properties are not for the log.
#[expect(clippy::struct_field_names, reason = "these are CloudFormation's names")]
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    pub(crate) stack_id: String,
    pub(crate) request_id: String,
    pub(crate) logical_resource_id: String,
    #[serde(default)]
    request_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    physical_resource_id: Option<String>,
    #[serde(default)]
    resource_properties: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_resource_properties: Option<Value>,
}

/// A request and where its answer goes: a URL, or a URL that is encrypted.
#[derive(Serialize, Deserialize)]
pub(crate) struct Envelope<U> {
    #[serde(flatten)]
    pub(crate) request: Request,
    #[serde(rename = "ResponseURL")]
    pub(crate) url: U,
}

/// The `ResponseURL` as CloudFormation sends it: a password.
pub(crate) type PlainUrl = Secret<String>;

/// The `ResponseURL` as the state machine carries it: encrypted by KMS, in base64.
#[cfg(feature = "drivers")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EncryptedUrl {
    pub(crate) encrypted: String,
}

/// The input of a run of the state machine that a request started. All its steps and its response get it as it is.
#[cfg(feature = "drivers")]
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RequestInput {
    pub(crate) request: Envelope<EncryptedUrl>,
    /// When it was asked for, in seconds since 1970.
    pub(crate) asked: Option<u64>,
    /// The properties that `request` does not have because they are encrypted, in pieces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) encrypted_properties: Vec<String>,
}

impl<U: serde::de::DeserializeOwned> Envelope<U> {
    /// Reads the envelope. What is wrong is named and not quoted: the URL is part of it.
    pub(crate) fn read(event: Value) -> Result<Self, String> {
        let Value::Object(members) = &event else {
            return Err("the request is not a JSON object".to_owned());
        };
        let text =
            |key: &&str| members.get(*key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        if let Some(key) = ["StackId", "RequestId", "LogicalResourceId"].into_iter().find(|key| !text(key)) {
            return Err(format!("the request has no `{key}`: it is not of CloudFormation"));
        }
        if !members.contains_key("ResponseURL") {
            return Err("the request has no `ResponseURL`: nobody can be answered".to_owned());
        }
        serde_json::from_value(event).map_err(|_| {
            "the request is not what CloudFormation sends: its ResponseURL, RequestType or PhysicalResourceId is of another type"
                .to_owned()
        })
    }
}

/// A request whose properties were read.
pub(crate) struct ParsedRequest<G> {
    pub(crate) request: RequestType,
    /// Nothing: a Delete of what was never created, or of what is not undone.
    pub(crate) spec: Option<G>,
    /// The physical id to answer with: the first after success, the second after a failure.
    pub(crate) ids: [String; 2],
}

impl<G> ParsedRequest<G> {
    /// The outcome of the work. That of a Delete has no attributes, which CloudFormation does not read: a function that died after
    /// it started the state machine is invoked again, maybe when nothing is left to tell, and must answer as the state machine did.
    pub(crate) fn outcome(&self, result: Result<Output, String>) -> Outcome {
        let [success, failure] = &self.ids;
        let result = match self.request {
            RequestType::Delete => result.map(|_| Output::new()),
            RequestType::Create | RequestType::Update => result,
        };
        Outcome { physical_id: if result.is_ok() { success } else { failure }.clone(), result }
    }
}

impl Request {
    /// How long `CloudFormation` waits for the answer.
    pub(crate) fn service_timeout(&self) -> Duration {
        let seconds = match self.resource_properties.get("ServiceTimeout") {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(number) => number.as_u64(),
            None => None,
        };
        let asked = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        asked.unwrap_or(SERVICE_TIMEOUT).min(SERVICE_TIMEOUT)
    }

    /// Takes properties out. Nothing if it has none of these. What they were before is forgotten.
    #[cfg(feature = "drivers")]
    pub(crate) fn take_properties(&mut self, names: &[&str]) -> Option<Map<String, Value>> {
        if let Some(old) = self.old_resource_properties.as_mut().and_then(Value::as_object_mut) {
            old.retain(|name, _| !names.contains(&name.as_str()));
        }
        let properties = self.resource_properties.as_object_mut()?;
        let taken: Map<_, _> = names.iter().filter_map(|name| properties.remove_entry(*name)).collect();
        (!taken.is_empty()).then_some(taken)
    }

    /// Puts properties back.
    #[cfg(feature = "drivers")]
    pub(crate) fn put_properties(&mut self, taken: Map<String, Value>) {
        if let Some(properties) = self.resource_properties.as_object_mut() {
            properties.extend(taken);
        }
    }

    /// What is asked for, or how the request is refused.
    pub(crate) fn parse<R: Resource>(&self) -> Result<ParsedRequest<R::Spec>, Outcome> {
        let refused = |reason| self.refused(reason);
        let known = || self.known_id();
        let request = match self.request_type.as_str() {
            "Create" => RequestType::Create,
            "Update" => RequestType::Update,
            "Delete" if !R::UNDOES || self.existing_id() == Some(NEVER_CREATED) => {
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
        let properties: R::Properties = read_properties(&self.resource_properties).map_err(refused)?;
        let described = R::physical_id(&properties);
        let id =
            RequestIdentity { request: self.request_id.clone(), resource: self.logical_resource_id.clone() };
        let before = self.old_resource_properties.clone();
        let origin = Origin { id: Some(id), before, ..Origin::new(request, Some(self.stack_id.clone())) };
        let spec = R::spec(&origin, properties).map_err(refused)?;
        let ids = match (request, self.existing_id()) {
            (RequestType::Create, _) | (_, None) => [described.clone(), described],
            // The old thing is still there: a failed Update is rolled back on it.
            (RequestType::Update, Some(old)) => [described, old.to_owned()],
            (RequestType::Delete, Some(id)) => [id.to_owned(), id.to_owned()],
        };
        Ok(ParsedRequest { request, spec: Some(spec), ids })
    }

    /// The outcome of a request that nothing was done for: a Create leaves nothing behind, the others leave what there was.
    pub(crate) fn refused(&self, reason: String) -> Outcome {
        Outcome { physical_id: self.known_id(), result: Err(reason) }
    }

    fn known_id(&self) -> String {
        self.existing_id().unwrap_or(NEVER_CREATED).to_owned()
    }

    fn existing_id(&self) -> Option<&str> {
        self.physical_resource_id.as_deref().filter(|id| !id.is_empty())
    }
}

/// The spec of properties that a person gave, without `CloudFormation`: to undo.
#[cfg(feature = "drivers")]
pub(crate) fn by_hand<R: Resource>(properties: &Value) -> Result<R::Spec, String> {
    let origin = Origin::new(RequestType::Delete, None);
    R::spec(&origin, read_properties(properties)?)
}

/// Reads properties, without those that are for `CloudFormation`.
fn read_properties<P: serde::de::DeserializeOwned>(properties: &Value) -> Result<P, String> {
    let mut properties = properties.clone();
    if let Value::Object(properties) = &mut properties {
        properties.retain(|key, _| key != "ServiceToken" && key != "ServiceTimeout");
    }
    serde_path_to_error::deserialize(properties).map_err(|error| {
        let within = error.path().to_string();
        match within.as_str() {
            "." => format!("the properties cannot be read: {}", error.inner()),
            property => format!("the properties cannot be read: {} (property {property})", error.inner()),
        }
    })
}
