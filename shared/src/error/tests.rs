//! Errors of the SDK by class, and errors as text.

use super::*;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::types::error::{DisabledException, KmsInternalException};
use aws_smithy_types::error::ErrorMetadata;
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

fn page(status: u16) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), "<html>".into())
}

#[test]
fn codes_have_the_class_that_a_caller_acts_on() {
    for (codes, expected) in [
        (&["ThrottlingException", "KMSInternalException", "SlowDown"][..], Class::Transient),
        (
            &["InvalidGroup.NotFound", "ResourceNotFoundException", "NatGatewayNotFound", "NoSuchEntity"],
            Class::NotFound,
        ),
        (&["InvalidGroup.InUse", "DependencyViolation", "ResourceInUse"], Class::InUse),
        (&["AccessDenied", "UnauthorizedOperation", "AuthorizationError"], Class::Denied),
        (&["IncorrectState", "ConflictException"], Class::Conflict),
        (&["ValidationException", "InvalidParameterValue"], Class::Invalid),
        (&["LimitExceededException", "DisabledException", ""], Class::Other),
    ] {
        for code in codes {
            assert_eq!(Class::of_code(code), expected, "{code}");
        }
    }
}

#[test]
fn an_answer_is_classified_by_its_code_and_without_one_by_its_status() {
    let meta = |code: &str| ErrorMetadata::builder().code(code).message("for a test").build();
    let internal = KmsInternalException::builder().meta(meta("KMSInternalException")).build();
    let disabled = DisabledException::builder().meta(meta("DisabledException")).build();
    for (refused, status, expected) in [
        (DecryptError::KmsInternalException(internal), 500, Class::Transient),
        (DecryptError::DisabledException(disabled), 400, Class::Other),
        (DecryptError::generic(meta("AccessDeniedException")), 400, Class::Denied),
        (DecryptError::generic(meta("NotFoundException")), 500, Class::NotFound),
        (DecryptError::unhandled("?"), 503, Class::Transient),
        (DecryptError::unhandled("?"), 403, Class::Other),
    ] {
        let told = cause(SdkError::service_error(refused, page(status)));
        assert_eq!(told.class(), expected, "{told:?}");
        assert_eq!(class(&Link { text: "outer", source: told.into() }), expected);
    }
}

#[test]
fn a_call_without_an_answer_may_get_one_later() {
    type Sdk = SdkError<DecryptError, HttpResponse>;
    let connector = |error: fn(Box<dyn Error + Send + Sync>) -> ConnectorError| {
        Sdk::dispatch_failure(error(io::Error::other("refused").into()))
    };
    for (error, expected) in [
        (Sdk::timeout_error("slow"), Class::Transient),
        (Sdk::response_error("not JSON", page(200)), Class::Transient),
        (connector(ConnectorError::io), Class::Transient),
        (connector(ConnectorError::timeout), Class::Transient),
        (connector(ConnectorError::user), Class::Other),
        (Sdk::construction_failure("no Region"), Class::Other),
    ] {
        assert_eq!(cause(error).class(), expected);
    }
    assert_eq!(chain(&cause(connector(ConnectorError::io))), "dispatch failure: io error: refused");
}

#[test]
fn a_chain_says_everything_once() {
    let denied = || Cause::answer("AccessDeniedException", "not yours");
    check(["could not poll", "timeout"], io::Error::other("slow"), "could not poll: timeout: slow");
    check(["could not poll: slow", "slow"], io::Error::other("slow"), "could not poll: slow");
    check(["a", "b"], denied(), "a: b: AccessDeniedException: not yours");
    check(["a", "b"], Cause::answer("Gone", ""), "a: b: Gone");
    let page = cause(SdkError::service_error(DecryptError::unhandled("?"), page(503)));
    check(["a", "b"], page, "a: b: an answer without a code, with the status 503");
}
