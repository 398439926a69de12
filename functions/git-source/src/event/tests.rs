//! Every kind of event is read for what it is, and no JSON whatever makes the reader panic.

use super::*;
use crate::build::variable;
use proptest::prelude::*;
use serde_json::json;
use testing::event;

#[track_caller]
fn build_of(event: &Value) -> Build {
    match read(event) {
        Ok(Event::Build(build)) => build,
        other => panic!("expected a build, got {other:?}"),
    }
}

#[test]
fn an_action_is_read_with_its_version_as_text() {
    let started = Action {
        state: "STARTED".to_owned(),
        owner: "Custom".to_owned(),
        provider: "CustomSourceForGit".to_owned(),
        version: "1".to_owned(),
        execution: "12e7d0bf-6d4c-4b8a-9f0e-3a1f0c2b7d55".to_owned(),
    };
    for event in [
        event("git-source-start"),
        event("git-source-start-version-as-number"),
        event("git-source-start-version-as-string"),
    ] {
        assert_eq!(read(&event), Ok(Event::Action(started.clone())));
    }
    let ended = Action { state: "SUCCEEDED".to_owned(), ..started.clone() };
    assert_eq!(read(&event("git-source-action-succeeded")), Ok(Event::Action(ended)));
    let other = Action { owner: "AWS".to_owned(), provider: "S3".to_owned(), ..started.clone() };
    assert_eq!(read(&event("git-source-start-other-provider")), Ok(Event::Action(other)));
}

#[test]
fn a_successful_build_is_read_with_what_it_exported() {
    let build = build_of(&event("git-source-complete-succeeded"));
    assert_eq!(build.id, "clone:0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8");
    assert_eq!(build.project, "clone");
    assert_eq!(build.status, BuildStatus::Succeeded);
    assert_eq!(build.job(), Some("11111111-abcd-1111-abcd-111111abcdef"));
    assert_eq!(build.get(variable::GIT_BRANCH), Some("main"));
    assert_eq!(build.exports.commit.as_deref(), Some("8d0cbd9c5ba0b1a1d9cf8b3b2a4d5a3c1e7f6a90"));
    assert_eq!(build.exports.author.as_deref(), Some("María Ñúñez"));
    assert_eq!(build.failed_phase, None);
    assert!(build.log.is_some_and(|log| log.starts_with("https://")));
    assert_eq!(build_of(&event("git-source-complete-without-exports")).exports, Exports::default());
}

#[test]
fn a_build_that_ended_badly_is_read_with_the_phase_and_its_reason() {
    let phase = |event: &Value| build_of(event).failed_phase.map(|phase| (phase.name, phase.reason));
    let reason =
        "COMMAND_EXECUTION_ERROR: Error while executing command: sh clone.sh. Reason: exit status 16";
    assert_eq!(phase(&event("git-source-complete-failed")), Some(("BUILD".to_owned(), reason.to_owned())));
    assert_eq!(phase(&event("git-source-complete-stopped")), Some(("BUILD".to_owned(), String::new())));
    let reason = "BUILD_TIMED_OUT: Build has timed out.";
    assert_eq!(phase(&event("git-source-complete-timed-out")), Some(("BUILD".to_owned(), reason.to_owned())));
    assert_eq!(build_of(&event("git-source-build-in-progress")).status, BuildStatus::InProgress);
    assert_eq!(build_of(&event("git-source-build-without-job")).job(), None);
    assert_eq!(build_of(&event("git-source-build-other-project")).project, "unit-tests");
}

#[test]
fn variables_of_a_build_that_are_not_ours_are_not_kept() {
    let build = build_of(&event("git-source-complete-succeeded"));
    assert!(!format!("{build:?}").contains("ssh-ed25519"), "the known hosts of the project were kept");
}

#[test]
fn the_schedule_is_told_by_its_type() {
    assert_eq!(read(&event("git-source-sweep")), Ok(Event::Schedule));
}

#[test]
fn an_event_that_is_not_ours_is_refused_with_a_reason() {
    let refused = |event: &Value| read(event).unwrap_err().to_string();
    assert!(refused(&event("git-source-unknown")).contains("`Object Created`"));
    assert!(refused(&json!({})).contains("(none)"));
    assert!(refused(&json!({"detail-type": ACTION})).contains("detail.state"));
    assert!(refused(&json!({"detail-type": ACTION, "detail": {"state": "STARTED"}})).contains("provider"));
    assert!(
        refused(&json!({"detail-type": BUILD, "detail": {"build-id": []}}))
            .contains("detail.build-id is of another")
    );
    let phases = json!({"additional-information": {"phases": [{}, {"phase-type": true}]}});
    let path = "detail.additional-information.phases[1].phase-type";
    assert!(refused(&json!({"detail-type": BUILD, "detail": phases})).contains(path));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        let key = prop_oneof![
            any::<String>(),
            prop::sample::select(vec![
                "detail",
                "type",
                "state",
                "build-id",
                "project-name",
                "build-status",
                "phases",
                "phase-context",
                "phase-status",
                "additional-information",
                "environment",
                "environment-variables",
                "name",
                "value",
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|pairs| pairs.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn no_event_makes_the_reader_panic(detail in any_json(), kind in prop::sample::select(vec![ACTION, BUILD, SCHEDULE])) {
        let _ = read(&json!({"detail-type": kind, "detail": detail}));
    }

    #[test]
    fn no_json_makes_the_reader_panic(event in any_json()) {
        prop_assert!(read(&event).is_err() || event["detail-type"].is_string());
    }
}
