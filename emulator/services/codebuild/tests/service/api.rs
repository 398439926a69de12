//! The API: validation, idempotency, paging, and what is done to builds that exist.

use crate::cloud::{Cloud, project};
use emulator_core::Service;
use serde_json::{Value, json};
use std::time::Duration;

const NOTHING: &str = "{\"version\": \"0.2\", \"phases\": {}}";

#[track_caller]
fn check_failure(answer: Result<Value, emulator_core::Failure>, code: &str, part: &str) {
    let failure = answer.unwrap_err();
    assert_eq!(failure.code, code, "{failure}");
    assert!(failure.message.contains(part), "{failure}");
}

#[tokio::test]
async fn bad_input_is_refused_in_the_words_of_aws() {
    let cloud = Cloud::start().await;
    cloud.project("demo", NOTHING).await;
    let with = |path: &str, value: Value| {
        let mut input = project("other", NOTHING);
        let (parent, member) = path.rsplit_once('/').unwrap();
        input.pointer_mut(parent).unwrap()[member] = value;
        input
    };
    let source = |name: &str| json!({"type": "S3", "location": "b/k", "sourceIdentifier": name});
    let secondary = |sources: Value| with("/secondarySources", sources);
    let model = "ValidationException";
    let sense = "InvalidInputException";
    let missing = "ResourceNotFoundException";
    for (operation, input, code, part) in [
        ("CreateProject", project("demo", NOTHING), "ResourceAlreadyExistsException", "project/demo"),
        ("CreateProject", with("/name", "-x".into()), model, "Value '-x' at 'name'"),
        (
            "CreateProject",
            with("/serviceRole", Value::Null),
            model,
            "'serviceRole' failed to satisfy constraint: Member must not be null",
        ),
        ("CreateProject", with("/timeoutInMinutes", 4.into()), model, "greater than or equal to 5"),
        ("CreateProject", with("/queuedTimeoutInMinutes", 481.into()), model, "less than or equal to 480"),
        ("CreateProject", with("/environment/computeType", "HUGE".into()), model, "enum value set"),
        (
            "CreateProject",
            with("/environment/environmentVariables", json!([{"name": "A"}])),
            model,
            "'environment.environmentVariables.1.member.value'",
        ),
        ("CreateProject", with("/source/buildspec", "".into()), sense, "buildspec"),
        ("CreateProject", with("/source/type", "S3".into()), sense, "bucket/key"),
        (
            "CreateProject",
            with("/vpcConfig", json!({"vpcId": "vpc-1"})),
            sense,
            "vpcId, subnets and securityGroupIds",
        ),
        (
            "CreateProject",
            with("/vpcConfig", json!({"subnets": ["s"], "securityGroupIds": ["g"]})),
            sense,
            "vpcId",
        ),
        (
            "CreateProject",
            secondary(json!([{"type": "S3", "location": "b/k"}])),
            sense,
            "sourceIdentifier is required",
        ),
        (
            "CreateProject",
            secondary(json!([source("a-b")])),
            sense,
            "alphanumeric characters and underscores",
        ),
        ("CreateProject", secondary(json!([source("a"), source("a")])), sense, "must be unique"),
        (
            "CreateProject",
            secondary(json!([{"type": "S3", "location": "b", "sourceIdentifier": "a"}])),
            sense,
            "bucket/key",
        ),
        (
            "CreateProject",
            with("/secondarySourceVersions", json!([{"sourceIdentifier": "x", "sourceVersion": "1"}])),
            sense,
            "no secondary source x",
        ),
        (
            "CreateProject",
            with("/serviceRole", "arn:aws:iam::444455556666:role/Clone".into()),
            sense,
            "Service role account ID does not match caller's account",
        ),
        ("UpdateProject", json!({"name": "none"}), missing, "project/none"),
        ("StartBuild", json!({"projectName": "none"}), missing, "project/none"),
        ("StartBuild", json!({"projectName": "demo", "timeoutInMinutesOverride": 2161}), model, "2160"),
        ("StopBuild", json!({"id": "demo:none"}), missing, "demo:none"),
        ("StopBuild", json!({"id": "demo"}), sense, "Invalid build ID provided"),
        ("RetryBuild", json!({"id": "demo:"}), sense, "Invalid build ID provided"),
        ("BatchGetBuilds", json!({"ids": ["demo:x", "demo"]}), sense, "Invalid build ID provided"),
        ("BatchGetBuilds", json!({"ids": vec!["demo:x"; 101]}), model, "less than or equal to 100"),
        ("ListBuildsForProject", json!({"projectName": "none"}), missing, "project/none"),
        ("ListBuilds", json!({"nextToken": "?"}), sense, "nextToken"),
    ] {
        check_failure(cloud.call(operation, input).await, code, part);
    }
}

#[tokio::test]
async fn variables_of_a_build_have_names_of_their_own_and_no_long_values() {
    let cloud = Cloud::start().await;
    cloud.project("demo", NOTHING).await;
    let start = |name: &str, length: usize| {
        let variable = json!({"name": name, "value": "v".repeat(length)});
        json!({"projectName": "demo", "environmentVariablesOverride": [variable]})
    };
    for (input, part) in
        [(start("CODEBUILD_X", 1), "start with `CODEBUILD_`"), (start("X", 4097), "at most 4096 characters")]
    {
        check_failure(cloud.call("StartBuild", input).await, "InvalidInputException", part);
    }
    cloud.call("StartBuild", start("X", 4096)).await.unwrap();
}

#[tokio::test]
async fn a_role_that_does_not_trust_codebuild_is_refused_at_once() {
    let cloud = Cloud::start().await;
    cloud.seen.lock().unwrap().denied = "assume";
    let answer = cloud.call("CreateProject", project("role", NOTHING)).await;
    check_failure(answer, "InvalidInputException", "sts:AssumeRole");
}

