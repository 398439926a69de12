//! Builds that are stopped or take too long: they end at once, with everything they started.

use crate::cloud::{Cloud, phases};
use emulator_core::Service;
use serde_json::{Value, json};
use std::time::Duration;

/// Leaves a child, a grandchild, and a daemon with a session of its own, then waits for ever.
const STUBBORN: &str = "version: 0.2
env:
  shell: bash
  exported-variables: [STEP]
phases:
  install:
    commands:
      - sleep 987 & echo $! >> $CODEBUILD_SRC_DIR/../../../pids
  build:
    commands:
      - STEP=waiting
      - |
        trap '' TERM
        setsid sleep 987 & echo $! >> $CODEBUILD_SRC_DIR/../../../pids
        bash -c 'sleep 987 & echo $! >> $CODEBUILD_SRC_DIR/../../../pids; wait' &
        for look in $(seq 600); do [ $(wc -l < $CODEBUILD_SRC_DIR/../../../pids) = 3 ] && break; sleep 0.05; done
        printf 'all %s\\n' started
        sleep 987
";

async fn start() -> (Cloud, String) {
    let cloud = Cloud::start().await;
    cloud.project("stubborn", STUBBORN).await;
    let id = cloud.start_build(json!({"projectName": "stubborn"})).await;
    cloud.wait_for(&id, "BUILD").await;
    cloud.wait_for_line(&id, "all started").await;
    (cloud, id)
}

fn check_ended(cloud: &Cloud, build: &Value, status: &str) {
    assert_eq!(build["buildStatus"], status);
    let end = format!("BUILD {status}, COMPLETED -");
    assert!(phases(build).ends_with(&end), "{}", phases(build));
    assert_eq!(build["exportedEnvironmentVariables"], json!([{"name": "STEP", "value": "waiting"}]));
    let pids = std::fs::read_to_string(cloud.directory.path().join("pids")).unwrap();
    assert_eq!(pids.lines().count(), 3);
    for pid in pids.lines() {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "process {pid} still runs: {state}");
    }
}

#[tokio::test]
async fn stop_build_ends_everything_the_build_started() {
    let (cloud, id) = start().await;
    let answer = cloud.call("StopBuild", json!({"id": id})).await.unwrap();
    check_ended(&cloud, &answer["build"], "STOPPED");
    let again = cloud.call("StopBuild", json!({"id": id})).await.unwrap();
    assert_eq!(again["build"]["buildStatus"], "STOPPED");
}

#[tokio::test]
async fn stop_returns_when_every_build_has_ended() {
    let (cloud, id) = start().await;
    cloud.codebuild.stop().await;
    check_ended(&cloud, &cloud.build(&id).await, "STOPPED");
}

#[tokio::test]
async fn a_time_out_ends_everything_the_build_started() {
    let (cloud, id) = start().await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60 * 60 + 1)).await;
    tokio::time::resume();
    let build = cloud.wait_for(&id, "COMPLETED").await;
    check_ended(&cloud, &build, "TIMED_OUT");
    let phase =
        build["phases"].as_array().unwrap().iter().find(|phase| phase["phaseType"] == "BUILD").unwrap();
    assert_eq!(phase["contexts"][0]["statusCode"], "BUILD_TIMED_OUT");
}
