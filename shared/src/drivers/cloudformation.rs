//! CloudFormation custom resources: whatever happens, an answer reaches the `ResponseURL` of a request. Where the
//! function died and was asked again, the same one may arrive twice; CloudFormation reads the first.

#[cfg(feature = "drivers")]
mod driver;
#[cfg(feature = "drivers")]
pub(crate) mod encryption;
mod look_up;
mod one_shot;
pub mod properties;
mod reply;
mod request;
mod send;
#[cfg(feature = "drivers")]
mod start_execution;
mod work;

#[cfg(feature = "drivers")]
pub use driver::serve;
pub use look_up::LookUp;
pub use one_shot::serve_one_shot;

pub(crate) use reply::{Outcome, reply};
#[cfg(feature = "drivers")]
pub(crate) use request::{EncryptedUrl, RequestInput, by_hand};
pub(crate) use request::{Envelope, PlainUrl, Request};
pub(crate) use send::send;
#[cfg(feature = "drivers")]
pub(crate) use work::answer_within;

use crate::reconcile::step::Reconcile;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What CloudFormation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize)]
pub enum RequestType {
    Create,
    Update,
    Delete,
}

/// Who asks, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// What is asked for. A person who starts the state machine asks for what a Delete does.
    pub request: RequestType,
    /// The ARN of the stack whose resource it is. Nothing for a person.
    pub stack: Option<String>,
    /// Which request of that stack it is. Nothing for a person.
    pub id: Option<RequestIdentity>,
    /// The properties that an Update replaces, as they were given, without those of [`Resource::ENCRYPTED`].
    pub before: Option<Value>,
}

impl Origin {
    /// A request of which nothing else is known.
    #[must_use]
    pub fn new(request: RequestType, stack: Option<String>) -> Self {
        Self { request, stack, id: None, before: None }
    }
}

/// Which request it is: the same for every delivery of it and for every step of its state machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestIdentity {
    /// The id of the request, which no other request of its stack has.
    pub request: String,
    /// The name of the resource in the template.
    pub resource: String,
}

/// A reconciler that CloudFormation can own.
pub trait Resource: Reconcile {
    /// Whether a Delete has something to undo. Where it has not, it succeeds at once, whatever the properties are.
    const UNDOES: bool = true;

    /// Properties that the input of the state machine holds encrypted, as it does the `ResponseURL`: everyone who may read executions
    /// can read that input.
    const ENCRYPTED: &'static [&'static str] = &[];

    /// The resource's properties, as the template gives them, without `ServiceToken` and `ServiceTimeout`; CloudFormation
    /// sends every scalar as a string.
    type Properties: DeserializeOwned + Send;

    /// A stable name for what the properties describe. Another one on Update means replacement.
    fn physical_id(properties: &Self::Properties) -> String;

    /// What is to be done for a request.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    fn spec(origin: &Origin, properties: Self::Properties) -> Result<Self::Spec, String>;

    /// What a person does about a run that ended too early.
    #[must_use]
    fn again(request: RequestType) -> &'static str {
        match request {
            RequestType::Delete => "deleting the stack again continues where it stopped",
            RequestType::Create | RequestType::Update => "doing it again continues where it stopped",
        }
    }
}

#[cfg(test)]
#[cfg(feature = "drivers")]
mod tests;
