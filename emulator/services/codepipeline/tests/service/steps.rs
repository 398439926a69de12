//! Steps that several tests take.

use crate::cloud::{Cloud, action_type, pipeline};
use serde_json::{Value, json};

/// A service without pipelines that has the custom action type.
pub(crate) async fn alone() -> Cloud {
    let cloud = Cloud::start().await;
    cloud.call("CreateCustomActionType", action_type()).await;
    cloud
}

#[track_caller]
pub(crate) fn check(answer: Result<Value, emulator_core::Failure>, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert!(failure.code == code && failure.message.contains(part), "{failure}");
}

/// A service with one pipeline, and the id of the execution that its creation started.
pub(crate) async fn cloud_with(name: &str, mode: &str, second: &Value) -> (Cloud, String) {
    let cloud = Cloud::start().await;
    let execution = create(&cloud, pipeline(name, mode, second)).await;
    (cloud, execution)
}

/// Creates this pipeline after its action type; the id of the execution that started.
pub(crate) async fn create(cloud: &Cloud, declared: Value) -> String {
    let name = declared["pipeline"]["name"].clone();
    cloud.call("CreateCustomActionType", action_type()).await;
    cloud.call("CreatePipeline", declared).await;
    let executions = cloud.call("ListPipelineExecutions", json!({"pipelineName": name})).await;
    let first = &executions["pipelineExecutionSummaries"][0];
    assert_eq!(first["trigger"]["triggerType"], "CreatePipeline");
    first["pipelineExecutionId"].as_str().unwrap().to_owned()
}

/// The second stage's approval token, if one is open.
pub(crate) async fn token(cloud: &Cloud, name: &str) -> Option<String> {
    let state = cloud.call("GetPipelineState", json!({"name": name})).await;
    state["stageStates"][1]["actionStates"][0]["latestExecution"]["token"].as_str().map(str::to_owned)
}

pub(crate) async fn answer(cloud: &Cloud, name: &str, token: &str, status: &str) -> Result<Value, String> {
    let input = json!({
        "pipelineName": name, "stageName": "Second", "actionName": "Approve", "token": token,
        "result": {"status": status, "summary": "seen"},
    });
    cloud.try_call("PutApprovalResult", input).await.map_err(|failure| failure.code)
}
