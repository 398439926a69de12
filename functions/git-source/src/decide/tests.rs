//! The decisions, as tables.

use super::*;
use crate::build::{Exports, known_variables};
use std::collections::HashMap;

const COMMIT: &str = "8d0cbd9c5ba0b1a1d9cf8b3b2a4d5a3c1e7f6a90";

fn cloned() -> Build {
    Build {
        id: "clone:1".to_owned(),
        project: "clone".to_owned(),
        status: BuildStatus::Succeeded,
        environment: known_variables([
            (variable::JOB_ID, "job-1"),
            (variable::GIT_URL, "ssh://git@git.example.com/model.git"),
            (variable::GIT_BRANCH, "main"),
        ]),
        exports: Exports {
            commit: Some(COMMIT.to_owned()),
            message: Some("Fix\n\nBecause".to_owned()),
            author: Some("María".to_owned()),
        },
        failed_phase: None,
        log: Some("https://console.example/log".to_owned()),
        ended: Some(1000),
    }
}

fn exporting(commit: &str) -> Build {
    let mut build = cloned();
    build.exports.commit = Some(commit.to_owned());
    build
}

#[test]
fn only_a_started_action_of_our_type_concerns_us() {
    let ours = Action {
        state: "STARTED".to_owned(),
        owner: "Custom".to_owned(),
        provider: "CustomSourceForGit".to_owned(),
        version: "1".to_owned(),
        execution: String::new(),
    };
    let check = |action: &Action, expected| {
        assert_eq!(concerns_us(action, "CustomSourceForGit", "1"), expected, "{action:?}");
    };
    check(&ours, true);
    check(&Action { state: "SUCCEEDED".to_owned(), ..ours.clone() }, false);
    check(&Action { owner: "AWS".to_owned(), ..ours.clone() }, false);
    check(&Action { provider: "CustomSourceForGit2".to_owned(), ..ours.clone() }, false);
    check(&Action { version: "2".to_owned(), ..ours }, false);
}

#[test]
fn a_build_is_told_what_to_clone_and_nothing_else() {
    let hosts = AllowedHosts::read("git.example.com").unwrap();
    let base = [("GitUrl", "git@git.example.com:model.git"), ("SSHSecretKeyName", "key")];
    let check = |revision: (&str, &str), expected: (&'static str, &str)| {
        let pairs = base.iter().chain([&revision]);
        let configuration = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let variables = build_variables("job-1", &configuration, &hosts).unwrap();
        let expected = vec![
            ("JOB_ID", "job-1"),
            ("GIT_URL", "git@git.example.com:model.git"),
            expected,
            ("GIT_SUBMODULES", "false"),
            ("GIT_LFS", "false"),
            ("GIT_DEPTH", "1"),
            ("SSH_SECRET_ID", "key"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        assert_eq!(variables, expected);
    };
    check(("Branch", "main"), ("GIT_BRANCH", "main"));
    check(("Tag", "v1"), ("GIT_TAG", "v1"));
    check(("Commit", COMMIT), ("GIT_COMMIT", COMMIT));
}

#[test]
fn a_cloned_commit_is_reported_in_full() {
    let Some(Answer::Success(success)) = answer(&cloned()) else { panic!("a success") };
    assert_eq!(success.commit, COMMIT);
    assert_eq!(success.revision_summary, "Fix\n\nBecause");
    assert_eq!(success.build, "clone:1");
    assert_eq!(success.summary, format!("Cloned commit {COMMIT} by María. Log: https://console.example/log"));
    let variables: HashMap<_, _> = success.variables.into_iter().collect();
    assert_eq!(variables["CommitId"], COMMIT);
    assert_eq!(variables["CommitMessage"], "Fix\n\nBecause");
    assert_eq!(variables["AuthorName"], "María");
    assert_eq!(variables["BranchName"], "main");
    assert_eq!(variables["RepositoryUrl"], "ssh://git@git.example.com/model.git");
}

#[test]
fn a_success_without_a_full_commit_id_is_a_failure() {
    let sha256 = COMMIT[..32].repeat(2);
    for (commit, good) in [
        (COMMIT, true),
        (sha256.as_str(), true),
        (&COMMIT.to_uppercase(), true),
        (&format!("{COMMIT}\n"), true),
        ("8d0cbd9", false),
        ("", false),
        ("Git Commit Id:8d0cbd9", false),
        (&COMMIT.replace('8', "g"), false),
    ] {
        let answer = answer(&exporting(commit));
        assert_eq!(matches!(answer, Some(Answer::Success(_))), good, "{commit:?}: {answer:?}");
    }
    let mut other = cloned();
    other.environment.insert(variable::GIT_COMMIT, COMMIT.replace('8', "7"));
    let Some(Answer::Failure(failure)) = answer(&other) else { panic!("a failure") };
    assert!(failure.message.contains("another commit than the one asked for"));
}

#[test]
fn every_end_is_answered_and_no_beginning() {
    for (word, answered) in [
        ("IN_PROGRESS", false),
        ("SUCCEEDED", true),
        ("FAILED", true),
        ("FAULT", true),
        ("STOPPED", true),
        ("TIMED_OUT", true),
        ("A_NEWER_WORD", true),
    ] {
        let build = Build { status: BuildStatus::from(word), ..cloned() };
        assert_eq!(answer(&build).is_some(), answered, "{word}");
    }
}

#[test]
fn a_build_is_looked_up_only_when_its_event_says_too_little() {
    let without_exports = Build { exports: Exports::default(), ..cloned() };
    let bare = Build { environment: known_variables([]), ..cloned() };
    assert!(!needs_a_look(&cloned()));
    assert!(needs_a_look(&without_exports));
    assert!(needs_a_look(&bare));
    assert!(!needs_a_look(&Build { status: BuildStatus::Failed, ..without_exports.clone() }));
    let late = Build { status: BuildStatus::InProgress, ..cloned() };
    assert_eq!(without_exports.completed_by(late), cloned(), "what was read late does not undo the event");
}

#[test]
fn a_sweep_answers_for_what_ended_within_the_window() {
    for (ended, now, expected) in [
        (Some(1000), 1000, true),
        (Some(1000), 1000 + WINDOW_SECONDS, true),
        (Some(1000), 1001 + WINDOW_SECONDS, false),
        // The first sweeps of an hour look back a day.
        (Some(1000), 2 * WINDOW_SECONDS, true),
        (Some(0), LONG_WINDOW_SECONDS, true),
        (Some(0), LONG_WINDOW_SECONDS + 1, false),
        (Some(2000), 1000, true),
        (None, 1000, true),
    ] {
        assert_eq!(may_be_unanswered(&Build { ended, ..cloned() }, now), expected, "{ended:?} at {now}");
    }
    assert!(!may_be_unanswered(&Build { status: BuildStatus::InProgress, ..cloned() }, 1000));
    assert!(!may_be_unanswered(&Build { environment: known_variables([]), ..cloned() }, 1000));
}
