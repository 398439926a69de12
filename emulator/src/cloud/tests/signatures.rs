//! Who may call: the holder of an access key and its secret, and everybody where AWS asks for no signature.

use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

/// A call of a service in each of AWS's protocols, with the error for a wrong signature, an unknown access key and no
/// signature at all. Without one, nothing but its path says what a REST call is for.
const CALLS: [(&str, [&str; 3]); 7] = [
    ("codepipeline list-pipelines", [WRONG_JSON, UNKNOWN_JSON, "(MissingAuthenticationTokenException)"]),
    ("sagemaker list-domains", [WRONG_JSON, UNKNOWN_JSON, "(MissingAuthenticationTokenException)"]),
    ("secretsmanager list-secrets", [WRONG_JSON, UNKNOWN_JSON, UNKNOWN_JSON]),
    ("efs describe-file-systems", [WRONG_JSON, UNKNOWN_JSON, "<Code>AccessDenied</Code>"]),
    ("iam list-roles", [WRONG, "(InvalidClientTokenId)", "(MissingAuthenticationToken)"]),
    ("ec2 describe-vpcs", ["(AuthFailure)", "(AuthFailure)", "(MissingParameter)"]),
    ("s3api list-buckets", [WRONG, "(InvalidAccessKeyId)", "(AccessDenied)"]),
];
const WRONG: &str = "(SignatureDoesNotMatch)";
const WRONG_JSON: &str = "(InvalidSignatureException)";
const UNKNOWN_JSON: &str = "(UnrecognizedClientException)";

#[track_caller]
fn refused(tried: &Result<Value, String>, code: &str) {
    let told = tried.as_ref().expect_err("the call should have been refused");
    assert!(told.contains(code), "no {code}: {told}");
}

/// Credentials of a role that may do everything.
async fn session(cloud: &Cloud) -> Value {
    let statement = |rest: Value| json!({"Version": "2012-10-17", "Statement": [rest]});
    let trust = statement(json!({
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole",
    }));
    let role = format!("iam create-role --role-name all --assume-role-policy-document {trust}");
    let role = aws(cloud, &role).await.unwrap()["Role"]["Arn"].take();
    let policy = statement(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let put = format!("iam put-role-policy --role-name all --policy-name all --policy-document {policy}");
    aws(cloud, &put).await.unwrap();
    let assume = format!("sts assume-role --role-session-name session --role-arn {}", role.as_str().unwrap());
    aws(cloud, &assume).await.unwrap()["Credentials"].take()
}

/// Status and body of the answer to a request without an `Authorization` header.
async fn send(method: &str, url: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let request = hyper::Request::builder().method(method).uri(url).body(Full::default()).unwrap();
    let answer = client.request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn only_the_holder_of_a_secret_key_is_served() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let session = session(&cloud).await;
    let mut forged = session.clone();
    forged["SecretAccessKey"] = "forged".into();
    for (call, [wrong, unknown, unsigned]) in CALLS {
        aws(&cloud, call).await.unwrap();
        aws_as(&cloud, &session, call).await.unwrap();
        for id in ["test", "111122223333"] {
            let guessed = json!({"AccessKeyId": id, "SecretAccessKey": "test"});
            refused(&aws_as(&cloud, &guessed, call).await, wrong);
        }
        refused(&aws_as(&cloud, &forged, call).await, wrong);
        let stranger = json!({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "test"});
        refused(&aws_as(&cloud, &stranger, call).await, unknown);
        refused(&aws(&cloud, &format!("{call} --no-sign-request")).await, unsigned);
    }
    cloud.stop().await;
}

async fn get(url: &str) -> (u16, String) {
    send("GET", url).await
}

#[tokio::test]
async fn what_ministack_has_beside_awss_apis_is_for_nobody() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    aws(&cloud, "s3api create-bucket --bucket kept").await.unwrap();
    for (method, path) in [
        ("POST", "/_ministack/reset"),
        ("POST", "/%5Fministack/reset"),
        ("POST", "/_ministack/reset/"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/ses/messages"),
    ] {
        let (status, body) = send(method, &format!("{}{path}", cloud.endpoint())).await;
        assert!(status == 404 && body.is_empty(), "{path}: {status} {body}");
    }
    aws(&cloud, "s3api head-bucket --bucket kept").await.unwrap();
    cloud.stop().await;
}

#[tokio::test]
async fn objects_are_read_by_presigned_url_or_if_they_are_public() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let file = cloud.state().join("file");
    std::fs::write(&file, "content").unwrap();
    for bucket in ["private", "public"] {
        aws(&cloud, &format!("s3api create-bucket --bucket {bucket}")).await.unwrap();
        let put = format!("s3api put-object --bucket {bucket} --key a/b --body {}", file.display());
        aws(&cloud, &put).await.unwrap();
    }
    let everybody = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::public/a/*",
    }]});
    aws(&cloud, "s3api delete-public-access-block --bucket public").await.unwrap();
    aws(&cloud, &format!("s3api put-bucket-policy --bucket public --policy {everybody}")).await.unwrap();
    let url = |bucket: &str| format!("{}/{bucket}/a/b", cloud.endpoint());
    assert_eq!(get(&url("public")).await, (200, "content".into()));
    let (status, body) = get(&url("private")).await;
    assert!(status == 403 && body.contains("AccessDenied"), "{status} {body}");

    let s3 = aws_sdk_s3::Client::new(&cloud.root().await);
    let hour =
        aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_hours(1)).unwrap();
    let presigned = s3.get_object().bucket("private").key("a/b").presigned(hour).await.unwrap();
    assert_eq!(get(presigned.uri()).await, (200, "content".into()));
    let (status, body) = get(&presigned.uri().replace("Signature=", "Signature=0")).await;
    assert!(status == 403 && body.contains("SignatureDoesNotMatch"), "{status} {body}");
    let (status, body) =
        get(&presigned.uri().replace("Credential=test", "Credential=AKIAIOSFODNN7EXAMPLE")).await;
    assert!(status == 403 && body.contains("InvalidAccessKeyId"), "{status} {body}");
    cloud.stop().await;
}
