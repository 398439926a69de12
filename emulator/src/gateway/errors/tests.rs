//! Where each protocol puts the code of an error, as AWS, ministack and the gateway itself write it.

use super::code;
use crate::gateway::cbor;
use crate::gateway::protocol::{Kind, Protocol, aws_failure};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::HeaderMap;
use serde_json::json;

#[track_caller]
fn check(headers: &[(&'static str, &str)], body: impl Into<Bytes>, expected: Option<&str>) {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    assert_eq!(code(&headers, &body.into()).as_deref(), expected);
}

#[test]
fn the_code_is_read_off_the_header_or_out_of_the_body() {
    let denied = Some("AccessDeniedException");
    check(&[], r#"{"__type": "AccessDeniedException", "message": "no"}"#, denied);
    check(&[], r#"{"__type": "com.amazonaws.kms#AccessDeniedException"}"#, denied);
    check(&[], r#"{"code": "AccessDeniedException"}"#, denied);
    check(&[("x-amzn-errortype", "AccessDeniedException:http://internal.amazon.com/")], "{}", denied);
    check(&[("x-amzn-query-error", "AccessDenied;Sender")], "", Some("AccessDenied"));
    let body = cbor::encode(&json!({"__type": "com.amazonaws.codebuild#AccessDeniedException"}), &[]);
    check(&[], body, denied);
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code></Error></ErrorResponse>";
    check(&[], body, Some("AccessDenied"));
    let body = "<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>";
    check(&[], body, Some("UnauthorizedOperation"));
    let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>";
    check(&[], body, Some("NoSuchKey"));
}

#[test]
fn an_error_without_a_code_has_none() {
    for body in ["", "{}", "not found", "<html></html>", r#"{"__type": ""}"#] {
        check(&[], body, None);
    }
}

#[tokio::test]
async fn what_the_gateway_refuses_has_its_code_in_every_protocol() {
    use Protocol::{Cbor, Ec2, Json, Query, Rest, S3};
    for protocol in [Json, Cbor, Query, Ec2, Rest, S3] {
        let failure = aws_failure(protocol, Kind::Denied, "no");
        let (head, body) = protocol.failure("codebuild", &failure).into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(code(&head.headers, &body), Some(failure.code.clone()), "{protocol:?}");
        if protocol != Rest {
            assert_eq!(code(&HeaderMap::new(), &body), Some(failure.code), "{protocol:?} without its header");
        }
    }
}
