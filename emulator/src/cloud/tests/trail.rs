//! Events that CloudTrail makes of calls, on their way through the rules of EventBridge.

use super::studio::{aws, network};
use super::until;
use crate::{Cloud, Options};
use serde_json::{Value, json};
use std::sync::Mutex;

/// What SQS answers. The AWS CLI takes no endpoint for it from the environment.
async fn sqs(cloud: &Cloud, command: &str) -> Value {
    aws(cloud, &format!("sqs {command} --endpoint-url {}", cloud.endpoint())).await.unwrap()
}

/// A queue that gets what this rule matches: its URL.
async fn queue(cloud: &Cloud, name: &str, pattern: &Value) -> String {
    let made = sqs(cloud, &format!("create-queue --queue-name {name}")).await;
    let url = made["QueueUrl"].as_str().unwrap().to_owned();
    // A pattern has spaces, at which the test would cut a command.
    let file = cloud.state().join(format!("{name}.json"));
    std::fs::write(&file, pattern.to_string()).unwrap();
    let rule = format!("events put-rule --name {name} --event-pattern file://{}", file.display());
    let rule = aws(cloud, &rule).await.unwrap()["RuleArn"].as_str().unwrap().to_owned();
    let arn = cloud.context().arn("sqs", name);
    let policy = json!({"Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }]});
    let attributes = cloud.state().join(format!("{name}-queue.json"));
    std::fs::write(&attributes, json!({"Policy": policy.to_string()}).to_string()).unwrap();
    let set = format!("set-queue-attributes --queue-url {url} --attributes file://{}", attributes.display());
    sqs(cloud, &set).await;
    aws(cloud, &format!("events put-targets --rule {name} --targets Id=queue,Arn={arn}")).await.unwrap();
    url
}

/// The details of all events in a queue, once these are there: names and error codes of calls.
async fn details(cloud: &Cloud, queue: &str, expected: &[(&str, Option<&str>)]) -> Vec<Value> {
    let taken = Mutex::new(Vec::<Value>::new());
    until(&format!("{queue} has {expected:?}"), async || {
        let receive = format!("receive-message --max-number-of-messages 10 --queue-url {queue}");
        let received = sqs(cloud, &receive).await;
        let mut taken = taken.lock().unwrap();
        for message in received["Messages"].as_array().into_iter().flatten() {
            let mut event: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            assert_eq!((&event["account"], &event["region"]), (&json!("111122223333"), &json!("us-east-1")));
            taken.push(event["detail"].take());
        }
        let is_there = |name: &str, code: Option<&str>| {
            taken.iter().any(|detail| detail["eventName"] == name && detail["errorCode"].as_str() == code)
        };
        expected.iter().all(|(name, code)| is_there(name, *code))
    })
    .await;
    taken.into_inner().unwrap()
}

#[tokio::test]
async fn a_rule_sees_the_deletion_of_a_domain_and_not_a_refused_one() {
    let cloud = Cloud::start(Options { speed: 500.0, ..Options::default() }).await.unwrap();
    let deletions = json!({
        "source": ["aws.sagemaker"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["sagemaker.amazonaws.com"],
            "eventName": ["DeleteDomain"],
            "errorCode": [{"exists": false}],
        },
    });
    let deleted = queue(&cloud, "deleted", &deletions).await;
    let all = queue(&cloud, "all", &json!({"source": ["aws.sagemaker"]})).await;
    let (vpc, subnet) = network(&cloud, "us-east-1").await;
    let create = format!(
        "sagemaker create-domain --domain-name d --auth-mode IAM --vpc-id {vpc} --subnet-ids {subnet} \
         --default-user-settings {{}}"
    );
    let domain = aws(&cloud, &create).await.unwrap()["DomainId"].as_str().unwrap().to_owned();
    let delete = |id: &str| {
        format!("sagemaker delete-domain --domain-id {id} --retention-policy HomeEfsFileSystem=Delete")
    };
    let refused = aws(&cloud, &delete("d-none")).await.unwrap_err();
    assert!(refused.contains("ResourceNotFound"), "{refused}");
    let fault = json!({"kind": "throttle", "service": "sagemaker", "operation": "DeleteDomain"});
    cloud.faults().plan(serde_json::from_value(fault).unwrap());
    until("the domain is deleted", async || aws(&cloud, &delete(&domain)).await.is_ok()).await;

    let calls = [
        ("CreateDomain", None),
        ("DeleteDomain", Some("ResourceNotFound")),
        ("DeleteDomain", Some("ThrottlingException")),
        ("DeleteDomain", None),
    ];
    let seen = details(&cloud, &all, &calls).await;
    assert!(seen.iter().all(|detail| detail["readOnly"] == false), "{seen:?}");
    let seen = details(&cloud, &deleted, &calls[3..]).await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    let parameters = json!({"domainId": domain, "retentionPolicy": {"homeEfsFileSystem": "Delete"}});
    assert_eq!(seen[0]["requestParameters"], parameters);
    assert_eq!(seen[0]["userIdentity"]["type"], "Root");
    assert!(seen[0]["userAgent"].as_str().unwrap().starts_with("aws-cli/"), "{seen:?}");
    cloud.stop().await;
}
