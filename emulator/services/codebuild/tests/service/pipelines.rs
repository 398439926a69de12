//! Builds of projects whose source is an artifact of a pipeline.

use crate::cloud::{Cloud, call, project};
use emulator_core::{Credentials, Initiator, Service};
use serde_json::{Value, json};

const SPEC: &str = r#"{"version": "0.2", "artifacts": {"files": ["*"]}, "phases": {"build": {"commands": [
    "env | grep ^CODEBUILD_ | sort", "cat file", "env > environment",
    "[ -z \"$CODEBUILD_SRC_DIR_Lib\" ] || sed s/^/again:/ \"$CODEBUILD_SRC_DIR_Lib/file\""]}}}"#;

/// A cloud with a project of a pipeline, and a zip where the pipeline has its artifact.
async fn cloud() -> Cloud {
    let cloud = Cloud::start().await;
    let mut maker = project("maker", SPEC);
    maker["source"]["buildspec"] = SPEC.replace("cat file", "echo the source > file").into();
    maker["artifacts"] =
        json!({"type": "S3", "location": "bucket", "path": "p/In", "name": "a1.zip", "packaging": "ZIP"});
    cloud.call("CreateProject", maker).await.unwrap();
    let made = cloud.start_build(json!({"projectName": "maker"})).await;
    assert_eq!(cloud.wait_for(&made, "COMPLETED").await["buildStatus"], "SUCCEEDED", "{}", cloud.log(&made));
    let mut of_pipeline = project("demo", SPEC);
    of_pipeline["source"]["type"] = "CODEPIPELINE".into();
    of_pipeline["artifacts"]["type"] = "CODEPIPELINE".into();
    cloud.call("CreateProject", of_pipeline).await.unwrap();
    cloud
}

/// What a pipeline asks for.
fn request() -> Value {
    json!({
        "projectName": "demo",
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceVersion": "arn:aws:s3:::bucket/p/In/a1.zip",
        "artifactsOverride": {
            "type": "CODEPIPELINE", "location": "bucket", "path": "p/Out", "name": "b2", "packaging": "ZIP",
        },
    })
}

#[tokio::test]
async fn a_build_of_a_pipeline_has_its_name_and_revision() {
    let cloud = cloud().await;
    let key = call("StartBuild", json!({})).caller.access_key;
    let credentials =
        Credentials { access_key_id: key, secret_access_key: String::new(), session_token: String::new() };
    let initiator = Initiator { name: "codepipeline/demo".into(), revision: Some("abc123".into()) };
    let _introduction = cloud.codebuild.context().bridge.introduce(&credentials, initiator);
    let mut request = request();
    request["secondarySourcesOverride"] = json!([{"type": "CODEPIPELINE", "sourceIdentifier": "Lib"}]);
    request["secondarySourcesVersionOverride"] =
        json!([{"sourceIdentifier": "Lib", "sourceVersion": "arn:aws:s3:::bucket/p/In/a1.zip"}]);
    let id = cloud.start_build(request).await;
    let build = cloud.wait_for(&id, "COMPLETED").await;
    let log = cloud.log(&id);
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{log}");
    assert_eq!(build["initiator"], "codepipeline/demo");
    assert_eq!(build["sourceVersion"], "arn:aws:s3:::bucket/p/In/a1.zip");
    assert_eq!(build["resolvedSourceVersion"], "abc123");
    assert_eq!(build["source"]["type"], "CODEPIPELINE");
    assert_eq!(build["artifacts"]["location"], "arn:aws:s3:::bucket/p/Out/b2");
    for line in [
        "the source",
        "again:the source",
        "CODEBUILD_INITIATOR=codepipeline/demo",
        "CODEBUILD_PROJECT_ARN=arn:aws:codebuild:us-east-1:111122223333:project/demo",
        "CODEBUILD_RESOLVED_SOURCE_VERSION=abc123",
        "CODEBUILD_SOURCE_VERSION=arn:aws:s3:::bucket/p/In/a1.zip",
    ] {
        assert!(log.lines().any(|logged| logged.ends_with(line)), "no {line} in {log}");
    }
    let events = cloud.events("CodeBuild Build State Change", 4).await;
    let more = &events[3]["detail"]["additional-information"];
    assert_eq!(more["source"]["type"], "CODEPIPELINE");
    assert_eq!(more["initiator"], "codepipeline/demo");
}

#[tokio::test]
async fn a_project_of_a_pipeline_has_no_badge() {
    let cloud = cloud().await;
    let update = json!({"name": "demo", "badgeEnabled": true});
    let failure = cloud.call("UpdateProject", update).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "InvalidInputException: Build badges are not supported for CodePipeline source"
    );
}

#[tokio::test]
async fn a_person_cannot_start_a_build_of_a_pipeline() {
    let cloud = cloud().await;
    let artifacts = "ArtifactsOverride must be set when using artifacts type CodePipelines";
    let both = "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE";
    for (input, message) in [
        (json!({"projectName": "demo"}), artifacts),
        (request(), artifacts),
        (json!({"projectName": "demo", "artifactsOverride": {"type": "NO_ARTIFACTS"}}), both),
        (
            json!({
                "projectName": "demo", "sourceTypeOverride": "S3", "sourceLocationOverride": "bucket/p/In/a1.zip",
            }),
            artifacts,
        ),
    ] {
        let failure = cloud.call("StartBuild", input.clone()).await.unwrap_err();
        assert_eq!((&*failure.code, &*failure.message), ("InvalidInputException", message), "{input}");
    }
}
