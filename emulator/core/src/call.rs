//! One AWS API call, decoded from whichever protocol carried it, and its answer. Nothing here knows HTTP.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What a service answers: the operation's output as AWS's JSON protocol shapes it (timestamps are epoch seconds as
/// numbers), or an AWS error.
pub type Answer = Result<Value, Failure>;

/// Who signed the request, as ministack resolved the access key.
#[derive(Clone, Debug)]
pub struct Caller {
    /// `arn:aws:sts::111122223333:assumed-role/Role/session`, `arn:aws:iam::111122223333:root`, ...
    pub arn: String,
    /// Access key id of the signature; not a secret.
    pub access_key: String,
}

/// One decoded API call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Operation name as in the service model, e.g. `PollForJobs`.
    pub operation: String,
    /// The operation's input as AWS's JSON protocol shapes it.
    pub input: Value,
    pub caller: Caller,
}

impl Call {
    /// The input as the operation's own type; a member of the wrong type is AWS's `SerializationException`, a missing
    /// one its `ValidationException`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_value(self.input.clone())
            .map_err(|error| Failure::new("ValidationException", format!("{}: {error}", self.operation)))
    }
}

/// One permission a call needs: checked against the caller's policies before the call is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// IAM action, e.g. `codebuild:StartBuild`.
    pub action: String,
    /// Resource ARN, or `*` for actions that take none.
    pub resource: String,
    /// What conditions may ask of the request: condition keys with a text, or a list of texts, each.
    pub context: Map<String, Value>,
    /// The resource whose own policy is asked, too; none for services without such policies.
    pub owned: Option<OwnedResource>,
}

/// A resource that may have a policy. In the account of its owner an Allow of either policy is enough, from another account both
/// have to allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedResource {
    pub arn: String,
    /// Account of the owner.
    pub owner: String,
    /// JSON; empty if it has none.
    pub policy: String,
}

impl Permission {
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into(), context: Map::new(), owned: None }
    }
}

/// An error as AWS would answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Error shape name, e.g. `InvalidNonceException`.
    pub code: String,
    pub message: String,
    /// HTTP status: 400 for what the caller did, 500 or 503 for what the service did.
    pub status: u16,
}

impl Failure {
    /// A client error (HTTP 400).
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400 }
    }

    /// Something broke inside the emulator itself.
    pub fn internal(error: &anyhow::Error) -> Self {
        Self { code: "InternalFailure".into(), message: format!("{error:#}"), status: 500 }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failure {}
