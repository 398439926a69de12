//! What others rely on: the permissions that calls need, and the shapes of the events.

use crate::cloud::{Cloud, ROLE, call, project};
use emulator_core::Service;
use serde_json::json;

const NOTHING: &str = "{\"version\": \"0.2\", \"phases\": {}}";

#[tokio::test]
async fn calls_need_the_permissions_of_the_service_authorization_reference() {
    let cloud = Cloud::start().await;
    let project_arn = |name: &str| format!("arn:aws:codebuild:us-east-1:111122223333:project/{name}");
    let build_arn = "arn:aws:codebuild:us-east-1:111122223333:build/demo:1";
    for (operation, input, expected) in [
        ("StartBuild", json!({"projectName": "demo"}), vec![("codebuild:StartBuild", project_arn("demo"))]),
        (
            "BatchGetBuilds",
            json!({"ids": ["demo:2", build_arn, "x:1"]}),
            vec![
                ("codebuild:BatchGetBuilds", project_arn("demo")),
                ("codebuild:BatchGetBuilds", project_arn("x")),
            ],
        ),
        ("StopBuild", json!({"id": build_arn}), vec![("codebuild:StopBuild", project_arn("demo"))]),
        (
            "CreateProject",
            project("demo", NOTHING),
            vec![("codebuild:CreateProject", project_arn("demo")), ("iam:PassRole", ROLE.to_owned())],
        ),
        ("ListBuilds", json!({}), vec![("codebuild:ListBuilds", "*".to_owned())]),
    ] {
        let permissions = cloud.codebuild.required_permissions(&call(operation, input));
        let permissions: Vec<_> = permissions
            .iter()
            .map(|permission| (permission.action.as_str(), permission.resource.clone()))
            .collect();
        assert_eq!(permissions, expected);
    }
}

#[tokio::test]
async fn events_have_the_shapes_of_codebuild() {
    let cloud = Cloud::start().await;
    let spec = json!({
        "version": "0.2",
        "env": {"exported-variables": ["COMMIT"]},
        "phases": {"build": {"commands": ["COMMIT=abc", "false"]}},
    });
    let build = cloud.run(&spec.to_string()).await;
    let arn = &build["arn"];
    let events = cloud.events("CodeBuild Build State Change", 2).await;
    let of = |status: &str| events.iter().find(|event| event["detail"]["build-status"] == status).unwrap();
    assert_eq!(of("IN_PROGRESS")["detail"]["current-phase"], "SUBMITTED");
    let event = of("FAILED");
    assert_eq!((&event["source"], &event["resources"]), (&"aws.codebuild".into(), &json!([arn])));
    let detail = &event["detail"];
    assert_eq!((&detail["build-id"], &detail["current-phase"]), (arn, &"COMPLETED".into()));
    let more = &detail["additional-information"];
    assert_eq!(more["exported-environment-variables"], json!([{"name": "COMMIT", "value": "abc"}]));
    assert_eq!((&more["build-complete"], &more["initiator"]), (&true.into(), &"alice".into()));
    assert_eq!(more["logs"]["stream-name"], build["logs"]["streamName"]);
    let phase =
        more["phases"].as_array().unwrap().iter().find(|phase| phase["phase-type"] == "BUILD").unwrap();
    let why = "COMMAND_EXECUTION_ERROR: Error while executing command: false. Reason: exit status 1";
    assert_eq!(phase["phase-context"], json!([why]));
    let phases = cloud.events("CodeBuild Build Phase Change", 9).await;
    let failed = phases.iter().find(|event| event["detail"]["completed-phase"] == "BUILD").unwrap();
    assert_eq!(failed["detail"]["completed-phase-status"], "FAILED");
    assert_eq!(failed["detail"]["completed-phase-context"], format!("[{why}]"));
}
