//! The loop, in a time that only pauses pass.

use super::*;
use crate::error::chain;
use crate::step::{Output, PATIENCE};
use crate::toy::{Countdown, Mood};

/// Drives for `seconds`; what it came to, how many turns it took, and the seconds that passed.
async fn driven(from: usize, mood: Mood, seconds: u64) -> (String, usize, u64) {
    let (start, mut turns) = (Instant::now(), 0);
    let until = start + Duration::from_secs(seconds);
    let turn = drive(&Countdown::from(from), &mood, until, PATIENCE, |_| turns += 1).await;
    let outcome = match turn {
        Ok(Turn::Done(output)) => format!("done: {output:?}"),
        Ok(Turn::Absent(_, sentence)) => format!("absent: {sentence}"),
        Ok(Turn::Waiting(waiting)) => format!("waiting: {}", waiting.on),
        Err(trouble) => chain(&trouble),
    };
    (outcome, turns, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn it_ends_by_reaching_the_goal_by_trouble_or_by_the_clock() {
    let done = format!("done: {:?}", Output::from([("Number".to_owned(), "0".to_owned())]));
    for (from, mood, seconds, expected) in [
        (0, Mood::Counting, 60, (done.as_str(), 0, 0)),
        (3, Mood::Counting, 60, (done.as_str(), 3, 6)),
        (3, Mood::Counting, 4, ("waiting: counting (2 numbers left)", 2, 2)),
        (3, Mood::Counting, 0, ("waiting: counting (3 numbers left)", 1, 0)),
        (3, Mood::Stuck, 60, ("app `a` failed to stop", 0, 0)),
        (3, Mood::Denied, 60, ("could not count: AccessDeniedException: a test", 0, 0)),
        (3, Mood::Asleep, 86400, ("nothing changed for 30 minutes: 3 to go", 181, 1800)),
    ] {
        let (outcome, turns, passed) = driven(from, mood, seconds).await;
        assert_eq!((outcome.as_str(), turns, passed), expected, "{from} {mood:?} {seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_aws_is_waited_for_and_not_forever() {
    let on = "AWS, which did not do what it was asked: could not count: ThrottlingException: a test";
    let (outcome, turns, passed) = driven(3, Mood::Busy, 60).await;
    assert_eq!((outcome, turns, passed), (format!("waiting: {on}"), 4, 45));
    let (outcome, _, passed) = driven(3, Mood::Busy, 86400).await;
    assert_eq!((outcome, passed), (format!("nothing changed for 30 minutes: {on}"), 1800));
}

#[test]
fn times_read_as_people_say_them() {
    for (seconds, expected) in [(1800, "30 minutes"), (60, "1 minute"), (90, "90 seconds"), (0, "0 seconds")]
    {
        assert_eq!(spell(Duration::from_secs(seconds)), expected);
    }
}
