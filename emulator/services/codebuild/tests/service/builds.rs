//! Builds that run to their end: what their commands see, what they report.

use crate::cloud::{Cloud, SESSION_TOKEN, phases, project};
use serde_json::{Value, json};

const ALL_GREEN: &str = "SUBMITTED SUCCEEDED, QUEUED SUCCEEDED, PROVISIONING SUCCEEDED, DOWNLOAD_SOURCE SUCCEEDED, \
    INSTALL SUCCEEDED, PRE_BUILD SUCCEEDED, BUILD SUCCEEDED, POST_BUILD SUCCEEDED, UPLOAD_ARTIFACTS SUCCEEDED, \
    FINALIZING SUCCEEDED, COMPLETED -";

fn spec(phases: &Value) -> String {
    json!({
        "version": 0.2,
        "env": {"shell": "bash", "exported-variables": ["SEEN", "NEVER_SET", "AWS_SESSION_TOKEN"]},
        "phases": phases,
    })
    .to_string()
}

fn exported(build: &Value) -> &str {
    let variables = build["exportedEnvironmentVariables"].as_array().unwrap();
    assert_eq!(variables.len(), 1, "{variables:?}");
    assert_eq!(variables[0]["name"], "SEEN");
    variables[0]["value"].as_str().unwrap()
}

/// Runs phases and checks status, the phases that differ from success, and the exported variable.
async fn check(phases_of_spec: Value, status: &str, not_green: &str, seen: &str) {
    let cloud = Cloud::start().await;
    let build = cloud.run(&spec(&phases_of_spec)).await;
    let log = cloud.log(build["id"].as_str().unwrap());
    assert_eq!(build["buildStatus"], status, "{log}");
    assert_eq!(build["buildComplete"], true);
    let file = cloud.codebuild.log_path(build["id"].as_str().unwrap());
    assert_eq!(build["logs"]["deepLink"], format!("file://{}", file.display()));
    let shown = phases(&build);
    let not_shown: Vec<_> = shown.split(", ").filter(|phase| !phase.ends_with("SUCCEEDED")).collect();
    assert_eq!(not_shown.join(", "), not_green, "{log}");
    assert_eq!(exported(&build), seen, "{log}");
    assert_eq!(cloud.directory.path().join(".run").read_dir().unwrap().count(), 0, "scratch is left behind");
}

#[tokio::test]
async fn environment_and_directory_go_from_command_to_command_and_phase_to_phase() {
    let phases = json!({
        "install": {"commands": ["mkdir -p sub && cd sub", "A=one"]},
        "build": {"commands": ["export SEEN=\"$A $(basename $PWD)\""]},
    });
    check(phases, "SUCCEEDED", "COMPLETED -", "one sub").await;
}

#[tokio::test]
async fn values_keep_their_lines_and_quotes() {
    let phases = json!({"build": {"commands": ["export SEEN=$'first\\nsecond \\'quoted\\' $HOME'", "true"]}});
    check(phases, "SUCCEEDED", "COMPLETED -", "first\nsecond 'quoted' $HOME").await;
}

#[tokio::test]
async fn post_build_runs_after_a_failed_build_and_knows_it() {
    let phases = json!({
        "build": {"commands": ["SEEN=half", "exit 12", "SEEN=never"]},
        "post_build": {"commands": ["SEEN=\"$SEEN $CODEBUILD_BUILD_SUCCEEDING\""]},
    });
    check(phases, "FAILED", "BUILD FAILED, COMPLETED -", "half 0").await;
}

#[tokio::test]
async fn a_failed_pre_build_ends_the_build() {
    let phases = json!({
        "pre_build": {"commands": ["SEEN=pre", "false"]},
        "build": {"commands": ["SEEN=build"]},
    });
    check(phases, "FAILED", "PRE_BUILD FAILED, COMPLETED -", "pre").await;
}

#[tokio::test]
async fn on_failure_decides_what_follows() {
    let go_on = json!({
        "pre_build": {"commands": ["false"], "on-failure": "CONTINUE"},
        "build": {"commands": ["SEEN=build"]},
    });
    check(go_on, "FAILED", "PRE_BUILD FAILED, COMPLETED -", "build").await;
    let abort = json!({
        "build": {"commands": ["SEEN=build", "false"], "on-failure": "ABORT"},
        "post_build": {"commands": ["SEEN=post"]},
    });
    check(abort, "FAILED", "BUILD FAILED, COMPLETED -", "build").await;
}

#[tokio::test]
async fn finally_runs_after_success_and_failure() {
    let good = json!({"build": {"commands": ["SEEN=1"], "finally": ["SEEN=${SEEN}2"]}});
    check(good, "SUCCEEDED", "COMPLETED -", "12").await;
    let bad = json!({"build": {"commands": ["SEEN=1", "false"], "finally": ["SEEN=${SEEN}2"]}});
    check(bad, "FAILED", "BUILD FAILED, COMPLETED -", "12").await;
}

#[tokio::test]
async fn a_failure_carries_the_exit_status() {
    let cloud = Cloud::start().await;
    let build = cloud.run(&spec(&json!({"build": {"commands": ["sh -c 'exit 12'"]}}))).await;
    let context = build["phases"][6]["contexts"][0].clone();
    assert_eq!(
        context,
        json!({
            "statusCode": "COMMAND_EXECUTION_ERROR",
            "message": "Error while executing command: sh -c 'exit 12'. Reason: exit status 12",
        })
    );
}

