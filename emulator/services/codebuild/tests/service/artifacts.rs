//! Secondary artifacts: uploaded for the identifiers that the project or a pipeline declares, as the buildspec defines them;
//! and what `CodeBuild` refuses of artifacts.

use crate::cloud::{Cloud, call, phases, project};
use emulator_core::{Credentials, Initiator, Service};
use serde_json::{Value, json};

/// Makes two files and defines these artifacts.
fn spec(artifacts: &Value) -> String {
    let commands =
        json!({"build": {"commands": ["mkdir -p docs && echo page > docs/page && echo tool > tool"]}});
    json!({"version": "0.2", "phases": commands, "artifacts": artifacts}).to_string()
}

/// The result of a build with these artifacts of its project and definitions in its buildspec.
async fn build(cloud: &Cloud, primary: Value, secondary: Value, defined: &Value) -> Value {
    let mut input = project("demo", &spec(defined));
    input["artifacts"] = primary;
    input["secondaryArtifacts"] = secondary;
    cloud.call("CreateProject", input).await.unwrap();
    let id = cloud.start_build(json!({"projectName": "demo"})).await;
    cloud.wait_for(&id, "COMPLETED").await
}

/// Keys of the objects in the bucket.
fn keys(cloud: &Cloud) -> Vec<String> {
    let mut keys: Vec<_> = cloud.seen.lock().unwrap().objects.keys().cloned().collect();
    keys.sort();
    keys
}

fn docs() -> Value {
    json!({"base-directory": "$CODEBUILD_SRC_DIR/docs", "files": ["**/*"]})
}

#[tokio::test]
async fn each_artifact_is_uploaded_with_its_own_settings() {
    let cloud = Cloud::start().await;
    let primary = json!({"type": "S3", "location": "bucket", "name": "tools"});
    let secondary = json!([
        {
            "type": "S3", "location": "bucket", "artifactIdentifier": "Docs", "path": "a", "name": "docs.zip",
            "namespaceType": "BUILD_ID", "packaging": "ZIP",
        },
        {
            "type": "S3", "location": "bucket", "artifactIdentifier": "Named", "name": "x",
            "overrideArtifactName": true, "encryptionDisabled": true,
        },
    ]);
    let mut named = docs();
    named["name"] = "from-spec".into();
    let defined = json!({"files": ["tool"], "secondary-artifacts": {
        "Docs": docs(), "Named": named, "OfNobody": docs(),
    }});
    let build = build(&cloud, primary, secondary, &defined).await;
    let id = build["id"].as_str().unwrap();
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", cloud.log(id));
    let run = id.split_once(':').unwrap().1;
    let zip = format!("a/{run}/docs.zip");
    let expected = ["from-spec/page", "tools/tool"].map(|key| format!("/bucket/{key}"));
    assert_eq!(keys(&cloud), [&[format!("/bucket/{zip}")], &expected[..]].concat());
    assert_eq!(build["artifacts"]["location"], "arn:aws:s3:::bucket/tools");
    let [docs, named] = build["secondaryArtifacts"].as_array().unwrap().as_slice() else {
        panic!("{build}");
    };
    assert_eq!(docs["location"], format!("arn:aws:s3:::bucket/{zip}"));
    assert_eq!((&docs["artifactIdentifier"], docs["sha256sum"].is_string()), (&"Docs".into(), true));
    let uploaded = json!({
        "artifactIdentifier": "Named", "location": "arn:aws:s3:::bucket/from-spec",
        "overrideArtifactName": true, "encryptionDisabled": true,
    });
    assert_eq!(*named, uploaded);
}

