//! Every end of a build gets the kind and the sentence that its reader can act on.

use super::*;
use crate::build::{Exports, known_variables};
use shared::aws::codebuild::FailedPhase;

fn build(status: BuildStatus, reason: &str) -> Build {
    Build {
        id: "clone:1".to_owned(),
        project: "clone".to_owned(),
        status,
        environment: known_variables([
            (variable::JOB_ID, "job-1"),
            (variable::GIT_URL, "ssh://git@git.example.com/model.git"),
            (variable::GIT_BRANCH, "main"),
            (variable::SSH_SECRET_ID, "external-repo-rsa"),
        ]),
        exports: Exports::default(),
        failed_phase: Some(FailedPhase { name: "BUILD".to_owned(), reason: reason.to_owned() }),
        log: Some("https://console.example/log".to_owned()),
        ended: None,
    }
}

#[track_caller]
fn check(build: &Build, kind: Kind, words: &[&str]) {
    let (its_kind, message) = explain(build);
    assert_eq!(its_kind, kind, "{message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in {message:?}");
    }
    assert!(message.encode_utf16().count() <= FAILURE);
    assert!(message.contains("Log: "), "{message}");
}

#[test]
fn every_exit_status_has_its_sentence() {
    let url = "`ssh://git@git.example.com/model.git`";
    for (code, kind, words) in [
        (10, Kind::Configuration, ["`external-repo-rsa`", "does not exist"]),
        (11, Kind::Permission, ["`external-repo-rsa`", "was denied"]),
        (12, Kind::Configuration, ["`external-repo-rsa`", "is not an SSH private key"]),
        (13, Kind::Revision, [url, "could not be reached"]),
        (14, Kind::Configuration, [url, "not the pinned one"]),
        (15, Kind::Permission, [url, "refused the key"]),
        (16, Kind::Revision, ["branch `main` was not found", url]),
        (17, Kind::Revision, [url, "was not found, or the key"]),
        (18, Kind::Revision, [url, "the repository of a submodule was not found"]),
        (19, Kind::Revision, [url, "git lfs push --all"]),
        (20, Kind::Job, ["artifact", "uploaded"]),
        (21, Kind::Job, ["details of the job", "expired"]),
        (22, Kind::Job, [url, "git could not clone"]),
        (23, Kind::Configuration, [url, "GitKnownHosts"]),
        (24, Kind::Revision, [url, "leads to a file or a directory"]),
        (25, Kind::Configuration, [url, "annotated tag"]),
        (26, Kind::Configuration, [url, "no algorithm in common"]),
        (30, Kind::Configuration, [url, "SubmodulePaths"]),
        (31, Kind::Revision, [url, ".gitmodules"]),
        (32, Kind::Revision, [url, "push that commit"]),
        (33, Kind::Revision, [url, "host of a submodule could not be reached"]),
        (34, Kind::Configuration, [url, "host of a submodule has no pinned key"]),
        (35, Kind::Permission, ["`external-repo-rsa`", "host of a submodule refused the key"]),
        (40, Kind::Configuration, ["git-lfs", "image"]),
        (41, Kind::Revision, [url, "could not be fetched"]),
        (50, Kind::Configuration, [url, "MaxFetchedMegabytes"]),
        (51, Kind::Configuration, [url, "MaxLfsMegabytes"]),
        (52, Kind::Configuration, [url, "MaxFiles"]),
        (53, Kind::Configuration, [url, "MaxArtifactMegabytes"]),
        (54, Kind::Configuration, [url, "MaxSubmodules"]),
        (55, Kind::Configuration, [url, "MaxSubmoduleDepth"]),
        (60, Kind::Configuration, ["LambdaCodeS3Key", "one release"]),
        (1, Kind::Job, ["exit status 1", "Cloning failed in phase BUILD"]),
        (99, Kind::Job, ["exit status 99", "https://console.example/log"]),
    ] {
        let reason =
            format!("COMMAND_EXECUTION_ERROR: Error while executing command: x. Reason: exit status {code}");
        check(&build(BuildStatus::Failed, &reason), kind, &words);
    }
}

#[test]
fn every_other_end_says_what_happened() {
    check(&build(BuildStatus::Stopped, ""), Kind::Job, &["was stopped", "start the pipeline again"]);
    check(&build(BuildStatus::TimedOut, "BUILD_TIMED_OUT"), Kind::Job, &["longer than its project allows"]);
    check(
        &build(BuildStatus::Fault, "INTERNAL: oops"),
        Kind::System,
        &["CodeBuild itself failed", "INTERNAL: oops"],
    );
    check(&build(BuildStatus::Unknown("MELTED".to_owned()), ""), Kind::Job, &["ended as MELTED"]);
    let denied = "CLIENT_ERROR: ACCESS_DENIED: Service role may not write logs";
    check(&build(BuildStatus::Failed, denied), Kind::Job, &["CodeBuild says: CLIENT_ERROR"]);
    check(&build(BuildStatus::Failed, "exit status eleven"), Kind::Job, &["the build failed"]);
    check(&build(BuildStatus::Failed, "exit status 99999999999"), Kind::Job, &["the build failed"]);
}

#[test]
fn what_is_unknown_is_left_open() {
    let bare = Build {
        environment: known_variables([]),
        failed_phase: None,
        log: None,
        ..build(BuildStatus::Failed, "")
    };
    check(&bare, Kind::Job, &["Cloning failed: the build failed.", "Log: see build clone:1."]);
    let coded = Build { environment: known_variables([]), ..build(BuildStatus::Failed, "exit status 16") };
    check(&coded, Kind::Revision, &["the revision was not found in repository of the action"]);
}

#[test]
fn a_message_stays_within_the_limit_and_keeps_its_link() {
    let long = Build {
        environment: known_variables([(variable::GIT_URL, "ж".repeat(9000).as_str())]),
        ..build(BuildStatus::Failed, "exit status 13")
    };
    check(&long, Kind::Revision, &["https://console.example/log"]);
}