#[tokio::test]
async fn a_build_sees_a_clean_environment_and_no_log_shows_a_secret() {
    let cloud = Cloud::start().await;
    let mut input = project(
        "secrets",
        &spec(&json!({"build": {"commands": [
            "env | sort",
            "[ ${#PASSWORD} = 19 ] && [ \"$WHO\" = call ] && [ -z \"$CARGO\" ]",
            "[ \"$PWD\" = \"$CODEBUILD_SRC_DIR\" ] && [ \"$CODEBUILD_INITIATOR\" = alice ]",
            "SEEN=$CODEBUILD_BUILD_ID",
        ]}})),
    );
    input["environment"]["environmentVariables"] = json!([
        {"name": "PASSWORD", "value": "git-login:password", "type": "SECRETS_MANAGER"},
        {"name": "WHO", "value": "project"},
    ]);
    cloud.call("CreateProject", input).await.unwrap();
    let variables = json!([{"name": "WHO", "value": "call", "type": "PLAINTEXT"}]);
    let id =
        cloud.start_build(json!({"projectName": "secrets", "environmentVariablesOverride": variables})).await;
    let build = cloud.wait_for(&id, "COMPLETED").await;
    let log = cloud.log(&id);
    assert_eq!(phases(&build), ALL_GREEN, "{log}");
    assert_eq!(exported(&build), id);
    cloud.events("CodeBuild Build State Change", 2).await;
    let seen = cloud.seen.lock().unwrap();
    let everything = format!("{log} {build} {:?} {:?}", seen.lines, seen.events);
    assert!(everything.contains("AWS_SESSION_TOKEN=***"), "{log}");
    for secret in [SESSION_TOKEN, "secret-key-canary", "secret-value-canary"] {
        assert!(!everything.contains(secret), "{secret} is in {everything}");
    }
    assert!(seen.lines.iter().any(|line| line.contains("Phase complete: FINALIZING State: SUCCEEDED")));
}

#[tokio::test]
async fn what_the_role_may_not_do_fails_the_phase_that_needs_it() {
    let variables = json!([{"name": "KEY", "value": "key", "type": "SECRETS_MANAGER"}]);
    for (denied, phase, code) in [
        ("CreateLogStream", "PROVISIONING", "ACCESS_DENIED"),
        ("PutLogEvents", "PROVISIONING", "ACCESS_DENIED"),
        ("GetSecretValue", "DOWNLOAD_SOURCE", "Secrets Manager Error"),
    ] {
        let cloud = Cloud::start().await;
        cloud.project("denied", &spec(&json!({}))).await;
        cloud.seen.lock().unwrap().denied = denied;
        let input = json!({"projectName": "denied", "environmentVariablesOverride": variables});
        let id = cloud.start_build(input).await;
        let build = cloud.wait_for(&id, "COMPLETED").await;
        assert_eq!(build["buildStatus"], "FAILED");
        let failed =
            build["phases"].as_array().unwrap().iter().find(|phase| phase["phaseStatus"] == "FAILED");
        let failed = failed.unwrap();
        assert_eq!(failed["phaseType"], phase, "{denied}");
        assert_eq!(failed["contexts"][0]["statusCode"], code, "{denied}: {failed}");
    }
}

#[tokio::test]
async fn artifacts_of_one_build_are_the_source_of_the_next() {
    let cloud = Cloud::start().await;
    let artifacts = json!({"files": ["**/*"], "exclude-paths": ["*.tmp"], "base-directory": "out"});
    let mut maker: Value = serde_json::from_str(&spec(&json!({"build": {"commands": [
        "mkdir -p out/bin && cd out && touch .hidden junk.tmp && ln -s bin/tool link",
        "printf '#!/bin/sh\\necho from the artifact\\n' > bin/tool && chmod 755 bin/tool",
    ]}})))
    .unwrap();
    maker["artifacts"] = artifacts;
    let mut input = project("maker", &maker.to_string());
    input["artifacts"] =
        json!({"type": "S3", "location": "bucket", "path": "a", "name": "out.zip", "packaging": "ZIP"});
    cloud.call("CreateProject", input).await.unwrap();
    let id = cloud.start_build(json!({"projectName": "maker"})).await;
    let build = cloud.wait_for(&id, "COMPLETED").await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", cloud.log(&id));
    assert_eq!(build["artifacts"]["location"], "arn:aws:s3:::bucket/a/out.zip");
    assert!(!build.as_object().unwrap().contains_key("resolvedSourceVersion"));

    let user = spec(&json!({"build": {"commands": ["SEEN=\"$(./link) $(ls -A | tr '\\n' ' ')\""]}}));
    let mut input = project("user", &user);
    input["source"]["type"] = "CODEPIPELINE".into();
    input["artifacts"]["type"] = "CODEPIPELINE".into();
    cloud.call("CreateProject", input).await.unwrap();
    let input = json!({
        "projectName": "user",
        "sourceTypeOverride": "S3",
        "sourceLocationOverride": "bucket/a/out.zip",
        "artifactsOverride": {"type": "NO_ARTIFACTS"},
    });
    let id = cloud.start_build(input).await;
    let build = cloud.wait_for(&id, "COMPLETED").await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", cloud.log(&id));
    assert_eq!(exported(&build), "from the artifact .hidden bin link ");
}
