//! `drive`, on a clock that only pauses advance.

use super::*;
use crate::error::chain;
use crate::fake::{Behaviour, FakeReconciler};
use crate::reconcile::output::attributes;

/// Drives for `seconds`; the result, how many steps it took, and the seconds that passed.
async fn driven(from: usize, behaviour: Behaviour, seconds: u64) -> (String, usize, u64) {
    let (start, mut steps) = (Instant::now(), 0);
    let until = start + Duration::from_secs(seconds);
    let result = drive(&FakeReconciler::from(from), &behaviour, until, |_| steps += 1).await;
    let outcome = match result {
        Ok(StepResult::Done(output)) => format!("done: {output:?}"),
        Ok(StepResult::Absent(_, sentence)) => format!("absent: {sentence}"),
        Ok(StepResult::Waiting(waiting)) => format!("waiting: {waiting}"),
        Err(error) => chain(&error),
    };
    (outcome, steps, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn it_ends_by_reaching_the_spec_by_an_error_or_by_the_clock() {
    let done = format!("done: {:?}", attributes([("Number", "0".to_owned())]));
    for (from, behaviour, seconds, expected) in [
        (0, Behaviour::Counting, 60, (done.as_str(), 0, 0)),
        (3, Behaviour::Counting, 60, (done.as_str(), 3, 6)),
        (3, Behaviour::Counting, 4, ("waiting: counting (2 numbers left)", 2, 2)),
        (3, Behaviour::Counting, 0, ("waiting: counting (3 numbers left)", 1, 0)),
        (3, Behaviour::Stuck, 60, ("app `a` failed to stop", 0, 0)),
        (3, Behaviour::Denied, 60, ("could not count: AccessDeniedException: a test", 0, 0)),
        (
            3,
            Behaviour::Asleep,
            86400,
            ("nothing changed for 30 minutes: 1 number being deleted (3)", 181, 1800),
        ),
    ] {
        let (outcome, steps, passed) = driven(from, behaviour, seconds).await;
        assert_eq!((outcome.as_str(), steps, passed), expected, "{from} {behaviour:?} {seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_aws_is_waited_for_and_not_forever() {
    let on = "AWS, which did not do what it was asked: could not count: ThrottlingException: a test";
    let (outcome, steps, passed) = driven(3, Behaviour::Busy, 60).await;
    assert_eq!((outcome, steps, passed), (format!("waiting: {on}"), 4, 45));
    let (outcome, _, passed) = driven(3, Behaviour::Busy, 86400).await;
    assert_eq!((outcome, passed), (format!("nothing changed for 30 minutes: {on}"), 1800));
}
