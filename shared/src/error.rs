//! Turns an error and its causes into one line of text. Only the edges of a program do that; everything else passes
//! errors on as they are.

use aws_smithy_types::error::ErrorMetadata;
use std::error::Error;

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
