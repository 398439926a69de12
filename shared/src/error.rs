//! What AWS said to a call, classified once, where the SDK's error is converted: by its type, by AWS's error code and by the
//! status, never by a text. And an error with its causes as one line of text, for the edges of a program.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind};
use std::error::Error;
use std::fmt;

/// What the failure of a call means to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// AWS was busy or broken, or did not answer: the same call may succeed later.
    Transient,
    /// The thing does not exist.
    NotFound,
    /// Something else uses the thing, or depends on it.
    InUse,
    /// No policy allows the call.
    Denied,
    /// The thing is in a state, or was changed, so that the call cannot be served now.
    Conflict,
    /// The request is wrong.
    Invalid,
    /// Anything else: final.
    Other,
}

/// Codes of throttling and of failures of AWS itself. The SDK knows the first kind too, but only for its own tries; its list
/// has `LimitExceededException` besides, with which some services name a quota, which waiting does not change.
const TRANSIENT: &[&str] = &[
    "BandwidthLimitExceeded",
    "DependencyTimeoutException",
    "EC2ThrottledException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "KMSInternalException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceInternalException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "Unavailable",
];
const NOT_FOUND: &[&str] = &["NoSuchBucket", "NoSuchEntity", "NoSuchKey", "ResourceNotFoundFault"];
const IN_USE: &[&str] = &[
    "DeleteConflict",
    "DependencyTimeout",
    "DependencyViolation",
    "FileSystemInUse",
    "ResourceInUse",
    "ResourceInUseException",
];
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "ForbiddenException",
    "UnauthorizedException",
    "UnauthorizedOperation",
];
const CONFLICT: &[&str] =
    &["ConcurrentModificationException", "ConflictException", "IncorrectState", "OperationAborted"];
const INVALID: &[&str] = &[
    "BadRequest",
    "BadRequestException",
    "InvalidInputException",
    "MalformedPolicyDocument",
    "SerializationException",
];

impl Class {
    /// The class of an error code.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        let has = |codes: &[&str]| codes.contains(&code);
        if has(TRANSIENT) {
            Self::Transient
        } else if has(NOT_FOUND) || code.ends_with("NotFound") || code.ends_with("NotFoundException") {
            Self::NotFound
        } else if has(IN_USE) || code.ends_with(".InUse") {
            Self::InUse
        } else if has(DENIED) {
            Self::Denied
        } else if has(CONFLICT) {
            Self::Conflict
        } else if has(INVALID) || code.starts_with("InvalidParameter") || code.starts_with("Validation") {
            Self::Invalid
        } else {
            Self::Other
        }
    }

    /// The class of an error of the SDK.
    #[must_use]
    pub fn of<E: ProvideErrorMetadata + ProvideErrorKind>(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Self::Transient,
            SdkError::DispatchFailure(failure) => of_connector(failure.as_connector_error()),
            SdkError::ServiceError(answer) => of_answer(answer.err(), answer.raw().status().as_u16()),
            _ => Self::Other,
        }
    }
}

/// A request that did not reach AWS. One that the program itself got wrong would not reach it later either.
fn of_connector(error: Option<&ConnectorError>) -> Class {
    if error.is_some_and(ConnectorError::is_user) { Class::Other } else { Class::Transient }
}

fn of_answer(refused: &(impl ProvideErrorMetadata + ProvideErrorKind), status: u16) -> Class {
    let by_code = ProvideErrorMetadata::code(refused).map_or(Class::Other, Class::of_code);
    let by_model = refused.retryable_error_kind();
    match by_code {
        Class::Other if matches!(by_model, Some(kind) if kind != ErrorKind::ClientError) => Class::Transient,
        // The statuses that the SDK tries again: AWS, or a proxy before it, failed.
        Class::Other if matches!(status, 500 | 502 | 503 | 504) => Class::Transient,
        class => class,
    }
}

/// What AWS answered to a call, or why nothing did.
pub struct Cause(Box<Answer>);

struct Answer {
    class: Class,
    code: Option<String>,
    message: String,
    /// What the SDK, or another library, says beyond that.
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// An answer of AWS with this code.
    #[must_use]
    pub fn answer(code: &str, message: &str) -> Self {
        let (class, code) = (Class::of_code(code), Some(code.to_owned()));
        Self(Box::new(Answer { class, code, message: message.to_owned(), source: None }))
    }

    /// Something that was not AWS's answer, such as a document that cannot be read.
    #[must_use]
    pub fn other(error: impl Error + Send + Sync + 'static) -> Self {
        Self::without_code(Class::Other, error)
    }

    /// An answer that lacks what it must have.
    #[must_use]
    pub fn incomplete(message: &str) -> Self {
        let (class, message) = (Class::Other, message.to_owned());
        Self(Box::new(Answer { class, code: None, message, source: None }))
    }

    /// A call that did not get an answer, and may get one later.
    #[must_use]
    pub fn interrupted(error: impl Error + Send + Sync + 'static) -> Self {
        Self::without_code(Class::Transient, error)
    }

    fn without_code(class: Class, error: impl Error + Send + Sync + 'static) -> Self {
        let message = error.to_string();
        Self(Box::new(Answer { class, code: None, message, source: Some(Box::new(error)) }))
    }

    #[must_use]
    pub fn class(&self) -> Class {
        self.0.class
    }

    /// AWS's code, when there was an answer with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// AWS's message, or what went wrong without an answer.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

/// `AccessDeniedException: not yours`.
impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code() {
            Some(code) if self.message().is_empty() => out.write_str(code),
            Some(code) => write!(out, "{code}: {}", self.message()),
            None => out.write_str(self.message()),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {self}", self.class())
    }
}

impl Error for Cause {
    /// What the copied error itself came from: its own words are the message.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().and_then(|error| error.source())
    }
}

/// The error of a call, classified. Of an answer with a code, code and message stay: what the SDK wraps around them says less.
pub fn cause<E>(error: SdkError<E, HttpResponse>) -> Cause
where
    E: ProvideErrorMetadata + ProvideErrorKind + Error + Send + Sync + 'static,
{
    let class = Class::of(&error);
    let Some(refused) = error.as_service_error() else { return Cause::without_code(class, error) };
    let message = refused.message().unwrap_or_default().to_owned();
    let (code, message) = match (ProvideErrorMetadata::code(refused), error.raw_response()) {
        (Some(code), _) => (Some(code.to_owned()), message),
        (None, Some(page)) => {
            (None, format!("an answer without a code, with the status {}", page.status().as_u16()))
        }
        (None, None) => (None, "an answer without a code".to_owned()),
    };
    Cause(Box::new(Answer { class, code, message, source: None }))
}

/// Whether AWS refused with one of these codes. For an operation that uses a code in a sense of its own; see [`Class`].
#[must_use]
pub fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, codes: &[&str]) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code.is_some_and(|code| codes.contains(&code))
}

/// The class of an error by the call that is among its causes. [`Class::Other`] when there is none.
#[must_use]
pub fn class(error: &(dyn Error + 'static)) -> Class {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.filter_map(|error| error.downcast_ref::<Cause>()).map(Cause::class).next().unwrap_or(Class::Other)
}

/// Whether the same call may do better later: AWS was busy or broken, or did not answer at all.
#[must_use]
pub fn is_transient(error: &(dyn Error + 'static)) -> bool {
    class(error) == Class::Transient
}

/// The error and all its causes, outermost first, separated by colons. A cause that only repeats what was already said
/// is left out.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !said.is_empty() && !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
