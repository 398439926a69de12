//! Actions that invoke a function: what the function gets, what its answers do, and how it ends without one.

use crate::cloud::{Cloud, Invocation, approval, build, pass, pipeline, until};
use crate::steps::{check, create};
use serde_json::{Value, json};
use std::time::Duration;

/// Longer than the 30 s before a function is asked again.
const PAUSE: Duration = Duration::from_secs(31);
/// 30 s become 0.1 s, 20 minutes 4 s.
const BRISK: f64 = 300.0;
/// 20 minutes become 0.1 s.
const FAST: f64 = 12_000.0;

fn lambda(function: &str) -> Value {
    let id = json!({"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"});
    json!({
        "name": "Check", "actionTypeId": id, "namespace": "Checked",
        "configuration": {"FunctionName": function, "UserParameters": "at #{SourceVariables.CommitId}"},
        "inputArtifacts": [{"name": "SourceOutput"}], "outputArtifacts": [{"name": "Report"}],
    })
}

/// A pipeline that has come to its second stage; the id of its execution.
async fn reach(cloud: &Cloud, declared: Value) -> String {
    let execution = create(cloud, declared).await;
    let job = cloud.take_job().await;
    cloud.succeed(&job, "abc123").await;
    execution
}

/// The same with nothing but this action in the second stage.
async fn reach_action(speed: f64, action: &Value) -> (Cloud, String) {
    let cloud = Cloud::with_speed(speed).await;
    let execution = reach(&cloud, pipeline("p", "SUPERSEDED", &json!([action]))).await;
    (cloud, execution)
}

/// The n-th invocation, counted from 1, and the id of its job.
async fn invocation(cloud: &Cloud, n: usize) -> (Invocation, String) {
    until("the invocation", || async { cloud.invocations().len() >= n }).await;
    let found = cloud.invocations()[n - 1].clone();
    let id = found.event["CodePipeline.job"]["id"].as_str().unwrap().to_owned();
    (found, id)
}

async fn ends(cloud: &Cloud, execution: &str, status: &str) {
    until(status, || async { cloud.status("p", execution).await == status }).await;
}

/// The second stage's first action, as `GetPipelineState` shows it.
async fn latest(cloud: &Cloud) -> Value {
    let state = cloud.call("GetPipelineState", json!({"name": "p"})).await;
    state["stageStates"][1]["actionStates"][0]["latestExecution"].clone()
}

