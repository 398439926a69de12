//! Pipelines and executions as declared: what is refused and with which error, versions, secrets, variables, pages.

use crate::cloud::{approval, build, pipeline};
use crate::steps::{alone, check};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A declaration with one member set.
fn with(pointer: &str, value: Value) -> Value {
    let mut declared = pipeline("p", "SUPERSEDED", &approval());
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    declared.pointer_mut(parent).unwrap()[member] = value;
    declared
}

/// Each case: the member to set, its value, the error's code and a part of its message.
async fn check_refusals(cases: Vec<(&str, Value, &str, &str)>) {
    let cloud = alone().await;
    for (pointer, value, code, part) in cases {
        check(cloud.try_call("CreatePipeline", with(pointer, value)).await, code, part);
    }
}

#[tokio::test]
async fn create_pipeline_refuses_pipelines_and_stages_that_could_not_run() {
    let stage = "InvalidStageDeclarationException";
    let structure = "InvalidStructureException";
    let invalid = "ValidationException";
    check_refusals(vec![
        ("/pipeline/stages", json!([]), structure, "Pipeline has only 0 stage(s)"),
        ("/pipeline/executionMode", json!("FAST"), invalid, "enum value set"),
        ("/pipeline/artifactStore", Value::Null, structure, "artifactStore"),
        ("/pipeline/roleArn", json!("role"), invalid, "pipeline.roleArn"),
        ("/pipeline/stages/0/actions", approval(), stage, "source actions only"),
        ("/pipeline/stages/1/actions", json!([]), stage, "at least one action"),
        ("/pipeline/stages/1/name", json!("Source"), stage, "Two stages"),
        ("/pipeline/stages/1/onFailure", json!({"result": "RETRY"}), stage, "onFailure is not supported"),
    ])
    .await;
    let cloud = alone().await;
    let mut first_type = pipeline("p", "QUEUED", &approval());
    first_type["pipeline"]["pipelineType"] = json!("V1");
    check(cloud.try_call("CreatePipeline", first_type).await, structure, "type V2");
    cloud.call("CreatePipeline", pipeline("p", "SUPERSEDED", &build())).await;
    let again = cloud.try_call("CreatePipeline", pipeline("p", "SUPERSEDED", &build())).await;
    check(again, "PipelineNameInUseException", "already exists in account '111122223333'");
    let answer = cloud.try_call("UpdatePipeline", pipeline("q", "SUPERSEDED", &build())).await;
    check(answer, structure, "does not include a pipeline with the name 'q'");
}

#[tokio::test]
async fn create_pipeline_refuses_actions_that_could_not_run() {
    let configuration = "/pipeline/stages/0/actions/0/configuration";
    let kind = "/pipeline/stages/1/actions/0/actionTypeId";
    let action = "InvalidActionDeclarationException";
    let invalid = "ValidationException";
    let deploy = json!({"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"});
    let lambda = json!({"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"});
    let other = json!({"category": "Source", "owner": "Custom", "provider": "Git", "version": "2"});
    let two = json!([{"name": "A"}, {"name": "B"}]);
    let nothing = json!([{"name": "Nothing"}]);
    check_refusals(vec![
        (configuration, json!({}), action, "'Branch' is required"),
        (configuration, json!({"Branch": "b", "X": "y"}), action, "unknown property 'X'"),
        (configuration, json!({"Branch": "#{x}"}), action, "#{namespace.key}"),
        (configuration, json!({"Branch": "b".repeat(1001)}), invalid, "1000"),
        ("/pipeline/stages/0/actions/0/outputArtifacts", two, action, "has 2 output artifacts"),
        ("/pipeline/stages/0/actions/0/actionTypeId", other, action, "is not available"),
        ("/pipeline/stages/0/actions/0/namespace", json!("variables"), action, "is taken"),
        ("/pipeline/stages/0/actions/0/timeoutInMinutes", json!(5), action, "manual approval"),
        (
            "/pipeline/stages/0/actions/0/region",
            json!("eu-west-1"),
            action,
            "that artifactStores does not have",
        ),
        (kind, deploy, action, "S3 sources, CodeBuild, Lambda, CloudFormation and Manual approval"),
        (kind, lambda, action, "'FunctionName' is required"),
        ("/pipeline/stages/1/actions/0/inputArtifacts", nothing, action, "0 to 0"),
    ])
    .await;
    let mut unknown = pipeline("p", "SUPERSEDED", &build());
    unknown["pipeline"]["stages"][1]["actions"][0]["inputArtifacts"][0]["name"] = json!("Nothing");
    let answer = alone().await.try_call("CreatePipeline", unknown).await;
    check(answer, action, "not the output of an earlier action");
}

