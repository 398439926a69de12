//! The decision, one line per situation.

use super::*;
use crate::spec::Owner;
use serde_json::json;
use shared::aws::codebuild::FailedPhase;
use std::collections::BTreeMap;

const CANARY: &str = "canary-4711";

fn spec(exported: &[&str]) -> Spec {
    let variables = Variables::read(json!([{"Name": "TOKEN", "Value": CANARY}])).unwrap();
    let exported = exported.iter().map(|name| (*name).to_owned()).collect();
    let run = Run { request: "r".to_owned(), variables, source_version: None, exported };
    let owner = Owner { stack: "arn:stack".to_owned(), resource: "Run".to_owned() };
    Spec { project: "web".to_owned(), owner, task: Task::Run(run) }
}

fn build(id: &str, status: &str) -> Build {
    Build {
        id: id.to_owned(),
        arn: format!("arn:{id}"),
        number: 1,
        status: BuildStatus::from(status),
        phase: "BUILD".to_owned(),
        at_most: Duration::from_mins(70),
        failed: None,
        log: Some("https://logs/1".to_owned()),
        exported: BTreeMap::new(),
    }
}

fn failed(status: &str, phase: &str, reason: &str) -> Build {
    let failed = FailedPhase { name: phase.to_owned(), reason: reason.to_owned() };
    Build { failed: Some(failed), ..build("web:1", status) }
}

fn seen(own: Option<Build>, others: Vec<Build>) -> Observation {
    Observation { project: true, own, others }
}

/// The plan in words: what is done or waited for, or why it is stuck.
fn planned(spec: &Spec, observed: &Observation) -> String {
    match plan(spec, observed) {
        Plan::Done(output) => format!("done {}", json!(output)),
        Plan::Act(action, remaining) => format!("{action}, {remaining} left"),
        Plan::Wait(waiting) => format!("wait: {waiting}"),
        Plan::Stuck(why) => why,
    }
}

#[track_caller]
fn check(own: Option<Build>, others: Vec<Build>, expected: &str) {
    let told = planned(&spec(&[]), &seen(own, others));
    assert_eq!(told, expected);
}

#[test]
fn a_request_starts_its_build_when_no_other_of_the_resource_runs() {
    check(None, vec![], "starting a build of project web, 1 build left");
    let others = || vec![build("web:7", "IN_PROGRESS"), build("web:8", "IN_PROGRESS")];
    check(None, others(), "stopping 2 builds, 2 builds left");
    let missing = planned(&spec(&[]), &Observation::default());
    let expected = "ProjectName is web, and CodeBuild has no project web in this account and Region: create it before, or correct the name";
    assert_eq!(missing, expected);
    // A later one is for its own request to stop.
    check(Some(build("web:1", "IN_PROGRESS")), others(), "wait: 1 build running (web:1: phase BUILD)");
}

#[test]
fn the_build_of_the_request_carries_what_finds_it_again() {
    let Plan::Act(Action::Start(start), _) = plan(&spec(&[]), &seen(None, vec![])) else {
        panic!("no start")
    };
    let marks: Vec<_> = start.marks.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(marks, ["SM_MLOPS_STACK_ID=arn:stack", "SM_MLOPS_LOGICAL_ID=Run", "SM_MLOPS_REQUEST_ID=r"]);
    assert!(!format!("{start:?}").contains(CANARY), "{start:?}");
}

#[test]
fn a_build_that_ended_badly_is_told_with_phase_reason_and_log() {
    let log = "Log: https://logs/1";
    let quoting = format!(
        "COMMAND_EXECUTION_ERROR: Error while executing command: curl {CANARY}.\r\nReason:\u{1b}[31m exit status 3"
    );
    for (build, expected) in [
        (
            failed("FAILED", "BUILD", &quoting),
            format!("build web:1 failed in phase BUILD: COMMAND_EXECUTION_ERROR: Error while executing command: curl ***. Reason:[31m exit status 3. {log}"),
        ),
        (failed("FAILED", "", ""), format!("build web:1 failed. {log}")),
        (build("web:1", "FAILED"), format!("build web:1 failed. {log}")),
        (
            Build { log: None, ..failed("FAILED", "PROVISIONING", "ACCESS_DENIED: no.") },
            "build web:1 failed in phase PROVISIONING: ACCESS_DENIED: no. It has no log in CloudWatch Logs: see build web:1 in CodeBuild".to_owned(),
        ),
        (
            failed("FAULT", "QUEUED", "INTERNAL_ERROR: oh"),
            format!("CodeBuild itself failed in build web:1 in phase QUEUED; do it again: INTERNAL_ERROR: oh. {log}"),
        ),
        (
            failed("TIMED_OUT", "BUILD", "BUILD_TIMED_OUT: Build has timed out."),
            format!("build web:1 took longer in phase BUILD than project web allows: raise TimeoutInMinutes or QueuedTimeoutInMinutes of the project. {log}"),
        ),
        (failed("STOPPED", "BUILD", ""), format!("build web:1 was stopped in phase BUILD before it ended. {log}")),
        (
            build("web:1", "PAUSED\n"),
            format!("build web:1 has the status `PAUSED`, which this version does not know: stop it in CodeBuild if it runs, and take a newer version. {log}"),
        ),
    ] {
        check(Some(build), vec![], &expected);
    }
    let long = planned(&spec(&[]), &seen(Some(failed("FAILED", "BUILD", &"ж".repeat(5000))), vec![]));
    assert!(long.ends_with(&format!("ж…. {log}")) && long.encode_utf16().count() < 700, "{long}");
}

#[test]
fn a_build_that_succeeded_is_done_with_the_variables_that_were_asked_for() {
    let exported = |pairs: &[(&str, &str)]| {
        let exported = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        seen(Some(Build { exported, ..build("web:1", "SUCCEEDED") }), vec![build("web:9", "IN_PROGRESS")])
    };
    let plain = r#"done {"BuildArn":"arn:web:1","BuildId":"web:1","LogsLink":"https://logs/1"}"#;
    assert_eq!(planned(&spec(&[]), &exported(&[])), plain);
    let image = r#"done {"BuildArn":"arn:web:1","BuildId":"web:1","Exported.IMAGE":"i:2","LogsLink":"https://logs/1"}"#;
    assert_eq!(planned(&spec(&["IMAGE"]), &exported(&[("IMAGE", "i:2")])), image);
    let missing = planned(&spec(&["IMAGE"]), &exported(&[]));
    assert!(
        missing.starts_with("ExportedVariables holds IMAGE, and build web:1 succeeded without exporting it"),
        "{missing}"
    );
    let long = planned(&spec(&["IMAGE"]), &exported(&[("IMAGE", &"i".repeat(2044))]));
    assert!(long.starts_with("ExportedVariables has 2049 bytes after build web:1"), "{long}");
}

#[test]
fn a_delete_stops_what_runs_and_is_done_when_nothing_does() {
    let spec = Spec { task: Task::Stop, ..spec(&[]) };
    let done = r#"done {"BuildArn":"","BuildId":"","LogsLink":""}"#;
    assert_eq!(planned(&spec, &Observation::default()), done);
    assert_eq!(planned(&spec, &seen(None, vec![])), done);
    assert_eq!(
        planned(&spec, &seen(None, vec![build("web:1", "IN_PROGRESS")])),
        "stopping 1 build, 1 build left"
    );
    let odd = planned(&spec, &seen(None, vec![build("web:1", "IN_PROGRESS"), build("web:2", "PAUSED")]));
    assert!(odd.starts_with("build web:2 has the status `PAUSED`"), "{odd}");
}
