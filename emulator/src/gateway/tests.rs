//! What the gateway reads off a request, and how inputs, outputs and errors look in both protocols of its services.

use super::protocol::{Kind, Protocol, aws_failure};
use super::request::{Name, Signature};
use super::{Response, cbor};
use emulator_core::{Failure, Registration, Shapes};
use http_body_util::BodyExt;
use hyper::http::request::Parts;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = hyper::Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

pub(super) fn signed(scope: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential=AKIA1/20260101/us-east-1/{scope}/aws4_request, SignedHeaders=host")
}

/// A call's service, operation and protocol, signed for `scope`.
#[track_caller]
fn check_name(scope: &str, method: &str, uri: &str, headers: &[(&str, &str)], body: &str, expected: &str) {
    let authorization = signed(scope);
    let mut headers = headers.to_vec();
    headers.push(("authorization", &authorization));
    let head = head(method, uri, &headers);
    let name = Name::of(&head, body.as_bytes(), Signature::of(&head).as_ref(), super::SERVICES);
    assert_eq!(format!("{}:{} {:?}", name.service, name.operation, name.protocol), expected);
}

#[test]
fn calls_are_named_by_target_path_or_form() {
    let target = [("x-amz-target", "CodePipeline_20150709.PollForJobs")];
    check_name("codepipeline", "POST", "/", &target, "{}", "codepipeline:PollForJobs Json");
    let target = [("x-amz-target", "secretsmanager.GetSecretValue")];
    check_name("secretsmanager", "POST", "/", &target, "{}", "secretsmanager:GetSecretValue Json");
    let cbor = [("smithy-protocol", "rpc-v2-cbor")];
    let path = "/service/CodeBuild_20161006/operation/StartBuild";
    check_name("codebuild", "POST", path, &cbor, "", "codebuild:StartBuild Cbor");
    let path = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    check_name("monitoring", "POST", path, &cbor, "", "cloudwatch:PutMetricData Cbor");
    let target = [("x-amz-target", "SageMaker.ListApps")];
    check_name("sagemaker", "POST", "/", &target, "{}", "sagemaker:ListApps Json");
    let path = "/service/SageMaker/operation/DeleteApp";
    check_name("sagemaker", "POST", path, &cbor, "", "sagemaker:DeleteApp Cbor");
    let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let body = "Version=2011-06-15&Action=AssumeRole&RoleArn=a%3Ab";
    check_name("sts", "POST", "/", &form, body, "sts:AssumeRole Query");
    check_name("ec2", "POST", "/", &form, "Action=DescribeVpcs", "ec2:DescribeVpcs Ec2");
    check_name("sts", "GET", "/?Action=GetCallerIdentity", &[], "", "sts:GetCallerIdentity Query");
    check_name("lambda", "POST", "/2015-03-31/functions/f/invocations", &[], "", "lambda:Invoke Rest");
    check_name("lambda", "GET", "/2015-03-31/functions", &[], "", "lambda:GET /2015-03-31/functions Rest");
    check_name("codeartifact", "GET", "/v1/domain?domain=a", &[], "", "codeartifact:DescribeDomain Rest");
    check_name("codeartifact", "POST", "/v1/domain?domain=a", &[], "{}", "codeartifact:CreateDomain Rest");
    check_name("codeartifact", "POST", "/v1/package/x", &[], "", "codeartifact:POST /v1/package/x Rest");
}

