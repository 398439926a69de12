//! Source actions that copy an object of S3.

use crate::cloud::{Cloud, approval, pipeline, until};
use crate::steps::{alone, check, create, token};
use serde_json::{Value, json};

fn s3_pipeline(configuration: Value) -> Value {
    let mut declared = pipeline("p", "SUPERSEDED", &approval());
    let source = &mut declared["pipeline"]["stages"][0]["actions"][0];
    source["actionTypeId"] = json!({"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"});
    source["configuration"] = configuration;
    declared
}

async fn first_action(cloud: &Cloud) -> Value {
    let actions = cloud.call("ListActionExecutions", json!({"pipelineName": "p"})).await;
    actions["actionExecutionDetails"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn an_s3_source_copies_its_object_into_the_artifact_store() {
    let cloud = Cloud::start().await;
    let declared = s3_pipeline(json!({"S3Bucket": "sources", "S3ObjectKey": "app.zip"}));
    let execution = create(&cloud, declared).await;
    until("the approval", || async { token(&cloud, "p").await.is_some() }).await;
    let done = first_action(&cloud).await;
    let output = &done["output"];
    assert_eq!(
        output["outputVariables"],
        json!({"BucketName": "sources", "ETag": "abc", "ObjectKey": "app.zip", "VersionId": "v1"})
    );
    let place = &output["outputArtifacts"][0]["s3location"];
    assert_eq!(place["bucket"], "artifacts");
    assert_eq!(cloud.uploads(), [format!("/artifacts/{}", place["key"].as_str().unwrap())]);
    let asked = json!({"pipelineName": "p", "pipelineExecutionId": execution});
    let shown = cloud.call("GetPipelineExecution", asked).await;
    let revision = &shown["pipelineExecution"]["artifactRevisions"][0];
    assert_eq!(revision["revisionId"], "v1");
    assert_eq!(revision["revisionSummary"], "Amazon S3 version id: v1");
}

#[tokio::test]
async fn an_s3_source_that_cannot_be_copied_fails_its_action() {
    for (bucket, key, role, code, part) in [
        (
            "sources",
            "missing.zip",
            "pipeline",
            "ConfigurationError",
            "s3://sources/missing.zip cannot be read",
        ),
        ("unversioned", "app.zip", "pipeline", "ConfigurationError", "does not keep versions"),
        ("sources", "app.zip", "revoked", "PermissionError", "does not trust"),
    ] {
        let cloud = Cloud::start().await;
        let mut declared = s3_pipeline(json!({"S3Bucket": bucket, "S3ObjectKey": key}));
        declared["pipeline"]["roleArn"] = json!(format!("arn:aws:iam::111122223333:role/{role}"));
        create(&cloud, declared).await;
        until("the failure", || async { first_action(&cloud).await["status"] == "Failed" }).await;
        let error = first_action(&cloud).await["output"]["executionResult"]["errorDetails"].take();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
        assert_eq!(cloud.uploads(), [""; 0]);
    }
}

#[tokio::test]
async fn an_s3_source_names_its_bucket_and_key() {
    let cloud = alone().await;
    let declared = s3_pipeline(json!({"S3Bucket": "sources"}));
    let answer = cloud.try_call("CreatePipeline", declared).await;
    check(answer, "InvalidActionDeclarationException", "'S3ObjectKey' is required");
}
