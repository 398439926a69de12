//! What changes while the program looks, asks and works: nothing goes unseen, and nothing is claimed that was not observed.

use crate::program::{answering, ask};
use crate::{empty, json, leftover, told};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const FILE_SYSTEMS: &str = "GET /2015-02-01/file-systems";

/// The one file system of a list.
fn one_of(list: &str) -> &str {
    let inner = list.strip_prefix(r#"{"FileSystems":["#).and_then(|list| list.strip_suffix("]}"));
    inner.expect("a list of file systems")
}

/// What [`leftover`] has, and a second file system.
pub(crate) fn two(call: &str) -> (u16, String) {
    match call {
        FILE_SYSTEMS => {
            let (status, text) = leftover(call);
            let one = one_of(&text);
            let two = one.replace("fs-1", "fs-2");
            (status, format!(r#"{{"FileSystems":[{one},{two}]}}"#))
        }
        "DELETE /2015-02-01/file-systems/fs-2" => (204, String::new()),
        other => leftover(other),
    }
}

#[test]
fn with_yes_what_appeared_since_the_plan_is_shown_before_it_is_deleted() {
    let (looks, gone) = (AtomicUsize::new(0), AtomicBool::new(false));
    let fake_aws = answering(move |call| {
        if call.starts_with("DELETE") {
            gone.store(true, Ordering::SeqCst);
        }
        let listing = if call == FILE_SYSTEMS { looks.fetch_add(1, Ordering::SeqCst) } else { 1 };
        match (gone.load(Ordering::SeqCst), listing) {
            (true, _) if call == FILE_SYSTEMS => empty(call),
            (_, 0) => leftover(call),
            _ => two(call),
        }
    });
    let output = ask(&fake_aws, "clean-up d-abc --storage delete --yes");
    told(&output, 0, &["Found since the plan was shown", "Deleted: 2 file systems"], &["deleting"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (plan, more) = text.split_once("Found since").unwrap();
    assert!(plan.contains("fs-1") && !plan.contains("fs-2"), "{plan}");
    assert!(more.contains("fs-2") && !more.contains("fs-1"), "{more}");
}

#[test]
fn a_last_look_that_fails_claims_nothing() {
    let (gone, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let fake_aws = answering(move |call| {
        if call.starts_with("DELETE") {
            gone.store(true, Ordering::SeqCst);
        }
        if !gone.load(Ordering::SeqCst) {
            return leftover(call);
        }
        // The first is the run's own.
        if call == "DescribeDomain" && looks.fetch_add(1, Ordering::SeqCst) > 0 {
            return (400, r#"{"__type":"AccessDeniedException","message":"expired"}"#.into());
        }
        if call == FILE_SYSTEMS { empty(call) } else { leftover(call) }
    });
    let output = ask(&fake_aws, "clean-up d-abc --storage delete --yes --json");
    let document = json(&output);
    assert_eq!((output.status.code(), &document["Deleted"]), (Some(1), &serde_json::json!([])), "{document}");
    let sentence = document["Error"].as_str().unwrap();
    assert!(sentence.starts_with("could not check what is left: "), "{sentence}");
}

#[test]
fn a_dry_run_that_would_be_refused_ends_as_the_run_would() {
    let fake_aws = answering(|call| match call {
        call if call.starts_with("GET /backup-vaults") => (200, r#"{"BackupVaultList":[]}"#.into()),
        other => leftover(other),
    });
    let output = ask(&fake_aws, "clean-up d-abc --storage backup --backup-vault nowhere --dry-run");
    told(&output, 6, &["nowhere", "blocked"], &["A dry run", "error: blocked", "nothing was changed"]);
}

#[test]
fn a_pipe_gets_every_name() {
    let fake_aws = answering(|call| match call {
        FILE_SYSTEMS => {
            let (status, text) = leftover(call);
            let one = one_of(&text);
            let all: Vec<String> = (1..=9).map(|n| one.replace("fs-1", &format!("fs-{n}"))).collect();
            (status, format!(r#"{{"FileSystems":[{}]}}"#, all.join(",")))
        }
        other => leftover(other),
    });
    told(&ask(&fake_aws, "clean-up d-abc --dry-run"), 0, &["9 file systems", "fs-9"], &["dry run"]);
}