#[tokio::test]
async fn a_project_comes_back_as_given_and_updates_keep_the_rest() {
    let cloud = Cloud::start().await;
    let mut input = project("demo", NOTHING);
    input["vpcConfig"] = json!({"vpcId": "vpc-1", "subnets": ["a", "b"], "securityGroupIds": ["sg"]});
    input["tags"] = json!([{"key": "a", "value": "b"}]);
    cloud.call("CreateProject", input.clone()).await.unwrap();
    cloud
        .call("UpdateProject", json!({"name": "demo", "description": "new", "timeoutInMinutes": 5}))
        .await
        .unwrap();
    let found = cloud.call("BatchGetProjects", json!({"names": ["demo", "none"]})).await.unwrap();
    assert_eq!(found["projectsNotFound"], json!(["none"]));
    let found = &found["projects"][0];
    for member in ["vpcConfig", "tags", "serviceRole", "source"] {
        assert_eq!(found[member], input[member]);
    }
    assert_eq!(found["arn"], "arn:aws:codebuild:us-east-1:111122223333:project/demo");
    assert_eq!((&found["description"], &found["timeoutInMinutes"]), (&"new".into(), &5.into()));
    assert!(found["created"].is_f64());
    assert_eq!(cloud.call("DeleteProject", json!({"name": "demo"})).await.unwrap(), json!({}));
    assert_eq!(cloud.call("ListProjects", json!({})).await.unwrap(), json!({"projects": []}));
}

#[tokio::test]
async fn a_token_finds_its_build_for_five_minutes() {
    let cloud = Cloud::start().await;
    cloud.project("demo", NOTHING).await;
    let input = json!({"projectName": "demo", "idempotencyToken": "job-1"});
    let first = cloud.start_build(input.clone()).await;
    cloud.wait_for(&first, "COMPLETED").await;
    assert_eq!(cloud.start_build(input.clone()).await, first);
    let mut other = input.clone();
    other["sourceVersion"] = "v2".into();
    check_failure(cloud.call("StartBuild", other).await, "InvalidInputException", "idempotency token");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(301)).await;
    tokio::time::resume();
    assert_ne!(cloud.start_build(input).await, first);
}

#[tokio::test]
async fn lists_come_in_pages_of_a_hundred_newest_first() {
    let cloud = Cloud::start().await;
    cloud.project("demo", NOTHING).await;
    let mut started = Vec::new();
    for _ in 0..101 {
        started.push(cloud.start_build(json!({"projectName": "demo"})).await);
    }
    let first = cloud.call("ListBuildsForProject", json!({"projectName": "demo"})).await.unwrap();
    let ids = first["ids"].as_array().unwrap();
    assert_eq!((ids.len(), &ids[0]), (100, &started[100].as_str().into()));
    let input = json!({"projectName": "demo", "nextToken": first["nextToken"]});
    let second = cloud.call("ListBuildsForProject", input).await.unwrap();
    assert_eq!(second, json!({"ids": [started[0]]}));
    let oldest = cloud.call("ListBuilds", json!({"sortOrder": "ASCENDING"})).await.unwrap();
    assert_eq!(oldest["ids"][0], started[0].as_str());
    cloud.codebuild.stop().await;
}

#[tokio::test]
async fn builds_are_found_by_id_and_arn_retried_and_deleted() {
    let cloud = Cloud::start().await;
    cloud.project("demo", NOTHING).await;
    let id = cloud.start_build(json!({"projectName": "demo"})).await;
    let arn = cloud.wait_for(&id, "COMPLETED").await["arn"].as_str().unwrap().to_owned();
    assert_eq!(cloud.build(&arn).await["id"], id.as_str());
    let retried = cloud.call("RetryBuild", json!({"id": arn})).await.unwrap();
    assert_eq!(retried["build"]["buildNumber"], 2);
    let deleted = cloud.call("BatchDeleteBuilds", json!({"ids": [id, "demo:none"]})).await.unwrap();
    assert_eq!(deleted["buildsDeleted"], json!([arn]));
    assert_eq!(deleted["buildsNotDeleted"], json!([{"id": "demo:none", "statusCode": "BUILD_NOT_FOUND"}]));
    let gone = cloud.call("BatchGetBuilds", json!({"ids": [id]})).await.unwrap();
    assert_eq!(gone, json!({"builds": [], "buildsNotFound": [id]}));
}

#[tokio::test]
async fn a_service_role_is_given_by_name_too() {
    let cloud = Cloud::start().await;
    for (name, role) in [("one", "Clone"), ("two", "service-role/Clone")] {
        let mut input = project(name, NOTHING);
        input["serviceRole"] = role.into();
        let arn = format!("arn:aws:iam::111122223333:role/{role}");
        let passed =
            cloud.codebuild.required_permissions(&crate::cloud::call("CreateProject", input.clone()));
        assert_eq!((&*passed[1].action, &*passed[1].resource), ("iam:PassRole", &*arn));
        let made = cloud.call("CreateProject", input).await.unwrap();
        assert_eq!(made["project"]["serviceRole"], arn);
    }
}

#[tokio::test]
async fn a_vpc_is_given_whole_or_not_at_all() {
    let cloud = Cloud::start().await;
    let whole = json!({"vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]});
    for (name, vpc) in [("whole", whole), ("none", json!({"subnets": [], "securityGroupIds": []}))] {
        let mut input = project(name, NOTHING);
        input["vpcConfig"] = vpc.clone();
        assert!(cloud.call("CreateProject", input).await.is_ok(), "{vpc}");
    }
}
