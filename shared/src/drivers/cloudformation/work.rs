//! From a request to its result.

use super::{Outcome, Request, Resource};
use crate::drivers::turn::{TurnError, answer_time, turn};
use crate::pause::pause;
use crate::reconcile::drive::{self, STEP_TIME, drive};
use crate::reconcile::output::Output;
use crate::reconcile::step::{StepResult, step};
use std::time::Duration;
use tokio::time::Instant;

/// What a run in this Lambda leaves of its time besides that for the answer: a call that hangs takes this long.
const LAST_CALL: Duration = Duration::from_secs(20);

/// Who does what a request needs after its first step.
pub(crate) enum Rest {
    /// The state machine, which answers too.
    #[cfg(feature = "drivers")]
    Started,
    /// This invocation, because the state machine cannot be used: why.
    #[cfg(feature = "drivers")]
    Here(String),
    /// This invocation: the function has no state machine.
    OneShot,
}

/// The result of the request, well before the deadline; none when a state machine goes on.
pub(crate) async fn work<R: Resource>(
    it: &R,
    request: &Request,
    deadline: Instant,
    rest: impl AsyncFnOnce() -> Rest,
) -> Option<Outcome> {
    let parsed = match turn(deadline, async { Ok::<_, TurnError>(request.parse::<R>()) }).await {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(refused)) => return Some(refused),
        Err(error) => return Some(request.refused(error.to_string())),
    };
    let Some(spec) = &parsed.spec else { return Some(parsed.outcome(Ok(Output::new()))) };
    let again = R::again(parsed.request);
    let steps = async {
        let start = Instant::now();
        let answer = answer_time(deadline.saturating_duration_since(start));
        let until = deadline.checked_sub(LAST_CALL + answer).unwrap_or(start);
        let waiting = match step(it, spec, until.min(start + STEP_TIME)).await? {
            StepResult::Done(output) | StepResult::Absent(output, _) => return Ok(Some(output)),
            StepResult::Waiting(waiting) => waiting,
        };
        drive::log(&waiting);
        let without = match rest().await {
            #[cfg(feature = "drivers")]
            Rest::Started => return Ok(None),
            #[cfg(feature = "drivers")]
            Rest::Here(why) => {
                tracing::warn!(
                    request_id = request.request_id,
                    why,
                    "cannot use the state machine: going on in this function"
                );
                format!(" (the state machine, which has more time, cannot be used: {why})")
            }
            Rest::OneShot => String::new(),
        };
        let until = until.min(start + answer_within(request));
        pause(waiting.pause.min(until.saturating_duration_since(Instant::now()))).await;
        match drive(it, spec, until, drive::log).await? {
            StepResult::Done(output) | StepResult::Absent(output, _) => Ok(Some(output)),
            StepResult::Waiting(waiting) => Err(TurnError::Stuck(format!(
                "out of time with {} left: {waiting}{without}; {again}",
                waiting.remaining,
            ))),
        }
    };
    let result = turn(deadline, steps).await.map_err(|error| error.sentence(again)).transpose()?;
    Some(parsed.outcome(result))
}

/// How long a run may take for its answer to arrive in time: a minute less than `CloudFormation` waits, or half of it when
/// that is little.
pub(crate) fn answer_within(request: &Request) -> Duration {
    let whole = request.service_timeout();
    whole.saturating_sub(Duration::from_mins(1)).max(whole / 2)
}
