//! Whose build is found, started and stopped.

use super::fake::{FakeCodeBuild, PAGE};
use super::function;
use crate::spec::{Owner, Run, Task};
use crate::variables::Variables;
use crate::{BuildRunner, Spec};
use serde_json::{Value, json};
use shared::reconcile::step::{Plan, Reconcile, StepResult, step};
use std::time::Duration;
use tokio::time::Instant;

pub(super) const CANARY: &str = "canary-4711";

fn owner(stack: &str, resource: &str) -> Owner {
    Owner { stack: stack.to_owned(), resource: resource.to_owned() }
}

pub(super) fn run(request: &str) -> Spec {
    let variables = Variables::read(json!([{"Name": "TOKEN", "Value": CANARY}])).unwrap();
    let source_version = Some("main".to_owned());
    let run =
        Run { request: request.to_owned(), variables, source_version, exported: vec!["IMAGE".to_owned()] };
    Spec { project: "web".to_owned(), owner: owner("arn:stack", "Run"), task: Task::Run(run) }
}

fn stop() -> Spec {
    Spec { task: Task::Stop, ..run("delete") }
}

/// The variables of a build of this stack, resource and request.
pub(super) fn marks(stack: &str, resource: &str, request: &str) -> Value {
    let pairs =
        [("SM_MLOPS_STACK_ID", stack), ("SM_MLOPS_LOGICAL_ID", resource), ("SM_MLOPS_REQUEST_ID", request)];
    json!(pairs.map(|(name, value)| json!({"name": name, "value": value, "type": "PLAINTEXT"})))
}

/// One step. What it says: the output, or what is waited for.
pub(super) async fn stepped(it: &BuildRunner, spec: &Spec) -> String {
    match step(it, spec, Instant::now() + Duration::from_mins(1)).await {
        Ok(StepResult::Done(output) | StepResult::Absent(output, _)) => json!(output).to_string(),
        Ok(StepResult::Waiting(waiting)) => waiting.to_string(),
        Err(error) => format!("error: {}", shared::error::chain(&error)),
    }
}

#[tokio::test]
async fn a_request_has_one_build_however_often_its_steps_are_repeated() {
    let fake = FakeCodeBuild::with(&["web"]);
    let aws = fake.aws();
    let it = function(&aws).await;
    let spec = run("r1");
    // Two steps at once: neither has seen the build of the other.
    let observed = it.observe(&spec).await.unwrap();
    let Plan::Act(action, _) = BuildRunner::plan(&spec, &observed) else { panic!("{observed:?}") };
    for _ in 0..2 {
        it.act(&action, Instant::now()).await.unwrap();
    }
    assert_eq!(fake.builds().len(), 1);
    for _ in 0..2 {
        assert_eq!(stepped(&it, &spec).await, "1 build running (web:1: phase BUILD)");
    }
    let done = stepped(&it, &spec).await;
    assert!(
        done.contains(r#""BuildId":"web:1""#) && done.contains(r#""Exported.IMAGE":"image:1""#),
        "{done}"
    );
    assert!(!done.contains("OTHER"), "{done}");
    assert_eq!(stepped(&it, &spec).await, done, "asked again later");
    let starts = aws.inputs("StartBuild");
    assert!(starts.iter().all(|input| *input == starts[0]), "one token, one input: {starts:?}");
    assert_eq!(starts[0]["sourceVersion"], "main");
    let variables = &starts[0]["environmentVariablesOverride"];
    assert_eq!(variables[0], json!({"name": "TOKEN", "value": CANARY, "type": "PLAINTEXT"}));
    // Another request has another build.
    stepped(&it, &run("r2")).await;
    assert_eq!(fake.builds().len(), 2);
}

#[tokio::test]
async fn a_build_is_found_on_a_later_page() {
    let fake = FakeCodeBuild::with(&["web"]);
    fake.add("web", &marks("arn:stack", "Run", "r1"), 60, 0, "SUCCEEDED");
    for _ in 0..PAGE {
        fake.add("web", &json!([]), 30, 0, "SUCCEEDED");
    }
    let aws = fake.aws();
    let done = stepped(&function(&aws).await, &run("r1")).await;
    assert!(done.contains(r#""BuildId":"web:1""#), "{done}");
    assert_eq!(
        aws.called(),
        ["ListBuildsForProject", "BatchGetBuilds", "ListBuildsForProject", "BatchGetBuilds"]
    );
}

#[tokio::test]
async fn reading_ends_where_no_older_build_can_run() {
    let two_days = 48 * 3600;
    let fake = FakeCodeBuild::with(&["web"]);
    for ago in [two_days + 60, two_days] {
        for _ in 0..PAGE {
            fake.add("web", &marks("arn:stack", "Run", "old"), ago, 0, "SUCCEEDED");
        }
    }
    let aws = fake.aws();
    assert_eq!(
        stepped(&function(&aws).await, &stop()).await,
        r#"{"BuildArn":"","BuildId":"","LogsLink":""}"#
    );
    assert_eq!(aws.called(), ["ListBuildsForProject", "BatchGetBuilds"]);
}

#[tokio::test]
async fn a_build_that_somebody_retried_counts_in_place_of_the_first() {
    let fake = FakeCodeBuild::with(&["web"]);
    fake.add("web", &marks("arn:stack", "Run", "r1"), 60, 0, "STOPPED");
    fake.add("web", &marks("arn:stack", "Run", "r1"), 30, 0, "SUCCEEDED");
    let done = stepped(&function(&fake.aws()).await, &run("r1")).await;
    assert!(done.contains(r#""BuildId":"web:2""#), "{done}");
}

#[tokio::test]
async fn builds_of_the_resource_are_stopped_and_those_of_others_never() {
    let fake = FakeCodeBuild::with(&["web"]);
    let foreign = [
        json!([]),
        marks("arn:other", "Run", "r1"),
        marks("arn:stack", "Other", "r1"),
        json!([{"name": "SM_MLOPS_STACK_ID", "value": "arn:stack"}, {"name": "SM_MLOPS_REQUEST_ID", "value": "r1"}]),
    ];
    for variables in &foreign {
        fake.add("web", variables, 60, 99, "SUCCEEDED");
    }
    let own = fake.add("web", &marks("arn:stack", "Run", "r1"), 60, 99, "SUCCEEDED");
    let aws = fake.aws();
    let it = function(&aws).await;
    assert_eq!(stepped(&it, &stop()).await, "stopping 1 build (1 build left)");
    while stepped(&it, &stop()).await.starts_with("stopping") {}
    let stops = aws.inputs("StopBuild");
    assert!(!stops.is_empty() && stops.iter().all(|input| input["id"] == *own), "{stops:?}");
    let running = fake.builds().into_iter().filter(|(_, status)| status == "IN_PROGRESS").count();
    assert_eq!(running, foreign.len());
}

#[tokio::test]
async fn an_update_stops_the_build_of_the_request_before_and_then_runs_its_own() {
    let fake = FakeCodeBuild::with(&["web"]);
    let before = fake.add("web", &marks("arn:stack", "Run", "r1"), 60, 99, "SUCCEEDED");
    let aws = fake.aws();
    let it = function(&aws).await;
    while stepped(&it, &run("r2")).await.starts_with("stopping") {}
    assert_eq!(fake.builds()[0], (before, "STOPPED".to_owned()));
    assert_eq!((fake.builds().len(), aws.calls("StartBuild").len()), (2, 1));
    let told = stepped(&it, &run("r1")).await;
    assert!(told.starts_with("error: build web:1 was stopped before it ended"), "{told}");
}
