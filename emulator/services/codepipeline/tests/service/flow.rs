//! Whole executions: from the job of a custom source to a build or an approval.

use crate::cloud::{Cloud, action_type, approval, build, pass, pipeline, type_id, until};
use crate::steps::{answer, cloud_with, token};
use emulator_core::Service;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_source_job_leads_to_a_build_with_its_artifact_and_variables() {
    let (cloud, execution) = cloud_with("a-name-longer-than-twenty", "SUPERSEDED", &build()).await;
    let job = cloud.take_job().await;
    let data = &job["data"];
    assert_eq!(job["accountId"], "111122223333");
    assert_eq!(data["actionConfiguration"]["configuration"], json!({"Branch": "main"}));
    assert_eq!(data["pipelineContext"]["pipelineExecutionId"], json!(execution));
    assert_eq!(data["artifactCredentials"]["sessionToken"], "canary-token");
    assert!(data.get("encryptionKey").is_none() && data.get("continuationToken").is_none());
    let place = &data["outputArtifacts"][0]["location"]["s3Location"];
    assert_eq!(place["bucketName"], "artifacts");
    let key = place["objectKey"].as_str().unwrap();
    assert!(key.starts_with("a-name-longer-than-t/SourceOutp/") && key.len() == 39, "{key}");
    let details = cloud.call("GetJobDetails", json!({"jobId": job["id"]})).await;
    assert_eq!(details["jobDetails"]["data"]["outputArtifacts"], data["outputArtifacts"]);

    cloud.succeed(&job, "abc123").await;
    let ended = json!({"jobId": job["id"]});
    assert_eq!(cloud.code("GetJobDetails", ended).await, "JobNotFoundException");
    let name = "a-name-longer-than-twenty";
    until("the execution's success", || async { cloud.status(name, &execution).await == "Succeeded" }).await;
    let started = &cloud.builds()[0];
    assert_eq!(started["sourceTypeOverride"], "CODEPIPELINE");
    assert_eq!(started["sourceVersion"], json!(format!("arn:aws:s3:::artifacts/{key}")));
    assert_eq!(started["artifactsOverride"]["type"], "CODEPIPELINE");
    assert_eq!(started["environmentVariablesOverride"][0]["value"], "abc123");
    assert_eq!(started["artifactsOverride"]["path"], "a-name-longer-than-t/BuildOutpu");
    let initiator = cloud.initiators()[0].clone().unwrap();
    assert_eq!(initiator.name, format!("codepipeline/{name}"));
    assert_eq!(initiator.revision.as_deref(), Some("abc123"));
    let kept = cloud.service.context().bridge.initiator("ASIA1");
    assert_eq!(kept, None, "it is known after the build has started");

    let listed = cloud.call("ListActionExecutions", json!({"pipelineName": name})).await;
    let built = &listed["actionExecutionDetails"][0];
    assert_eq!(built["output"]["outputVariables"], json!({"IMAGE": "image:1"}));
    assert_eq!(built["output"]["executionResult"]["externalExecutionId"], "project:1");
    until("all ten events", || async { cloud.events().len() == 10 }).await;
    let events = cloud.events();
    let begun = events.iter().find(|event| event["detail"]["action"] == "Clone").unwrap();
    assert_eq!(begun["detail-type"], "CodePipeline Action Execution State Change");
    assert_eq!(
        begun["detail"]["type"],
        json!({"owner": "Custom", "category": "Source", "provider": "Git", "version": "1"})
    );
    assert_eq!(begun["resources"], json!([format!("arn:aws:codepipeline:us-east-1:111122223333:{name}")]));
}

#[tokio::test]
async fn an_unacknowledged_job_is_offered_again_and_the_old_nonce_is_refused() {
    let (cloud, _) = cloud_with("p", "SUPERSEDED", &approval()).await;
    let poll = json!({"actionTypeId": type_id()});
    let first = cloud.call("PollForJobs", poll.clone()).await["jobs"][0].clone();
    assert_eq!(cloud.call("PollForJobs", poll.clone()).await, json!({"jobs": []}));
    pass(Duration::from_millis(1050)).await;
    let second = cloud.call("PollForJobs", poll).await["jobs"][0].clone();
    assert_eq!(first["id"], second["id"]);
    let acknowledge = |nonce: &Value| json!({"jobId": first["id"], "nonce": nonce});
    assert_eq!(cloud.code("AcknowledgeJob", acknowledge(&first["nonce"])).await, "InvalidNonceException");
    let result = json!({"jobId": first["id"]});
    assert_eq!(cloud.code("PutJobSuccessResult", result.clone()).await, "InvalidJobStateException");
    cloud.call("AcknowledgeJob", acknowledge(&second["nonce"])).await;
    cloud.call("PutJobSuccessResult", result.clone()).await;
    assert_eq!(cloud.code("PutJobSuccessResult", result).await, "InvalidJobStateException");
    let unknown = json!({"jobId": "11111111-2222-3333-4444-555555555555", "nonce": "n"});
    assert_eq!(cloud.code("AcknowledgeJob", unknown).await, "JobNotFoundException");
}

