//! Which calls and events a planned fault hits.

use super::*;
use serde_json::{from_value, json};

/// Plans one fault, given as the admin API takes it, and says which of the calls it hits.
#[track_caller]
fn check(fault: serde_json::Value, calls: &[(&str, &str, &str)], hit: &[bool]) {
    let faults = Faults::default();
    faults.plan(from_value(fault).unwrap());
    let hit_by: Vec<_> = calls
        .iter()
        .map(|(service, operation, principal)| faults.inject_fault(service, operation, principal).is_some())
        .collect();
    assert_eq!(hit_by, hit);
}

const POLL: (&str, &str, &str) = ("codepipeline", "PollForJobs", "arn:aws:sts::1:assumed-role/GitSource/f");
const START: (&str, &str, &str) = ("codebuild", "StartBuild", "arn:aws:sts::1:assumed-role/GitSource/f");

#[test]
fn a_fault_hits_the_calls_it_names() {
    check(json!({"kind": "throttle"}), &[START, POLL], &[true, false]);
    check(json!({"kind": "throttle", "service": "codepipeline"}), &[START, POLL], &[false, true]);
    check(json!({"kind": "throttle", "operation": "StartBuild"}), &[POLL, START], &[false, true]);
    check(json!({"kind": "throttle", "principal": "/GitSource/"}), &[POLL], &[true]);
    check(json!({"kind": "throttle", "principal": "/Other/"}), &[POLL], &[false]);
    check(
        json!({"kind": "throttle", "service": "codebuild", "operation": "PollForJobs"}),
        &[POLL, START],
        &[false, false],
    );
}

#[test]
fn a_fault_waits_and_ends_as_planned() {
    let three = [POLL, POLL, POLL];
    check(json!({"kind": "throttle", "after": 1}), &three, &[false, true, false]);
    check(json!({"kind": "throttle", "times": 2}), &three, &[true, true, false]);
    check(json!({"kind": "throttle", "after": 1, "times": 5}), &three, &[false, true, true]);
    check(json!({"kind": "throttle", "times": 9, "every": 2}), &three, &[false, true, false]);
    let mixed = [POLL, START, POLL, START, START];
    check(json!({"kind": "throttle", "times": 9, "every": 2}), &mixed, &[false, false, true, true, false]);
    check(
        json!({"kind": "throttle", "service": "codepipeline", "after": 1}),
        &[POLL, START, POLL],
        &[false, false, true],
    );
}

#[test]
fn a_misspelt_fault_is_refused() {
    for wrong in [json!({"kind": "slow"}), json!({"kind": "throttle", "action": "x"}), json!({})] {
        assert!(from_value::<Fault>(wrong).is_err());
    }
}

#[test]
fn an_event_fault_hits_the_events_it_names() {
    let faults = Faults::default();
    let fault = json!({"kind": {"delay": 5}, "detail-type": "Build", "containing": "clone", "times": 2});
    faults.plan_event(from_value(fault).unwrap());
    let events =
        [("Action", "clone"), ("Build", "other"), ("Build", "clone"), ("Build", "clone"), ("Build", "clone")];
    let hit_by: Vec<_> = events.iter().map(|(kind, json)| faults.inject_event_fault(kind, json)).collect();
    let delay = Some(EventFaultKind::Delay(5));
    assert_eq!(hit_by, [None, None, delay, delay, None]);
}

#[test]
fn clearing_forgets_every_plan() {
    let faults = Faults::default();
    faults.plan(from_value(json!({"kind": "server-error"})).unwrap());
    faults.plan_event(from_value(json!({"kind": "drop"})).unwrap());
    faults.clear();
    assert_eq!((faults.inject_fault("s", "o", "p"), faults.inject_event_fault("t", "{}")), (None, None));
}
