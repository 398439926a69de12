//! The steps of the state machine, and the output of each.

use super::*;
use crate::fake::FakeReconciler;
use crate::reconcile::output::attributes;
use crate::reconcile::progress::{PATIENCE, Remaining, State, Tracked};

const AGAIN: &str = "deleting the stack again continues where it stopped";

#[expect(clippy::unnecessary_wraps, reason = "a step has a watch before it, or none")]
fn before(started: u64, since: u64, apps: usize) -> Option<ProgressTracker> {
    let progress = waiting(apps).progress().digest();
    Some(ProgressTracker { started, since, progress, begun: true })
}

fn waiting(apps: usize) -> Waiting {
    let resources = Tracked::all("apps", (0..apps).map(|app| app.to_string()), &State::Deleting);
    Waiting::for_aws(resources, Remaining::new([("apps", apps)]), RETRY_PAUSE).unwrap()
}

#[test]
fn a_run_goes_on_while_something_changes_and_there_is_time() {
    let patience = PATIENCE.as_secs();
    let stuck = || Err(format!("nothing changed for 30 minutes: 2 apps being deleted (0, 1); {AGAIN}"));
    let late = || Err(format!("out of time after 59 minutes: 2 apps being deleted (0, 1); {AGAIN}"));
    for (was, now, limited, expected) in [
        (None, 100, true, Ok((100, 100))),
        (before(100, 100, 3), 160, true, Ok((100, 160))),
        (before(100, 160, 2), 220, true, Ok((100, 160))),
        (before(100, 160, 2), 160 + patience - 1, true, Ok((100, 160))),
        (before(100, 160, 2), 160 + patience, true, stuck()),
        (before(100, 3000, 2), 100 + 3539, true, Ok((100, 3000))),
        (before(100, 3000, 2), 100 + 3540, true, late()),
        (before(100, 3000, 3), 100 + 3540, true, late()),
        (before(100, 14_000, 2), 14_400, false, Ok((100, 14_000))),
        (
            before(100, 14_000, 2),
            14_500,
            false,
            Err(format!("out of time after 240 minutes: 2 apps being deleted (0, 1); {AGAIN}")),
        ),
        (before(100, 160, 2), 160 + patience, false, stuck()),
        // A clock that was set back is no progress and no delay.
        (before(100, 160, 2), 50, true, Ok((100, 160))),
    ] {
        let limits = Limits { whole: if limited { Duration::from_mins(59) } else { WHOLE }, again: AGAIN };
        let tracker = progress_tracker::tracker(was.clone(), &waiting(2), None, now, &limits);
        assert_eq!(tracker.map(|tracker| (tracker.started, tracker.since)), expected, "{was:?} at {now}");
    }
}

#[test]
fn the_time_counts_from_the_request_and_not_from_the_first_step() {
    let limits = Limits { whole: Duration::from_mins(59), again: AGAIN };
    for (asked, expected) in [(None, 1000), (Some(940), 940), (Some(1005), 1000)] {
        assert_eq!(
            progress_tracker::tracker(None, &waiting(2), asked, 1000, &limits).unwrap().started,
            expected
        );
    }
}

#[test]
fn a_pause_is_whole_seconds_and_ends_in_time() {
    let tracker = before(100, 100, 1).unwrap();
    for (whole, now, millis, expected) in [
        (60, 100, 0, 1),
        (60, 100, 1500, 2),
        (60, 100, 15_000, 15),
        (60, 155, 15_000, 5),
        (60, 500, 15_000, 1),
    ] {
        let limits = Limits { whole: Duration::from_secs(whole), again: AGAIN };
        assert_eq!(limits.pause(&tracker, now, Duration::from_millis(millis)), expected, "{whole} {now}");
    }
}

fn input(behaviour: &str) -> Value {
    json!({"Request": {
        "RequestType": "Delete", "ResponseURL": {"Encrypted": "c2VhbGVk"}, "StackId": "s", "RequestId": "r",
        "LogicalResourceId": "L", "PhysicalResourceId": "x", "ResourceProperties": {"Name": "x", "Behaviour": behaviour},
    }})
}

async fn stepped(from: usize, input: Value, tracker: Value) -> Result<Value, InvocationError> {
    let deadline = Instant::now() + Duration::from_mins(1);
    let event = json!({"Step": input, "ProgressTracker": tracker});
    step(&FakeReconciler::from(from), event, deadline, &crate::fake::clients()).await
}