#[tokio::test]
async fn a_continuation_token_brings_a_new_job_of_the_same_action() {
    let (cloud, execution) = cloud_with("p", "SUPERSEDED", &approval()).await;
    let first = cloud.take_job().await;
    let variables = json!({"jobId": first["id"], "continuationToken": "t", "outputVariables": {"A": "b"}});
    assert_eq!(cloud.code("PutJobSuccessResult", variables).await, "ValidationException");
    let more = json!({"externalExecutionId": "7"});
    let input = json!({"jobId": first["id"], "continuationToken": "t", "executionDetails": more});
    cloud.call("PutJobSuccessResult", input).await;
    let second = cloud.take_job().await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["data"]["continuationToken"], "t");
    assert_eq!(cloud.status("p", &execution).await, "InProgress");
    let state = cloud.call("GetPipelineState", json!({"name": "p"})).await;
    let latest = &state["stageStates"][0]["actionStates"][0]["latestExecution"];
    assert_eq!(latest["externalExecutionUrl"], "https://example.com/main/7");
    let large = json!({"jobId": second["id"], "outputVariables": {"A": "b".repeat(122_880)}});
    assert_eq!(cloud.code("PutJobSuccessResult", large).await, "OutputVariablesSizeExceededException");
}

#[tokio::test]
async fn a_failed_job_fails_the_execution_and_its_stage_can_be_retried() {
    let (cloud, execution) = cloud_with("p", "SUPERSEDED", &approval()).await;
    let job = cloud.take_job().await;
    let details = json!({"type": "ConfigurationError", "message": "no such branch"});
    cloud.call("PutJobFailureResult", json!({"jobId": job["id"], "failureDetails": details})).await;
    assert_eq!(cloud.status("p", &execution).await, "Failed");
    let retry = |stage: &str| json!({"pipelineName": "p", "stageName": stage, "pipelineExecutionId": execution, "retryMode": "FAILED_ACTIONS"});
    assert_eq!(cloud.code("RetryStageExecution", retry("Second")).await, "StageNotRetryableException");
    assert_eq!(cloud.code("RetryStageExecution", retry("Third")).await, "StageNotFoundException");
    cloud.call("RetryStageExecution", retry("Source")).await;
    let job = cloud.take_job().await;
    cloud.succeed(&job, "abc").await;
    let token = token(&cloud, "p").await.unwrap();
    let other = "11111111-2222-3333-4444-555555555555";
    assert_eq!(answer(&cloud, "p", other, "Approved").await, Err("InvalidApprovalTokenException".into()));
    answer(&cloud, "p", &token, "Approved").await.unwrap();
    assert_eq!(
        answer(&cloud, "p", &token, "Approved").await,
        Err("ApprovalAlreadyCompletedException".into())
    );
    assert_eq!(cloud.status("p", &execution).await, "Succeeded");
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_fails_the_action() {
    let cloud = Cloud::start().await;
    cloud.call("CreateCustomActionType", action_type()).await;
    let mut declared = pipeline("p", "SUPERSEDED", &approval());
    declared["pipeline"]["roleArn"] = json!("arn:aws:iam::111122223333:role/revoked");
    cloud.call("CreatePipeline", declared).await;
    assert_eq!(cloud.call("PollForJobs", json!({"actionTypeId": type_id()})).await, json!({"jobs": []}));
    let listed = cloud.call("ListActionExecutions", json!({"pipelineName": "p"})).await;
    let error = &listed["actionExecutionDetails"][0]["output"]["executionResult"]["errorDetails"];
    assert_eq!(error["code"], "PermissionError");
}

#[tokio::test]
async fn a_new_job_can_be_hidden_for_a_while() {
    let cloud = Cloud::start().await;
    cloud.service.set_job_delay(Duration::from_millis(300));
    cloud.call("CreateCustomActionType", action_type()).await;
    cloud.call("CreatePipeline", pipeline("p", "SUPERSEDED", &approval())).await;
    let poll = json!({"actionTypeId": type_id()});
    assert_eq!(cloud.call("PollForJobs", poll).await, json!({"jobs": []}));
    pass(Duration::from_millis(350)).await;
    cloud.take_job().await;
}
