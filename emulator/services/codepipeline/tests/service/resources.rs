//! Action types, webhooks, tags, and what IAM is asked.

use crate::cloud::{Cloud, action_type, approval, pipeline, type_id};
use crate::steps::{alone, check};
use emulator_core::{Call, Caller, Delivery, Permission, Service};
use serde_json::{Value, json};

#[tokio::test]
async fn action_types_are_created_once_and_come_back_only_unchanged() {
    let cloud = alone().await;
    check(
        cloud.try_call("CreateCustomActionType", action_type()).await,
        "ValidationException",
        "already exists",
    );
    let aws = json!({"actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}});
    check(cloud.try_call("PollForJobs", aws).await, "ValidationException", "owner Custom");
    let query = json!({"actionTypeId": type_id(), "queryParam": {"Branch": "main"}});
    check(cloud.try_call("PollForJobs", query).await, "ValidationException", "not a queryable property");
    for _ in 0..2 {
        cloud
            .call("DeleteCustomActionType", json!({"category": "Source", "provider": "Git", "version": "1"}))
            .await;
    }
    assert_eq!(
        cloud.code("PollForJobs", json!({"actionTypeId": type_id()})).await,
        "ActionTypeNotFoundException"
    );
    let mut changed = action_type();
    changed["configurationProperties"] = json!([]);
    check(cloud.try_call("CreateCustomActionType", changed).await, "ValidationException", "same definition");
    cloud.call("CreateCustomActionType", action_type()).await;
    let listed = cloud.call("ListActionTypes", json!({"actionOwnerFilter": "Custom"})).await;
    assert_eq!(listed["actionTypes"][0]["id"], type_id());
    assert_eq!(cloud.code("GetActionType", type_id()).await, "ValidationException");
    let id = json!({"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"});
    let got = cloud.call("GetActionType", id).await;
    assert_eq!(got["actionType"]["properties"][0]["optional"], false);
}

fn webhook(authentication: &str, configuration: &Value) -> Value {
    json!({"webhook": {
        "name": "hook", "targetPipeline": "p", "targetAction": "Clone",
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
        "authentication": authentication, "authenticationConfiguration": configuration,
    }})
}

#[tokio::test]
async fn a_webhook_starts_its_pipeline_and_keeps_its_secret() {
    let cloud = alone().await;
    let range = json!({"AllowedIPRange": "127.0.0.0/8"});
    assert_eq!(cloud.code("PutWebhook", webhook("IP", &range)).await, "PipelineNotFoundException");
    cloud.call("CreatePipeline", pipeline("p", "SUPERSEDED", &approval())).await;
    let wrong = "InvalidWebhookAuthenticationParametersException";
    assert_eq!(cloud.code("PutWebhook", webhook("IP", &json!({}))).await, wrong);
    assert_eq!(cloud.code("PutWebhook", webhook("IP", &json!({"AllowedIPRange": "x"}))).await, wrong);
    assert_eq!(cloud.code("PutWebhook", webhook("GITHUB_HMAC", &json!({}))).await, wrong);
    let mut filter = webhook("IP", &range);
    filter["webhook"]["filters"][0]["matchEquals"] = json!("{Nothing}");
    assert_eq!(cloud.code("PutWebhook", filter).await, "InvalidWebhookFilterPatternException");
    let secret = webhook("GITHUB_HMAC", &json!({"SecretToken": "hunter2"}));
    let put = cloud.call("PutWebhook", secret).await;
    assert!(!put.to_string().contains("hunter2"));
    let url = put["webhook"]["url"].as_str().unwrap();
    let (_, token) = url.split_once("/_webhooks/trigger?t=").unwrap();

    let again = cloud.call("PutWebhook", webhook("IP", &range)).await;
    assert_eq!(again["webhook"]["url"], url, "the URL stays");
    let send = |token: String, peer: &'static str, body: &'static str| {
        let service = cloud.service.clone();
        async move {
            let peer = peer.parse().unwrap();
            let delivery = Delivery { token: &token, peer, headers: &[], body: body.as_bytes() };
            service.deliver(delivery).map_or(404, |(status, _)| status)
        }
    };
    let main = r#"{"ref":"refs/heads/main"}"#;
    assert_eq!(send("other".into(), "127.0.0.1", main).await, 404);
    assert_eq!(send(token.into(), "192.0.2.1", main).await, 403);
    assert_eq!(send(token.into(), "127.0.0.1", "no JSON").await, 400);
    assert_eq!(send(token.into(), "127.0.0.1", r#"{"ref":"refs/heads/other"}"#).await, 200);
    let count = async || {
        let listed = cloud.call("ListPipelineExecutions", json!({"pipelineName": "p"})).await;
        let list = listed["pipelineExecutionSummaries"].as_array().unwrap().clone();
        (list.len(), list[0]["trigger"]["triggerType"].as_str().unwrap().to_owned())
    };
    assert_eq!(count().await, (1, "CreatePipeline".into()));
    assert_eq!(send(token.into(), "127.0.0.1", main).await, 200);
    assert_eq!(count().await, (2, "Webhook".into()));
    let register = json!({"webhookName": "hook"});
    assert_eq!(cloud.code("RegisterWebhookWithThirdParty", register).await, "ValidationException");
    cloud.call("DeleteWebhook", json!({"name": "hook"})).await;
    assert_eq!(cloud.call("ListWebhooks", json!({})).await, json!({"webhooks": []}));
}

#[tokio::test]
async fn tags_are_kept_per_resource() {
    let cloud = alone().await;
    cloud.call("CreatePipeline", pipeline("p", "SUPERSEDED", &approval())).await;
    for resource in ["p", "actiontype:Custom/Source/Git/1"] {
        let arn = format!("arn:aws:codepipeline:us-east-1:111122223333:{resource}");
        let tag = |key: &str| json!({"resourceArn": arn, "tags": [{"key": key, "value": "v"}]});
        cloud.call("TagResource", tag("a")).await;
        cloud.call("TagResource", tag("b")).await;
        let system = cloud.try_call("TagResource", tag("aws:a")).await;
        check(system, "InvalidTagsException", "Not allowed to modify system tags.");
        let many: Vec<_> = (0..50).map(|n| json!({"key": format!("{n}"), "value": "v"})).collect();
        let many = cloud.try_call("TagResource", json!({"resourceArn": arn, "tags": many})).await;
        check(many, "TooManyTagsException", &format!("Tag limit exceeded for resource [{arn}]."));
        cloud.call("UntagResource", json!({"resourceArn": arn, "tagKeys": ["a"]})).await;
        let listed = cloud.call("ListTagsForResource", json!({"resourceArn": arn})).await;
        assert_eq!(listed, json!({"tags": [{"key": "b", "value": "v"}]}));
    }
    let missing = json!({"resourceArn": "arn:aws:codepipeline:us-east-1:111122223333:q"});
    let missing = cloud.try_call("ListTagsForResource", missing).await;
    let text = "The account with id '111122223333' does not include a pipeline with the name 'q'";
    check(missing, "ResourceNotFoundException", text);
}

#[tokio::test]
async fn needs_name_the_resource_as_iam_does() {
    let cloud = Cloud::alone();
    let check = |operation: &str, input: Value, wanted: &[(&str, &str)]| {
        let caller = Caller { arn: String::new(), access_key: String::new() };
        let permissions =
            cloud.service.required_permissions(&Call { operation: operation.into(), input, caller });
        let wanted: Vec<_> =
            wanted.iter().map(|(action, resource)| Permission::new(*action, *resource)).collect();
        assert_eq!(permissions, wanted);
    };
    let arn = |resource: &str| format!("arn:aws:codepipeline:us-east-1:111122223333:{resource}");
    check(
        "PollForJobs",
        json!({"actionTypeId": type_id()}),
        &[("codepipeline:PollForJobs", &arn("actiontype:Custom/Source/Git/1"))],
    );
    check("AcknowledgeJob", json!({}), &[("codepipeline:AcknowledgeJob", "*")]);
    check(
        "StartPipelineExecution",
        json!({"name": "p"}),
        &[("codepipeline:StartPipelineExecution", &arn("p"))],
    );
    check(
        "CreatePipeline",
        pipeline("p", "SUPERSEDED", &approval()),
        &[
            ("codepipeline:CreatePipeline", &arn("p")),
            ("iam:PassRole", "arn:aws:iam::111122223333:role/pipeline"),
        ],
    );
    check(
        "PutWebhook",
        webhook("IP", &json!({})),
        &[("codepipeline:PutWebhook", &arn("webhook:hook")), ("codepipeline:PutWebhook", &arn("p"))],
    );
}
