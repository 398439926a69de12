//! Turns an error and its causes into one line of text. Only the edges of a program do that; everything else passes
//! errors on as they are.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// What AWS answered, or why nothing did.
pub type Cause = Box<dyn Error + Send + Sync>;

/// The error and all its causes, outermost first, separated by colons. A cause that only repeats what was already said
/// is left out; what AWS answered is shown as code and message.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = said(error);
        if !said.is_empty() && !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

/// The codes with which AWS says "not now": throttling and its own failures. Everything else that has a code is final.
const PASSING: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "KMSInternalException",
    "DependencyTimeoutException",
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
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "TransactionInProgressException",
    "Unavailable",
];

/// The answer of AWS itself, when there was one: code and message, in a form that [`chain`] and [`passing`] know for every
/// service. Everything the SDK wraps around it says less.
pub fn cause<E>(error: SdkError<E, HttpResponse>) -> Cause
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let broken = |answer: &HttpResponse| answer.status().is_server_error();
    match error.as_service_error() {
        Some(refused) if refused.code().is_some() => Box::new(refused.meta().clone()),
        // A page of some proxy: no code, but a status that says whose fault it is.
        Some(_) if error.raw_response().is_some_and(broken) => Box::new(
            ErrorMetadata::builder().code("ServiceUnavailable").message("an answer without a code").build(),
        ),
        _ => Box::new(error),
    }
}

/// Whether AWS refused with one of these codes.
#[must_use]
pub fn refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>, codes: &[&str]) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code.is_some_and(|code| codes.contains(&code))
}

/// Whether the same call may do better a while later: AWS was busy or broken, or did not answer at all.
#[must_use]
pub fn passing(error: &(dyn Error + 'static)) -> bool {
    let causes = || std::iter::successors(Some(error), |error| (*error).source());
    let code = causes().find_map(|error| error.downcast_ref::<ErrorMetadata>()?.code().map(str::to_owned));
    match code {
        Some(code) => PASSING.contains(&code.as_str()),
        // The SDK's word for these is a text of its own; its types are generic in the operation.
        None => causes().any(|error| {
            let text = error.to_string();
            ["dispatch failure", "request has timed out", "response error"].contains(&text.as_str())
        }),
    }
}

/// What one cause says. The SDK's wrappers ("service error", "unhandled error") say nothing that their own cause does
/// not say better.
fn said(error: &(dyn Error + 'static)) -> String {
    if let Some(answer) = error.downcast_ref::<ErrorMetadata>() {
        let code = answer.code().unwrap_or("error without a code");
        return answer.message().map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    }
    let text = error.to_string();
    let empty = text == "service error" || text.starts_with("unhandled error") && error.source().is_some();
    if empty { String::new() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    }

    #[track_caller]
    fn check(texts: [&'static str; 2], last: impl Into<Box<dyn Error + Send + Sync>>, expected: &str) {
        let inner = Link { text: texts[1], source: last.into() };
        assert_eq!(chain(&Link { text: texts[0], source: inner.into() }), expected);
    }

    #[test]
    fn what_aws_modelled_is_told_by_its_code_and_a_broken_page_by_its_status() {
        use aws_sdk_kms::operation::decrypt::DecryptError;
        use aws_sdk_kms::types::error::{DisabledException, KmsInternalException};
        let meta = |code: &str| ErrorMetadata::builder().code(code).message("for a test").build();
        let page = |status: u16| HttpResponse::new(status.try_into().unwrap(), "<html>".into());
        let internal = KmsInternalException::builder().meta(meta("KMSInternalException")).build();
        let disabled = DisabledException::builder().meta(meta("DisabledException")).build();
        for (refused, status, expected) in [
            (DecryptError::KmsInternalException(internal), 500, true),
            (DecryptError::DisabledException(disabled), 400, false),
            (DecryptError::unhandled("?"), 503, true),
            (DecryptError::unhandled("?"), 403, false),
        ] {
            let told = cause(SdkError::service_error(refused, page(status)));
            assert_eq!(passing(&*told), expected, "{told:?}");
        }
    }

    #[test]
    fn a_chain_says_everything_once() {
        let denied = || ErrorMetadata::builder().code("AccessDeniedException").message("not yours").build();
        check(["could not poll", "timeout"], io::Error::other("slow"), "could not poll: timeout: slow");
        check(
            ["could not poll", "service error"],
            denied(),
            "could not poll: AccessDeniedException: not yours",
        );
        check(
            ["could not poll", "unhandled error (X)"],
            denied(),
            "could not poll: AccessDeniedException: not yours",
        );
        check(["could not poll: slow", "slow"], io::Error::other("slow"), "could not poll: slow");
        check(["a", "b"], ErrorMetadata::builder().build(), "a: b: error without a code");
    }
}