#[test]
fn operations_of_shared_services_are_routed_one_by_one() {
    const OWN: Registration = super::SERVICES[0];
    static SHARED: &[Registration] = &[
        Registration { operations: || vec!["ListPipelines"], shared: true, ..OWN },
        Registration { id: "cloudformation", target: "CloudFormation", shapes: || &QUERY, ..OWN },
    ];
    static QUERY: LazyLock<Shapes> = LazyLock::new(|| {
        Shapes::read(r#"{"operations": {}, "namespace": "http://example.com/", "shapes": {}}"#)
    });
    let owner = |scope: &str, uri: &str, headers: &[(&str, &str)], body: &str| {
        let authorization = signed(scope);
        let head = head("POST", uri, &[headers, &[("authorization", &authorization)]].concat());
        let name = Name::of(&head, body.as_bytes(), Signature::of(&head).as_ref(), SHARED);
        name.own.map(|service| service.id)
    };
    let json = |operation: &str| {
        let target = format!("CodePipeline_20150709.{operation}");
        owner("codepipeline", "/", &[("x-amz-target", &target)], "{}")
    };
    assert_eq!((json("ListPipelines"), json("GetPipeline")), (Some("codepipeline"), None));
    let cbor = |operation: &str| {
        let path = format!("/service/CodePipeline_20150709/operation/{operation}");
        owner("codepipeline", &path, &[("smithy-protocol", "rpc-v2-cbor")], "")
    };
    assert_eq!((cbor("ListPipelines"), cbor("GetPipeline")), (Some("codepipeline"), None));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let query = |scope: &str| owner(scope, "/", &form, "Version=1&Action=ListPipelines");
    assert_eq!((query("cloudformation"), query("iam")), (Some("cloudformation"), None));
    assert_eq!(query("codepipeline"), None, "it does not speak the query protocol");
    assert_eq!(owner("cloudformation", "/?Action=ListPipelines", &[], ""), Some("cloudformation"));
}

#[test]
fn every_route_of_a_rest_service_is_its_own() {
    let owner = |scope: &str, uri: &str, headers: &[(&str, &str)]| {
        let authorization = signed(scope);
        let head = head("POST", uri, &[headers, &[("authorization", &authorization)]].concat());
        let name = Name::of(&head, b"{}", Signature::of(&head).as_ref(), super::SERVICES);
        name.own.map(|service| service.id)
    };
    assert_eq!(owner("codeartifact", "/v1/domains", &[]), Some("codeartifact"));
    assert_eq!(
        owner("codeartifact", "/v1/nothing", &[]),
        Some("codeartifact"),
        "it says what it does not serve"
    );
    assert_eq!(owner("lambda", "/v1/domains", &[]), None);
    let target = [("x-amz-target", ".ListDomains")];
    assert_eq!(owner("codeartifact", "/", &target), None, "it has no name in the JSON protocol");
    for service in super::SERVICES.iter().filter(|service| (service.shapes)().is_rest()) {
        let shapes = (service.shapes)();
        for operation in (service.operations)() {
            let routed = shapes.route(operation).and_then(|route| shapes.routed(route));
            assert_eq!(routed, Some(operation), "{}", service.id);
        }
    }
}

#[test]
fn calls_of_s3_are_named_by_method_path_and_query() {
    let copy = [("x-amz-copy-source", "b/k")];
    let virtual_host = [("host", "b.localhost:4566")];
    let address = [("host", "127.0.0.1:4566")];
    let none: &[(&str, &str)] = &[];
    let cases = [
        ("GET", "/", none, "ListBuckets"),
        ("PUT", "/b", none, "CreateBucket"),
        ("HEAD", "/b", none, "HeadBucket"),
        ("DELETE", "/b", none, "DeleteBucket"),
        ("GET", "/b?list-type=2&prefix=p", none, "ListObjectsV2"),
        ("GET", "/b", none, "ListObjects"),
        ("GET", "/b?versions", none, "ListObjectVersions"),
        ("GET", "/b?location", none, "GetBucketLocation"),
        ("PUT", "/b/?policy", none, "PutBucketPolicy"),
        ("PUT", "/b?publicAccessBlock", none, "PutPublicAccessBlock"),
        ("POST", "/b?delete", none, "DeleteObjects"),
        ("PUT", "/b/a/b.zip", none, "PutObject"),
        ("PUT", "/b/k", &copy[..], "CopyObject"),
        ("GET", "/b/k?versionId=1", none, "GetObject"),
        ("HEAD", "/b/k", none, "HeadObject"),
        ("DELETE", "/b/k", none, "DeleteObject"),
        ("PUT", "/b/k?tagging", none, "PutObjectTagging"),
        ("POST", "/b/k?uploads", none, "CreateMultipartUpload"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", none, "UploadPart"),
        ("POST", "/b/k?uploadId=u", none, "CompleteMultipartUpload"),
        ("DELETE", "/b/k?uploadId=u", none, "AbortMultipartUpload"),
        ("GET", "/", &virtual_host[..], "ListObjects"),
        ("PUT", "/k", &virtual_host[..], "PutObject"),
        ("PUT", "/b", &address[..], "CreateBucket"),
    ];
    for (method, uri, headers, operation) in cases {
        check_name("s3", method, uri, headers, "", &format!("s3:{operation} S3"));
    }
}

#[test]
fn a_signature_is_found_in_the_header_or_the_query() {
    let expected = |token: Option<&str>| {
        Some(Signature {
            access_key: "AKIA1".into(),
            session_token: token.map(str::to_owned),
            region: "us-east-1".into(),
            scope: "s3".into(),
        })
    };
    let authorization = signed("s3");
    let header = ("authorization", authorization.as_str());
    let query = "/b/k?X-Amz-Credential=AKIA1%2F20260101%2Fus-east-1%2Fs3%2Faws4_request";
    assert_eq!(Signature::of(&head("GET", "/", &[header])), expected(None));
    assert_eq!(
        Signature::of(&head("GET", "/", &[header, ("x-amz-security-token", "t")])),
        expected(Some("t"))
    );
    assert_eq!(Signature::of(&head("GET", query, &[])), expected(None));
    let with_token = format!("{query}&X-Amz-Security-Token=a%2Bb");
    assert_eq!(Signature::of(&head("GET", &with_token, &[])), expected(Some("a+b")));
    assert_eq!(Signature::of(&head("GET", "/", &[("authorization", "Basic eA==")])), None);
    assert_eq!(Signature::of(&head("GET", "/", &[])), None);
}

#[test]
fn inputs_are_read_in_both_protocols() {
    let input = |protocol: Protocol, body: &[u8]| {
        protocol
            .input(&super::SERVICES[0], "GetPipeline", body, "")
            .map_or_else(|failure| failure.code, |input| input.to_string())
    };
    let indefinite = b"\xbf\x65count\x01\x64name\x61x\x64tags\x9f\x61a\xff\xff";
    assert_eq!(input(Protocol::Cbor, indefinite), r#"{"count":1,"name":"x","tags":["a"]}"#);
    assert_eq!(
        input(Protocol::Cbor, b"\xa1\x67created\xc1\x1a\x65\x53\xf1\x00"),
        r#"{"created":1700000000}"#
    );
    assert_eq!(input(Protocol::Cbor, b""), "{}");
    assert_eq!(input(Protocol::Cbor, b"\xa0"), "{}");
    assert_eq!(input(Protocol::Cbor, b"\x01"), "SerializationException");
    assert_eq!(input(Protocol::Cbor, b"\xbf"), "SerializationException");
    assert_eq!(input(Protocol::Json, br#"{"name":"x"}"#), r#"{"name":"x"}"#);
    assert_eq!(input(Protocol::Json, b""), "{}");
    assert_eq!(input(Protocol::Json, b"[]"), "SerializationException");
    assert_eq!(input(Protocol::Json, b"{"), "SerializationException");
}

/// Status, error type header and body of an answer; a CBOR body as JSON.
async fn read(response: Response) -> (u16, String, Value) {
    let (head, body) = response.into_parts();
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert!(header("x-amzn-requestid").is_some());
    let body = body.collect().await.unwrap().to_bytes();
    let body = match header("smithy-protocol") {
        Some(protocol) => {
            assert_eq!(
                (protocol.as_str(), header("content-type").as_deref()),
                ("rpc-v2-cbor", Some("application/cbor"))
            );
            cbor::decode(&body).unwrap()
        }
        None => serde_json::from_slice(&body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&body))),
    };
    (head.status.as_u16(), header("x-amzn-errortype").unwrap_or_default(), body)
}

#[tokio::test]
async fn errors_are_written_as_each_protocol_has_them() {
    let failure = Failure::new("InvalidNonceException", "a < b");
    let of = |protocol: Protocol| read(protocol.failure("codepipeline", &failure));
    let code = "InvalidNonceException".to_owned();
    assert_eq!(of(Protocol::Json).await, (400, code.clone(), json!({"__type": code, "message": "a < b"})));
    let kind = "com.amazonaws.codepipeline#InvalidNonceException";
    assert_eq!(of(Protocol::Cbor).await, (400, code.clone(), json!({"__type": kind, "message": "a < b"})));
    assert_eq!(of(Protocol::Rest).await, (400, code.clone(), json!({"Type": "Sender", "message": "a < b"})));
    for protocol in [Protocol::Query, Protocol::Ec2, Protocol::S3] {
        let (status, _, body) = of(protocol).await;
        let has = |part: &str| body.as_str().unwrap().contains(part);
        assert!(status == 400 && has("<Code>InvalidNonceException</Code><Message>a &lt; b</Message>"));
    }
}

#[test]
fn planned_errors_have_the_code_and_status_of_their_protocol() {
    let cases = [
        (Protocol::Json, Kind::Throttled, "ThrottlingException 400"),
        (Protocol::Cbor, Kind::Denied, "AccessDeniedException 400"),
        (Protocol::Query, Kind::Denied, "AccessDenied 403"),
        (Protocol::Ec2, Kind::Throttled, "RequestLimitExceeded 503"),
        (Protocol::Rest, Kind::Throttled, "TooManyRequestsException 429"),
        (Protocol::S3, Kind::Throttled, "SlowDown 503"),
        (Protocol::S3, Kind::Broken, "InternalError 500"),
        (Protocol::Json, Kind::Broken, "InternalFailure 500"),
    ];
    for (protocol, kind, expected) in cases {
        let failure = aws_failure(protocol, kind, "");
        assert_eq!(format!("{} {}", failure.code, failure.status), expected);
    }
}

#[test]
fn timestamps_are_tagged_and_nothing_else_is() {
    let output = json!({"created": 1.5, "version": 1, "tags": [{"created": "yesterday"}]});
    let body = cbor::encode(&output, &["created"]);
    let tags: Vec<_> = body.iter().filter(|byte| **byte == 0xc1).collect();
    assert_eq!(tags.len(), 1);
    assert_eq!(cbor::decode(&body).unwrap(), output);
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(|number: f64| json!(number)),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..5).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_survives_the_way_through_cbor(value in any_json()) {
        prop_assert_eq!(cbor::decode(&cbor::encode(&value, &[])).unwrap(), value);
    }
}
