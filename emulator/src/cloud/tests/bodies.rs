//! Bodies that are no input of an API: refused at once, whichever service they are for.

use crate::{Cloud, Options};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_by_every_service() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let deep = format!("{{\"a\":{}", "[".repeat(500_000));
    let closed = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    for (path, target) in [
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
            let begun = Instant::now();
            let request = Request::post(format!("{}{path}", cloud.endpoint()))
                .header("content-type", "application/x-amz-json-1.1");
            let request = if target.is_empty() { request } else { request.header("x-amz-target", target) };
            let answer = client.request(request.body(Full::from(body.to_owned())).unwrap()).await.unwrap();
            let status = answer.status().as_u16();
            let text = answer.into_body().collect().await.unwrap().to_bytes();
            assert!((400..500).contains(&status), "{path} {target} {body:.9}: {status} {text:?}");
            assert!(begun.elapsed() < Duration::from_secs(5), "{path} {target} {body:.9}");
        }
    }
    cloud.stop().await;
}