#[tokio::test]
async fn a_function_gets_its_job_and_its_variables_reach_the_next_action() {
    let cloud = Cloud::start().await;
    let mut next = build()[0].clone();
    next["runOrder"] = json!(2);
    next["configuration"]["EnvironmentVariables"] =
        json!(r##"[{"name":"ANSWER","value":"#{Checked.Answer}","type":"PLAINTEXT"}]"##);
    let execution = reach(&cloud, pipeline("p", "SUPERSEDED", &json!([lambda("check"), next]))).await;
    let (found, id) = invocation(&cloud, 1).await;
    assert_eq!((found.function.as_str(), found.key.as_str()), ("check", "ASIA1"));
    let data = &found.event["CodePipeline.job"]["data"];
    let expires = data["artifactCredentials"]["expirationTime"].as_i64().unwrap();
    assert!(expires > jiff::Timestamp::now().as_millisecond());
    let key = |list: &str| data[list][0]["location"]["s3Location"]["objectKey"].as_str().unwrap();
    let place = |key| json!({"type": "S3", "s3Location": {"bucketName": "artifacts", "objectKey": key}});
    let (input, output) = (key("inputArtifacts"), key("outputArtifacts"));
    assert!(input.starts_with("p/SourceOutp/") && output.starts_with("p/Report/"));
    let credentials = json!({
        "accessKeyId": "ASIA1", "secretAccessKey": "canary-secret", "sessionToken": "canary-token",
        "expirationTime": expires,
    });
    let configuration = json!({"FunctionName": "check", "UserParameters": "at abc123"});
    let wanted = json!({"CodePipeline.job": {"id": id, "accountId": "111122223333", "data": {
        "actionConfiguration": {"configuration": configuration},
        "inputArtifacts": [{"name": "SourceOutput", "revision": "abc123", "location": place(input)}],
        "outputArtifacts": [{"name": "Report", "revision": null, "location": place(output)}],
        "artifactCredentials": credentials,
    }}});
    assert_eq!(found.event, wanted);

    let job = json!({"jobId": id});
    assert_eq!(cloud.code("GetJobDetails", job.clone()).await, "JobNotFoundException");
    let nonce = json!({"jobId": id, "nonce": "n"});
    assert_eq!(cloud.code("AcknowledgeJob", nonce).await, "InvalidNonceException");
    let answer = json!({"jobId": id, "outputVariables": {"Answer": "42"}});
    cloud.call("PutJobSuccessResult", answer.clone()).await;
    assert_eq!(cloud.code("PutJobSuccessResult", answer).await, "InvalidJobStateException");
    let other = json!({"jobId": "11111111-2222-3333-4444-555555555555"});
    assert_eq!(cloud.code("PutJobSuccessResult", other).await, "JobNotFoundException");
    ends(&cloud, &execution, "Succeeded").await;
    assert_eq!(cloud.builds()[0]["environmentVariablesOverride"][0]["value"], "42");
    until("all twelve events", || async { cloud.events().len() == 12 }).await;
    let mut states: Vec<_> = cloud.events().into_iter().map(|event| event["detail"].clone()).collect();
    states.retain(|detail| detail["action"] == "Check");
    let mut states: Vec<_> = states.iter().map(|detail| detail["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["STARTED", "SUCCEEDED"]);
}

#[tokio::test]
async fn a_continuation_token_brings_the_function_a_new_job_after_a_pause() {
    let cloud = Cloud::start().await;
    let mut declared = pipeline("p", "SUPERSEDED", &json!([lambda("check")]));
    let key = json!({"id": "alias/artifacts", "type": "KMS"});
    declared["pipeline"]["artifactStore"]["encryptionKey"] = key.clone();
    let execution = reach(&cloud, declared).await;
    let mut ids = Vec::new();
    for round in 1..=2 {
        let (found, id) = invocation(&cloud, round).await;
        assert_eq!(found.event["CodePipeline.job"]["data"]["encryptionKey"], key);
        let both = json!({"jobId": id, "continuationToken": "t", "outputVariables": {"A": "b"}});
        assert_eq!(cloud.code("PutJobSuccessResult", both).await, "ValidationException");
        let details = json!({"summary": format!("{round} of 3"), "percentComplete": round * 33});
        let token = format!("token {round}");
        let answer = json!({"jobId": id, "continuationToken": token, "executionDetails": details});
        cloud.call("PutJobSuccessResult", answer.clone()).await;
        assert_eq!(cloud.code("PutJobSuccessResult", answer).await, "InvalidJobStateException");
        let shown = latest(&cloud).await;
        assert_eq!(shown["status"], "InProgress");
        assert_eq!(
            (&shown["summary"], &shown["percentComplete"]),
            (&details["summary"], &details["percentComplete"])
        );
        assert_eq!(cloud.invocations().len(), round);
        pass(PAUSE).await;
        let (found, _) = invocation(&cloud, round + 1).await;
        assert_eq!(found.event["CodePipeline.job"]["data"]["continuationToken"], json!(token));
        ids.push(id);
    }
    let (_, id) = invocation(&cloud, 3).await;
    assert!(!ids.contains(&id) && ids[0] != ids[1]);
    cloud.call("PutJobSuccessResult", json!({"jobId": id})).await;
    assert_eq!(cloud.status("p", &execution).await, "Succeeded");
}

/// The action's role, where it has its own, signs the invocation.
#[tokio::test]
async fn an_action_with_a_role_invokes_as_that_role() {
    let mut action = lambda("check");
    action["roleArn"] = json!("arn:aws:iam::111122223333:role/action");
    let (cloud, _) = reach_action(1.0, &action).await;
    let (found, _) = invocation(&cloud, 1).await;
    assert_eq!(found.key, "ASIA2");
    assert_eq!(found.event["CodePipeline.job"]["data"]["artifactCredentials"]["accessKeyId"], "ASIA2");
}

/// An action nobody answers fails with this error.
async fn check_failure(action: &Value, code: &str, part: &str) {
    let (cloud, execution) = reach_action(FAST, action).await;
    ends(&cloud, &execution, "Failed").await;
    let shown = latest(&cloud).await;
    let message = shown["errorDetails"]["message"].as_str().unwrap();
    assert!(shown["errorDetails"]["code"] == code && message.contains(part), "{shown}");
    for invocation in cloud.invocations() {
        let late = json!({"jobId": invocation.event["CodePipeline.job"]["id"]});
        assert_eq!(cloud.code("PutJobSuccessResult", late).await, "InvalidJobStateException");
    }
}

#[tokio::test]
async fn an_action_fails_when_its_function_is_not_invoked_or_does_not_answer() {
    let mut refused = lambda("check");
    refused["roleArn"] = json!("arn:aws:iam::111122223333:role/revoked");
    let silent = "The AWS Lambda function check failed to return a result. Check the function to verify that it has \
                  permission to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult.";
    check_failure(&lambda("check"), "JobFailed", silent).await;
    check_failure(&lambda("missing"), "ConfigurationError", "Function not found: arn:aws:lambda:").await;
    check_failure(&lambda("missing"), "ConfigurationError", "Error Code: ResourceNotFoundException;").await;
    check_failure(&lambda("denied"), "PermissionError", "to perform: lambda:InvokeFunction on").await;
    check_failure(&lambda("denied"), "PermissionError", "(Service: AWSLambda; Status Code: 403;").await;
    check_failure(&refused, "PermissionError", "the role does not trust this service").await;
}

#[tokio::test]
async fn a_function_that_reports_a_failure_fails_the_action_with_its_message() {
    let (cloud, execution) = reach_action(1.0, &lambda("check")).await;
    let (_, id) = invocation(&cloud, 1).await;
    let details = json!({"type": "JobFailed", "message": "two apps are left", "externalExecutionId": "r-1"});
    let answer = json!({"jobId": id, "failureDetails": details});
    cloud.call("PutJobFailureResult", answer.clone()).await;
    assert_eq!(cloud.code("PutJobFailureResult", answer).await, "InvalidJobStateException");
    assert_eq!(cloud.status("p", &execution).await, "Failed");
    let shown = latest(&cloud).await;
    assert_eq!(shown["errorDetails"], json!({"code": "JobFailed", "message": "two apps are left"}));
    let failed = |event: &Value| event["detail"]["action"] == "Check" && event["detail"]["state"] == "FAILED";
    until("the event", || async { cloud.events().iter().any(failed) }).await;
    let events = cloud.events();
    let result = &events.iter().find(|event| failed(event)).unwrap()["detail"]["execution-result"];
    assert_eq!(result["external-execution-summary"], "two apps are left");
}

#[tokio::test]
async fn an_abandoned_action_is_not_invoked_again_and_a_stopped_one_is() {
    for (abandon, status, rounds) in [(true, "Stopped", 1), (false, "Stopping", 2)] {
        let (cloud, execution) = reach_action(1.0, &lambda("check")).await;
        let (_, id) = invocation(&cloud, 1).await;
        cloud.call("PutJobSuccessResult", json!({"jobId": id, "continuationToken": "t"})).await;
        let stop = json!({"pipelineName": "p", "pipelineExecutionId": execution, "abandon": abandon});
        cloud.call("StopPipelineExecution", stop).await;
        pass(PAUSE).await;
        let (_, id) = invocation(&cloud, rounds).await;
        pass(PAUSE).await;
        assert_eq!(cloud.status("p", &execution).await, status);
        assert_eq!(cloud.invocations().len(), rounds);
        let late = cloud.try_call("PutJobSuccessResult", json!({"jobId": id})).await;
        assert_eq!(late.is_err(), abandon);
        ends(&cloud, &execution, "Stopped").await;
        assert_eq!(cloud.invocations().len(), rounds);
    }
}

#[tokio::test]
async fn the_credentials_of_a_job_are_in_its_event_only() {
    let (cloud, execution) = reach_action(BRISK, &lambda("check")).await;
    let (_, id) = invocation(&cloud, 1).await;
    cloud.call("PutJobSuccessResult", json!({"jobId": id, "continuationToken": "t"})).await;
    let (found, id) = invocation(&cloud, 2).await;
    let mut shown = String::new();
    let name = json!({"name": "p"});
    let of = json!({"pipelineName": "p"});
    let one = json!({"pipelineName": "p", "pipelineExecutionId": execution});
    let mut look = async || {
        for (operation, input) in [
            ("GetPipeline", &name),
            ("GetPipelineState", &name),
            ("GetPipelineExecution", &one),
            ("ListPipelineExecutions", &of),
            ("ListActionExecutions", &of),
        ] {
            shown += &cloud.call(operation, input.clone()).await.to_string();
        }
    };
    look().await;
    let details = json!({"type": "JobFailed", "message": "no"});
    cloud.call("PutJobFailureResult", json!({"jobId": id, "failureDetails": details})).await;
    look().await;
    until("all ten events", || async { cloud.events().len() == 10 }).await;
    shown += &json!(cloud.events()).to_string();
    assert!(found.event.to_string().contains("canary-secret"));
    assert!(shown.contains("Check") && !shown.contains("canary") && !shown.contains("ASIA"));
}

#[tokio::test]
async fn a_declared_function_has_a_name_and_few_parameters_and_artifacts() {
    let cloud = Cloud::start().await;
    let many: Vec<_> = (0..6).map(|n| json!({"name": format!("Out{n}")})).collect();
    let invalid = "InvalidActionDeclarationException";
    for (pointer, value, code, part) in [
        ("/configuration", json!({"UserParameters": "x"}), invalid, "'FunctionName' is required"),
        ("/configuration", json!({"FunctionName": "f", "Event": "x"}), invalid, "unknown property 'Event'"),
        ("/configuration/UserParameters", json!("x".repeat(1001)), "ValidationException", "1000"),
        ("/outputArtifacts", json!(many), invalid, "has 6 output artifacts; its type takes 0 to 5"),
    ] {
        let mut action = lambda("check");
        *action.pointer_mut(pointer).unwrap() = value;
        cloud.try_call("CreateCustomActionType", crate::cloud::action_type()).await.ok();
        let declared = pipeline("p", "SUPERSEDED", &json!([action]));
        check(cloud.try_call("CreatePipeline", declared).await, code, part);
    }
    let listed = cloud.call("ListActionTypes", json!({"actionOwnerFilter": "AWS"})).await;
    let types = listed["actionTypes"].as_array().unwrap();
    assert!(types.iter().any(|kind| kind["id"] == lambda("f")["actionTypeId"]));
}

#[tokio::test]
async fn a_faster_clock_ends_an_approval_sooner() {
    let mut action = approval()[0].clone();
    action["timeoutInMinutes"] = json!(5);
    let (cloud, execution) = reach_action(FAST, &action).await;
    ends(&cloud, &execution, "Failed").await;
}
