//! Calls that AWS refuses, and a request that has no time left.

use super::fake::{FakeCodeBuild, now};
use super::function;
use super::steps::{CANARY, marks, run, stepped};
use crate::{BuildRunner, Spec};
use serde_json::{Value, json};
use shared::drivers::{Clients, stepfunctions};
use shared::error::{chain, is_transient};
use shared::reconcile::step::{Plan, Reconcile};
use std::time::Duration;
use testing::driver_services::DriverServices;
use testing::reply::refusal;
use tokio::time::Instant;

async fn failed(it: &BuildRunner, spec: &Spec) -> crate::Error {
    let observed = match it.observe(spec).await {
        Ok(observed) => observed,
        Err(error) => return error,
    };
    let Plan::Act(action, _) = BuildRunner::plan(spec, &observed) else { panic!("{observed:?}") };
    it.act(&action, Instant::now() + Duration::from_mins(1)).await.unwrap_err()
}

#[tokio::test]
async fn a_project_that_does_not_exist_is_named_before_anything_is_started() {
    let aws = FakeCodeBuild::with(&["docs"]).aws();
    let told = stepped(&function(&aws).await, &run("r1")).await;
    assert!(told.starts_with("error: ProjectName is web, and CodeBuild has no project web"), "{told}");
    assert_eq!(aws.called(), ["ListBuildsForProject"]);
}

#[tokio::test]
async fn a_refused_call_is_told_and_a_throttled_one_is_made_again_by_the_next_step() {
    for (operation, expected) in [
        ("ListBuildsForProject", "could not list the builds of project web"),
        ("BatchGetBuilds", "could not look at builds of project web"),
        ("StartBuild", "could not start a build of project web"),
    ] {
        for (code, transient) in [("AccessDeniedException", false), ("ThrottlingException", true)] {
            let fake = FakeCodeBuild::with(&["web"]);
            fake.add("web", &json!([]), 60, 0, "SUCCEEDED");
            let aws = fake.aws().always(operation, "", refusal(code));
            let error = failed(&function(&aws).await, &run("r1")).await;
            let told = chain(&error);
            assert!(told.starts_with(expected) && told.ends_with(&format!(": {code} for a test")), "{told}");
            assert_eq!(is_transient(&error), transient, "{operation} {code}");
            assert_eq!(fake.builds().len(), 1, "{operation} {code}");
        }
    }
}

#[tokio::test]
async fn a_stop_that_is_refused_fails_and_one_of_a_build_that_is_gone_does_not() {
    for (code, expected) in [
        ("AccessDeniedException", "error: could not stop build web:1: AccessDeniedException"),
        (
            "InvalidInputException",
            "stopping 1 build, 1 call postponed: could not stop build web:1: InvalidInputException",
        ),
        (
            "ThrottlingException",
            "stopping 1 build, 1 call postponed: could not stop build web:1: ThrottlingException",
        ),
        ("ResourceNotFoundException", "stopping 1 build (1 build left)"),
    ] {
        let fake = FakeCodeBuild::with(&["web"]);
        fake.add("web", &marks("arn:stack", "Run", "r0"), 60, 99, "SUCCEEDED");
        let aws = fake.aws().always("StopBuild", "", refusal(code));
        let told = stepped(&function(&aws).await, &run("r1")).await;
        assert!(told.starts_with(expected), "{told}");
    }
}

#[tokio::test]
async fn a_project_without_a_place_for_another_build_is_waited_for() {
    let fake = FakeCodeBuild::with(&["web"]);
    let aws = fake.aws().on("StartBuild", refusal("AccountLimitExceededException"));
    let it = function(&aws).await;
    let told = stepped(&it, &run("r1")).await;
    let expected = "starting a build of project web, 1 call postponed: could not start a build of project web: AccountLimit";
    assert!(told.starts_with(expected), "{told}");
    assert_eq!(stepped(&it, &run("r1")).await, "starting a build of project web (1 build left)");
}

#[tokio::test]
async fn an_answer_that_repeats_a_value_is_told_without_it() {
    let quoting = json!({"__type": "InvalidInputException", "message": format!("bad variable {CANARY}")});
    let aws = FakeCodeBuild::with(&["web"]).aws().always("StartBuild", "", (400, quoting));
    let told = stepped(&function(&aws).await, &run("r1")).await;
    assert_eq!(
        told,
        "error: could not start a build of project web: InvalidInputException: bad variable ***"
    );
}

fn request(services: &DriverServices) -> Value {
    json!({
        "RequestType": "Create", "RequestId": "r1", "StackId": "arn:stack", "LogicalResourceId": "Run",
        "ResponseURL": services.url("r1"), "ResourceProperties": {
            "ServiceTimeout": "600", "ProjectName": "web",
            "EnvironmentVariables": [{"Name": "TOKEN", "Value": CANARY}, {"Name": "MORE", "Value": "ж".repeat(4096)}],
        },
    })
}

#[tokio::test]
async fn the_state_machine_is_given_no_value_and_its_steps_have_all() {
    let services = DriverServices::default();
    let clients = Clients::new(&services.config().await);
    let aws = FakeCodeBuild::with(&["web"]).aws().on("StartBuild", refusal("AccountLimitExceededException"));
    let it = function(&aws).await;
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:build-runner";
    let deadline = Instant::now() + Duration::from_mins(5);
    let context = shared::drivers::Context::new(arn, deadline);
    shared::drivers::cloudformation::serve(&it, request(&services), &context, &clients).await.unwrap();
    let run = services.run(0).unwrap();
    let shown = run.to_string();
    for secret in [CANARY, testing::driver_services::CANARY, "жж", "TOKEN"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let event = json!({"Step": run, "ProgressTracker": null});
    let stepped = stepfunctions::step(&it, event, deadline, &clients).await.unwrap();
    assert_eq!(stepped["Status"], "Waiting", "{stepped}");
    let variables = &aws.inputs("StartBuild")[1]["environmentVariablesOverride"];
    assert_eq!(variables[0]["value"], CANARY, "{variables}");
    assert_eq!(variables[1]["value"], "ж".repeat(4096), "{variables}");
}

#[tokio::test]
async fn a_build_that_outlasts_the_request_fails_it_in_time() {
    let services = DriverServices::default();
    let clients = Clients::new(&services.config().await);
    let fake = FakeCodeBuild::with(&["web"]);
    fake.add("web", &marks("arn:stack", "Run", "r1"), 60, 99, "SUCCEEDED");
    let it = function(&fake.aws()).await;
    let mut request = request(&services);
    request["ResponseURL"] = json!({"Encrypted": "00000001"});
    let event = json!({"Step": {"Request": request, "Asked": now() - 541}, "ProgressTracker": null});
    let error =
        stepfunctions::step(&it, event, Instant::now() + Duration::from_mins(1), &clients).await.unwrap_err();
    let expected = "out of time after 9 minutes: 1 build running (web:1: phase BUILD); doing it again runs another build. \
                    CloudFormation waits for ServiceTimeout seconds, 3600 at most";
    assert_eq!((error.kind, error.sentence.as_str()), ("Stuck", expected));
}
