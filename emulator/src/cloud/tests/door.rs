//! What a page in a browser on this machine may do with the emulator: nothing.

use crate::{Cloud, Options};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// Status, headers and body of the answer to a POST.
async fn post(url: &str, headers: &[(&str, &str)], body: &'static str) -> (u16, String, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let request =
        headers.iter().fold(Request::post(url), |request, (name, value)| request.header(*name, *value));
    let answer = client.request(request.body(Full::from(body)).unwrap()).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, headers, String::from_utf8_lossy(&body).into_owned())
}

const SIGNED: (&str, &str) = (
    "authorization",
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00",
);
const CALL: &str = "Action=CreateRole&Version=2010-05-08&RoleName=page&AssumeRolePolicyDocument=%7B%22Version%22%3A\
                    %222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";

#[tokio::test]
async fn a_web_page_reaches_neither_the_gateway_nor_ministack_nor_the_bridge() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let root = cloud.endpoint().to_owned();
    for page in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("host", "evil.example"),
    ] {
        for path in ["/", "/_local/faults", "/_webhooks/trigger?token=x", "/_bridge/issued"] {
            let (status, headers, body) = post(&format!("{root}{path}"), &[page, SIGNED], CALL).await;
            assert_eq!(status, 403, "{page:?} {path}: {body}");
            assert!(!headers.contains("access-control"), "{headers}");
        }
    }
    let roles = cloud.recorder().since(0).iter().filter(|call| call.operation == "CreateRole").count();
    assert_eq!(roles, 0, "no call of a page was served");

    // What programs on this machine may call holds no way to the bridge, however it is spelled.
    for path in [
        "/_bridge/issued",
        "/%5fbridge/issued",
        "/%5Fbridge/issued",
        "//_bridge/issued",
        "/x/../_bridge/issued",
    ] {
        let asked = [("x-emulator-bridge", "yes"), ("x-emulator-secret", "guess")];
        let (_, _, body) = post(&format!("{root}{path}"), &asked, "{}").await;
        assert!(!body.contains("secrets"), "{path}: {body}");
    }
    for path in ["/", "/_bridge/issued", "/_ministack/health"] {
        let url = format!("{}{path}", cloud.ministack.url());
        for headers in
            [&[SIGNED][..], &[SIGNED, ("x-emulator-secret", "guess"), ("x-emulator-bridge", "yes")]]
        {
            let (status, _, body) = post(&url, headers, CALL).await;
            assert_eq!(status, 403, "{path}: {body}");
        }
    }

    // A program gets ministack's answer, here to a signature that is none, and no answer lets a page read it.
    let (status, headers, body) = post(&root, &[SIGNED, ("x-amz-date", "20260101T000000Z")], CALL).await;
    assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{status} {body}");
    assert!(!headers.contains("access-control"), "{headers}");
}