#[tokio::test]
async fn versions_count_up_and_secrets_stay_hidden() {
    let cloud = alone().await;
    let configuration = "/pipeline/stages/0/actions/0/configuration";
    cloud.call("CreatePipeline", with(configuration, json!({"Branch": "main", "Token": "hunter2"}))).await;
    let masked = json!({"Branch": "other", "Token": "****"});
    let updated = cloud.call("UpdatePipeline", with(configuration, masked.clone())).await;
    assert_eq!(updated["pipeline"]["version"], 2);
    assert_eq!(*updated.pointer(configuration).unwrap(), masked);
    let first = cloud.call("GetPipeline", json!({"name": "p", "version": 1})).await;
    assert_eq!(first.pointer(configuration).unwrap()["Branch"], "main");
    assert_eq!(first["metadata"]["pipelineArn"], "arn:aws:codepipeline:us-east-1:111122223333:p");
    let listed = cloud.call("ListActionExecutions", json!({"pipelineName": "p"})).await;
    assert!(!format!("{updated}{first}{listed}").contains("hunter2"));
    let missing = json!({"name": "p", "version": 3});
    assert_eq!(cloud.code("GetPipeline", missing).await, "PipelineVersionNotFoundException");
    let missing = cloud.try_call("GetPipeline", json!({"name": "q"})).await;
    let text = "Account '111122223333' does not have a pipeline with name 'q'";
    check(missing, "PipelineNotFoundException", text);
    for _ in 0..2 {
        cloud.call("DeletePipeline", json!({"name": "p"})).await;
    }
}

#[tokio::test]
async fn start_takes_variables_and_a_token() {
    let cloud = alone().await;
    let declared =
        with("/pipeline/variables", json!([{"name": "COMMIT"}, {"name": "DEPTH", "defaultValue": "1"}]));
    cloud.call("CreatePipeline", declared).await;
    let start = |value: Value| json!({"name": "p", "clientRequestToken": "t", "variables": value});
    let commit = json!([{"name": "COMMIT", "value": "abc"}]);
    assert_eq!(cloud.code("StartPipelineExecution", json!({"name": "p"})).await, "ValidationException");
    let unknown = json!([{"name": "COMMIT", "value": "abc"}, {"name": "X", "value": "y"}]);
    assert_eq!(cloud.code("StartPipelineExecution", start(unknown)).await, "ValidationException");
    let first = cloud.call("StartPipelineExecution", start(commit.clone())).await;
    assert_eq!(first, cloud.call("StartPipelineExecution", start(commit)).await);
    let input = json!({"pipelineName": "p", "pipelineExecutionId": first["pipelineExecutionId"]});
    let execution = cloud.call("GetPipelineExecution", input).await;
    let variables = json!([
        {"name": "COMMIT", "resolvedValue": "abc"},
        {"name": "DEPTH", "resolvedValue": "1"},
    ]);
    assert_eq!(execution["pipelineExecution"]["variables"], variables);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let cloud = alone().await;
    cloud.call("CreatePipeline", pipeline("p", "PARALLEL", &approval())).await;
    for _ in 0..4 {
        cloud.start_pipeline("p").await;
    }
    for (operation, list) in [
        ("ListPipelineExecutions", "pipelineExecutionSummaries"),
        ("ListActionExecutions", "actionExecutionDetails"),
    ] {
        let mut seen = BTreeSet::new();
        let mut input = json!({"pipelineName": "p", "maxResults": 2});
        loop {
            let answer = cloud.call(operation, input.clone()).await;
            for item in answer[list].as_array().unwrap() {
                assert!(seen.insert(item["pipelineExecutionId"].as_str().unwrap().to_owned()));
            }
            let Some(token) = answer.get("nextToken") else {
                break;
            };
            input["nextToken"] = token.clone();
        }
        assert_eq!(seen.len(), 5, "{operation}");
        input["nextToken"] = json!("nonsense");
        assert_eq!(cloud.code(operation, input).await, "InvalidNextTokenException");
    }
}

#[tokio::test]
async fn roles_that_codepipeline_cannot_assume_are_refused() {
    let cloud = alone().await;
    let refused = json!("arn:aws:iam::111122223333:role/refused");
    let (code, part) =
        ("InvalidStructureException", "AssumeRole on role arn:aws:iam::111122223333:role/refused");
    for pointer in ["/pipeline/roleArn", "/pipeline/stages/1/actions/0/roleArn"] {
        check(cloud.try_call("CreatePipeline", with(pointer, refused.clone())).await, code, part);
    }
    cloud.call("CreatePipeline", with("/pipeline/name", json!("p"))).await;
    check(cloud.try_call("UpdatePipeline", with("/pipeline/roleArn", refused)).await, code, part);
}
