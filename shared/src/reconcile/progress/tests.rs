//! The sentences of progress, and how long it may stand still.

use super::*;

fn backup(percent: &str) -> Waiting {
    let state = State::BackingUp { percent: percent.to_owned(), bytes: 3 << 29 };
    let resources = Tracked::all("file systems", ["fs-1"], &state);
    Waiting::for_aws(resources, Remaining::new([("file systems", 1)]), Duration::from_secs(1)).unwrap()
}

#[test]
fn what_is_left_reads_as_a_list() {
    for (counts, expected) in [
        (vec![], "nothing"),
        (vec![("apps", 12), ("spaces", 0), ("user profiles", 1)], "12 apps, 1 user profile"),
        (vec![("policies", 1)], "1 policy"),
    ] {
        assert_eq!(Remaining::new(counts).to_string(), expected);
    }
}

#[test]
fn what_is_waited_for_reads_as_a_sentence() {
    let apps = Tracked::all("apps", ["a", "b", "c", "d"], &State::Deleting);
    let all = [apps, Tracked::all("apps", ["e"], &State::Starting)].concat();
    let waiting = Waiting::for_aws(all, Remaining::default(), Duration::ZERO).unwrap();
    assert_eq!(waiting.to_string(), "4 apps being deleted (a, b, c and 1 more), 1 app starting (e)");
    assert_eq!(backup("42.0").to_string(), "1 file system being backed up (fs-1: 42.0 %, 1.5 GiB)");
    assert_eq!(Waiting::for_aws(Vec::new(), Remaining::default(), Duration::ZERO), None);
}

#[test]
fn a_backup_that_runs_may_show_no_progress_for_days() {
    assert_eq!(backup("0").patience(), BACKUP_PATIENCE);
    assert_eq!(Waiting::without_resources(Phase::NoAnswer, Duration::ZERO).patience(), PATIENCE);
}

#[test]
fn what_runs_may_stay_in_a_phase_as_long_as_aws_lets_it() {
    let running = |phase: &str, minutes| {
        let state = State::Running { phase: phase.to_owned(), at_most: Duration::from_mins(minutes) };
        let builds = Tracked::all("builds", ["web:1"], &state);
        Waiting::for_aws(builds, Remaining::new([("builds", 1)]), Duration::ZERO).unwrap()
    };
    let queued = running("QUEUED", 480);
    assert_eq!(queued.to_string(), "1 build running (web:1: phase QUEUED)");
    assert_eq!(queued.patience(), Duration::from_hours(8));
    assert_ne!(queued.progress(), running("BUILD", 480).progress());
}

#[test]
fn progress_is_told_by_what_a_thing_is_and_not_by_a_sentence() {
    assert_eq!(backup("1").progress().digest(), backup("1").progress().digest());
    assert_ne!(backup("1").progress().digest(), backup("2").progress().digest());
    let busy = |error: &str| {
        Waiting::without_resources(Phase::Busy { error: error.to_owned() }, Duration::ZERO).progress()
    };
    assert_eq!(busy("request 1"), busy("request 2"));
}
