//! The emulator as a whole, with ministack really running.

mod actors;
mod bodies;
mod browser;
mod buckets;
mod catalog;
mod catalog_access;
mod catalog_types;
mod condition_keys;
mod door;
mod exports;
mod failures;
mod filters;
mod nested;
mod network_types;
mod new_service;
mod new_type;
mod notebooks;
mod organizations;
mod packages;
mod permissions;
mod phases;
mod projects;
mod security_groups;
mod shared_service;
mod signatures;
mod stack_policies;
mod stack_set_types;
mod stack_sets;
mod stack_sets_of_organizations;
mod stacks;
mod starts;
mod studio;
mod templates;
mod trail;
mod vpc_builds;

use super::*;
use aws_sdk_s3::primitives::ByteStream;
use std::path::PathBuf;
use std::time::Duration;

/// Waits until something is so; `what` names it in the failure.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    testing::until(what, async || is_so().await.then_some(())).await;
}

/// The result of a call that must not hang; `what` names it in the failure.
async fn answered<T>(what: &str, call: impl Future<Output = T>) -> T {
    tokio::select! {
        answer = call => answer,
        () = until(what, async || false) => unreachable!("`until` returns when something is so only"),
    }
}

#[tokio::test]
async fn nothing_but_loopback_is_listened_on() {
    for address in ["0.0.0.0", "192.168.0.1", "::"] {
        let options = Options { address: address.parse().unwrap(), ..Options::default() };
        let error = Cloud::start(options).await.err().unwrap().to_string();
        assert!(error.contains("loopback only"), "{error}");
    }
}

#[tokio::test]
async fn two_local_clouds_do_not_share_a_folder() {
    let parent = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(parent.path().join("up-4566")), ..Options::default() };
    let first = Cloud::start(options()).await.unwrap();
    let file = first.state().join("git").join("mine");
    std::fs::write(&file, "a repository").unwrap();
    let error = Cloud::start(options()).await.err().unwrap().to_string();
    assert!(error.contains("another emulator uses") && error.contains("up-4566"), "{error}");
    assert!(file.exists());
    first.stop().await;
    // The next one begins anew.
    let next = Cloud::start(options()).await.unwrap();
    assert!(!file.exists());
    next.stop().await;
}

#[tokio::test]
async fn a_missing_virtual_environment_is_said() {
    let project = tempfile::tempdir().unwrap();
    let options = Options { project: PathBuf::from(project.path()), ..Options::default() };
    let error = Cloud::start(options).await.err().unwrap().to_string();
    assert!(error.contains("make .venv/emulator/installed"), "{error}");
}

#[test]
fn another_version_of_ministack_is_refused() {
    let project = Options::default().project;
    let code =
        "import sys; sys.path.insert(0, 'emulator/cloudformation'); import pinned; pinned.check(sys.argv[1])";
    let python = project.join(".venv/emulator/bin/python");
    let output = std::process::Command::new(python)
        .args(["-c", code, "1.0.0"])
        .current_dir(&project)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.starts_with("ministack 1.0.0 is installed, and"), "{told}");
}

#[tokio::test]
async fn calls_are_served_recorded_and_disturbed_as_planned() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let root = cloud.root().await;
    let s3 = aws_sdk_s3::Client::new(&root);
    s3.create_bucket().bucket("artifacts").send().await.unwrap();
    let large = vec![7; 3_000_000];
    let put = s3.put_object().bucket("artifacts").key("a b/c.zip").body(ByteStream::from(large.clone()));
    put.send().await.unwrap();
    let got = s3.get_object().bucket("artifacts").key("a b/c.zip").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().into_bytes(), large);

    let calls = cloud.recorder().since(0);
    let last = calls.last().unwrap();
    assert_eq!((&*last.service, &*last.operation, last.status), ("s3", "GetObject", 200));
    assert_eq!(last.principal, "arn:aws:iam::111122223333:root");
    assert_eq!(last.permissions, [("s3:GetObject".into(), "arn:aws:s3:::artifacts/a b/c.zip".into())]);

    let codepipeline = aws_sdk_codepipeline::Client::new(&root);
    let fault = json!({"kind": "access-denied", "service": "codepipeline", "operation": "ListPipelines"});
    cloud.faults().plan(serde_json::from_value(fault).unwrap());
    let denied = codepipeline.list_pipelines().send().await.unwrap_err();
    assert_eq!(denied.into_service_error().meta().code(), Some("AccessDeniedException"));
    assert!(codepipeline.list_pipelines().send().await.unwrap().pipelines().is_empty());
    assert!(cloud.invocations(0).await.unwrap().is_empty());

    let (state, port) = (cloud.state().to_owned(), cloud.ministack.port);
    cloud.stop().await;
    assert!(!state.exists());
    let refused =
        tokio::time::timeout(Duration::from_secs(1), tokio::net::TcpStream::connect(("127.0.0.1", port)));
    assert!(refused.await.unwrap().is_err());
}

#[tokio::test]
async fn a_role_is_only_lent_to_the_service_and_source_it_trusts() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let bridge = &cloud.context().bridge;
    let missing = "arn:aws:iam::111122223333:role/missing";
    let refused = bridge.assume(missing, "codebuild.amazonaws.com", "arn:aws:codebuild:::p", "s").await;
    assert_eq!(refused.unwrap_err().code, "AccessDenied");
    let unknown = bridge.authorize("AKIANOBODY", None, &[], None).await.unwrap();
    assert_eq!(unknown.code.as_deref(), Some("UnrecognizedClientException"));
    cloud.stop().await;
}

#[tokio::test]
async fn an_event_that_failed_three_times_is_dropped_if_nothing_is_to_get_it() {
    let stacks = stacks::Stacks::start().await;
    let settings = json!({
        "Type": "AWS::Lambda::EventInvokeConfig",
        "Properties": {"FunctionName": "silent", "Qualifier": "$LATEST", "MaximumRetryAttempts": 2},
    });
    stacks.create("s", &stacks::template(&json!({"Settings": settings}))).await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    let invoke = format!(
        "lambda invoke --function-name silent --invocation-type Event {}",
        stacks.cloud.state().join("answer").display()
    );
    studio::aws(&stacks.cloud, &invoke).await.unwrap();
    until("it was tried three times", async || stacks.cloud.invocations(0).await.unwrap().len() == 3).await;
    let log = std::fs::read_to_string(stacks.cloud.state().join("ministack.log")).unwrap();
    assert!(!log.contains("Traceback"), "{log}");
    stacks.cloud.stop().await;
}
