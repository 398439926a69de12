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