#[tokio::test]
async fn artifacts_that_codebuild_does_not_have_are_refused() {
    let cloud = Cloud::start().await;
    for (member, value, message) in [
        (
            "secondarySources",
            json!([{"type": "CODEPIPELINE", "sourceIdentifier": "a"}]),
            "Invalid input: sourceType CODEPIPELINE is not allowed for secondarySources",
        ),
        (
            "secondaryArtifacts",
            json!([{"type": "CODEPIPELINE", "artifactIdentifier": "a"}]),
            "Invalid input: artifactType CODEPIPELINE is not allowed for secondaryArtifacts",
        ),
        (
            "secondaryArtifacts",
            json!([{"type": "NO_ARTIFACTS", "artifactIdentifier": "a"}]),
            "Invalid input: artifactType NO_ARTIFACTS is not allowed for secondaryArtifacts",
        ),
        (
            "secondaryArtifacts",
            json!([{"type": "S3", "location": "b"}]),
            "Invalid secondary artifacts: artifactIdentifier is required",
        ),
        (
            "secondaryArtifacts",
            json!([{"type": "S3", "artifactIdentifier": "a"}]),
            "Invalid artifacts: location is required for artifacts type S3",
        ),
        (
            "artifacts",
            json!({"type": "NO_ARTIFACTS", "name": "x"}),
            "Invalid artifacts: artifact type NO_ARTIFACTS should have null output name",
        ),
    ] {
        let mut input = project("demo", &spec(&json!(null)));
        input[member] = value;
        let failure = cloud.call("CreateProject", input).await.unwrap_err();
        assert_eq!((&*failure.code, &*failure.message), ("InvalidInputException", message));
    }
}

#[tokio::test]
async fn an_artifact_that_the_buildspec_does_not_define_fails_the_upload() {
    let none = json!({"type": "NO_ARTIFACTS"});
    let own = json!({"type": "S3", "location": "bucket", "name": "own"});
    let more = json!([{"type": "S3", "location": "bucket", "artifactIdentifier": "Docs", "name": "docs"}]);
    let secondary = json!({"secondary-artifacts": {"Docs": docs()}});
    for (primary, further, defined, missing) in [
        (own, more.clone(), &secondary, "primary artifacts"),
        (none.clone(), more.clone(), &json!({"files": ["tool"]}), "secondary artifacts Docs"),
        (none.clone(), more.clone(), &json!(null), "secondary artifacts Docs"),
    ] {
        let cloud = Cloud::start().await;
        let build = build(&cloud, primary, further, defined).await;
        let shown = phases(&build);
        assert!(shown.contains("UPLOAD_ARTIFACTS FAILED"), "{shown}");
        let message = format!("no definition for {missing} in buildspec");
        let context = json!({"statusCode": "CLIENT_ERROR", "message": message});
        assert_eq!(build["phases"][8]["contexts"][0], context);
    }
    let cloud = Cloud::start().await;
    let build = build(&cloud, none, more, &secondary).await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", cloud.log(build["id"].as_str().unwrap()));
    assert_eq!(keys(&cloud), ["/bucket/docs/page"]);
}

#[tokio::test]
async fn several_outputs_of_a_pipeline_are_secondary_artifacts() {
    let cloud = Cloud::start().await;
    let defined = json!({"secondary-artifacts": {"Docs": docs(), "Tool": {"files": ["tool"]}}});
    let mut input = project("demo", &spec(&defined));
    input["source"]["type"] = "CODEPIPELINE".into();
    input["artifacts"]["type"] = "CODEPIPELINE".into();
    cloud.call("CreateProject", input).await.unwrap();
    let key = call("StartBuild", json!({})).caller.access_key;
    let credentials =
        Credentials { access_key_id: key, secret_access_key: String::new(), session_token: String::new() };
    let initiator = Initiator { name: "codepipeline/demo".into(), revision: None };
    let _introduction = cloud.codebuild.context().bridge.introduce(&credentials, initiator);
    let output = |name: &str, key: &str| {
        json!({
            "type": "CODEPIPELINE", "artifactIdentifier": name, "location": "bucket", "path": "p", "name": key,
            "packaging": "ZIP",
        })
    };
    let request = json!({
        "projectName": "demo",
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceVersion": "arn:aws:s3:::bucket/in.zip",
        "artifactsOverride": {"type": "CODEPIPELINE"},
        "secondaryArtifactsOverride": [output("Docs", "d1"), output("Tool", "t1")],
    });
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("readme", zip::write::SimpleFileOptions::default()).unwrap();
    let source = zip.finish().unwrap().into_inner();
    cloud.seen.lock().unwrap().objects.insert("/bucket/in.zip".into(), source);
    let id = cloud.start_build(request).await;
    let build = cloud.wait_for(&id, "COMPLETED").await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", cloud.log(&id));
    assert_eq!(keys(&cloud), ["/bucket/in.zip", "/bucket/p/d1", "/bucket/p/t1"]);
    assert_eq!(build["secondaryArtifacts"][1]["location"], "arn:aws:s3:::bucket/p/t1");
}