#[tokio::test(start_paused = true)]
async fn a_step_says_what_the_state_machine_does_next() {
    let done = json!({"Status": "Done", "Output": {"Number": "0"}});
    assert_eq!(stepped(0, input("Counting"), json!(null)).await, Ok(done.clone()));
    assert_eq!(stepped(0, json!({"Name": "x", "ServiceToken": "arn"}), json!(null)).await, Ok(done));
    for input in [input("Counting"), json!({"Name": "x"})] {
        let waiting = stepped(3, input.clone(), json!(null)).await.unwrap();
        let on = "counting (3 numbers left)";
        assert_eq!(waiting["Status"], "Waiting");
        assert_eq!(
            (&waiting["WaitingFor"], &waiting["Remaining"], &waiting["Pause"]),
            (&json!(on), &json!(3), &json!(2))
        );
        let tracker = waiting["ProgressTracker"].clone();
        assert_eq!(tracker["Since"], tracker["Started"]);
        let next = stepped(2, input, tracker.clone()).await.unwrap();
        assert_eq!(next["ProgressTracker"]["Started"], tracker["Started"]);
        assert_eq!(next["WaitingFor"], "counting (2 numbers left)");
        assert_ne!(next["ProgressTracker"]["Progress"], tracker["Progress"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_an_event_started_begins_after_its_grace_period() {
    let event = |not_before: u64| json!({"Event": "Counting", "NotBefore": not_before});
    let waiting = stepped(1, event(now() + 7200), json!(null)).await.unwrap();
    assert!((7190..=7200).contains(&waiting["Pause"].as_u64().unwrap()), "{waiting}");
    assert!(
        waiting["WaitingFor"].as_str().unwrap().starts_with("the end of the grace period, 20"),
        "{waiting}"
    );
    // The state machine has waited, by whatever clock.
    let counted = stepped(1, event(now() + 7200), waiting["ProgressTracker"].clone()).await.unwrap();
    assert_eq!((&counted["Status"], &counted["Remaining"]), (&json!("Waiting"), &json!(1)), "{counted}");
    assert!(
        counted["ProgressTracker"]["Since"].as_u64().unwrap() <= now(),
        "the wait is no lack of progress: {counted}"
    );
    let over = stepped(1, event(now()), json!(null)).await.unwrap();
    assert_eq!(over["Remaining"], json!(1), "{over}");
    let refused = stepped(1, json!({"Event": "Sulking"}), json!(null)).await.unwrap_err();
    assert!(
        refused.kind == "Failed" && refused.sentence.starts_with("the behaviour cannot be read"),
        "{refused}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_step_that_cannot_go_on_says_why() {
    let mut old = stepped(3, input("Asleep"), json!(null)).await.unwrap()["ProgressTracker"].take();
    (old["Started"], old["Since"]) = (json!(100), json!(100));
    let denied = "could not count: AccessDeniedException: a test";
    let unchanged = format!("nothing changed for 30 minutes: 1 number being deleted (3); {AGAIN}");
    let by_hand = unchanged.replace(AGAIN, "starting the state machine again continues where it stopped");
    for (input, tracker, expected) in [
        (input("Stuck"), json!(null), ("Stuck", "app `a` failed to stop")),
        (input("Denied"), json!(null), ("Failed", denied)),
        (input("Asleep"), old.clone(), ("Stuck", unchanged.as_str())),
        (json!({"Name": "x", "Behaviour": "Asleep"}), old, ("Stuck", by_hand.as_str())),
        (json!({"Name": "a b"}), json!(null), ("Failed", "Name is `a b`: write it without spaces")),
    ] {
        let error = stepped(3, input, tracker).await.unwrap_err();
        assert_eq!((error.kind, error.sentence.as_str()), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_is_waited_for() {
    let waiting = stepped(3, input("Hanging"), json!(null)).await.unwrap();
    assert_eq!(waiting["WaitingFor"], "AWS, which did not answer within the time that the function has");
    assert_eq!((&waiting["Remaining"], &waiting["Pause"]), (&json!(0), &json!(15)));
}

#[test]
fn what_the_state_machine_caught_becomes_a_sentence() {
    let told = |kind: &str| format!(r#"{{"errorMessage": "3 apps are in the way", "errorType": "{kind}"}}"#);
    for (error, cause, expected) in [
        ("Stuck", told("Stuck"), "3 apps are in the way"),
        ("Failed", told("Failed"), "3 apps are in the way"),
        ("Runtime.ExitError", told("Runtime.ExitError"), "Runtime.ExitError: 3 apps are in the way"),
        ("States.Timeout", String::new(), "the state machine failed: States.Timeout"),
        ("Lambda.Unknown", "gone".to_owned(), "the state machine failed: Lambda.Unknown: gone"),
    ] {
        let event = json!({"Answer": {}, "Error": {"Error": error, "Cause": cause}, "Output": null});
        assert_eq!(result(event), Ok(Err(expected.to_owned())));
    }
    let event = json!({"Answer": {}, "Output": {"A": "1"}, "Error": null});
    assert_eq!(result(event), Ok(Ok(attributes([("A", "1")]))));
    assert!(result(json!({"Answer": {}})).is_err());
}

fn result(event: Value) -> Result<Result<Output, String>, InvocationError> {
    parse::<AnswerEvent>(event, "the end of the run")?.result()
}
