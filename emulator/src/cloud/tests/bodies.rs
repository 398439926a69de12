//! Bodies that are no input of an API: refused whichever service they are for, while other calls are answered.

use super::answered;
use crate::{Cloud, Options};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;

/// The signature is not looked at before the body is read.
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/any/aws4_request, \
                      SignedHeaders=host, Signature=0";

async fn refused(endpoint: String, (path, target): (&str, &str), body: String) {
    let request = Request::post(format!("{endpoint}{path}"))
        .header("authorization", SIGNED)
        .header("content-type", "application/x-amz-json-1.1");
    let request = if target.is_empty() { request } else { request.header("x-amz-target", target) };
    let shown = format!("{path} {target} {body:.9}");
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let answer = client.request(request.body(Full::from(body)).unwrap()).await.unwrap();
    let status = answer.status();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&text);
    assert!(status == 400 && text.contains("SerializationException"), "{shown}: {status} {text}");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_by_every_service() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let deep = format!("{{\"a\":{}", "[".repeat(500_000));
    let closed = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let mut all = JoinSet::new();
    for place in [
        ("/", "Logs_20140328.DescribeLogGroups"),
        ("/", "TrentService.ListKeys"),
        ("/", "DynamoDB_20120810.ListTables"),
        ("/", "AmazonSQS.ListQueues"),
        ("/", "CloudFormation_20100515.CreateStack"),
        ("/", "SageMaker.ListDomains"),
        ("/", "CodePipeline_20150709.ListPipelines"),
        ("/2015-02-01/file-systems", ""),
        ("/2015-03-31/functions", ""),
    ] {
        for body in ["{", "[1]", "null", "no JSON", &deep, &closed] {
            all.spawn(refused(cloud.endpoint().to_owned(), place, body.to_owned()));
        }
    }
    let s3 = aws_sdk_s3::Client::new(&cloud.root().await);
    let other = async { s3.list_buckets().send().await.unwrap() };
    answered("every call", async { tokio::join!(all.join_all(), other) }).await;
    cloud.stop().await;
}
