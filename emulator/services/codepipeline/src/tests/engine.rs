//! Who enters a stage and what a stage does next.

use crate::engine::advance::{admit, next};
use crate::model::ExecutionMode;
use crate::state::ActionStatus;

#[track_caller]
fn check_admit(mode: ExecutionMode, locked: bool, waiting: &[usize], enter: Option<usize>, drop: &[usize]) {
    let admission = admit(mode, locked, waiting);
    assert_eq!((admission.enter, admission.supersede.as_slice()), (enter, drop));
}

#[test]
fn admit_lets_the_newest_through_or_keeps_the_order() {
    use ExecutionMode::{Queued, Superseded};
    check_admit(Superseded, false, &[], None, &[]);
    check_admit(Superseded, false, &[3], Some(3), &[]);
    check_admit(Superseded, false, &[1, 2, 3], Some(3), &[1, 2]);
    check_admit(Superseded, true, &[3], None, &[]);
    check_admit(Superseded, true, &[1, 2, 3], None, &[1, 2]);
    check_admit(Queued, false, &[1, 2, 3], Some(1), &[]);
    check_admit(Queued, true, &[1, 2, 3], None, &[]);
}

/// Actions as `order:status`, e.g. `1:ok 2:-`.
#[track_caller]
fn check_next(actions: &str, stopping: bool, wanted: &str) {
    let actions: Vec<_> = actions
        .split_whitespace()
        .map(|text| {
            let (order, status) = text.split_once(':').unwrap();
            let status = match status {
                "-" => None,
                "run" => Some(ActionStatus::InProgress),
                "ok" => Some(ActionStatus::Succeeded),
                "bad" => Some(ActionStatus::Failed),
                "left" => Some(ActionStatus::Abandoned),
                other => panic!("unknown status {other}"),
            };
            (order.parse().unwrap(), status)
        })
        .collect();
    assert_eq!(format!("{:?}", next(&actions, stopping)), wanted);
}

#[test]
fn next_follows_run_orders() {
    check_next("1:- 1:- 2:-", false, "Start([0, 1])");
    check_next("2:- 1:-", false, "Start([1])");
    check_next("1:run 1:- 2:-", false, "Start([1])");
    check_next("1:run 1:ok 2:-", false, "Wait");
    check_next("1:ok 1:ok 2:-", false, "Start([2])");
    check_next("1:ok 7:ok", false, "Succeeded");
}

#[test]
fn next_waits_for_what_runs_before_it_fails_or_stops() {
    check_next("1:bad 1:run 2:-", false, "Wait");
    check_next("1:bad 1:- 2:-", false, "Failed");
    check_next("1:bad 1:ok 2:-", true, "Failed");
    check_next("1:run 2:-", true, "Wait");
    check_next("1:ok 2:-", true, "Stopped");
    check_next("1:left 2:-", true, "Stopped");
    check_next("1:ok", true, "Succeeded");
}
