//! The driver of Step Functions: one step per invocation, and an answer at the end. The state machine waits
//! in between; see `infra/functions/loop.yaml`.

mod progress_tracker;

use crate::drivers::cloudformation::{self, Outcome, Request, Resource, again, patience_of};
use crate::drivers::events::Subscriber;
use crate::drivers::{Clients, Interruption, InvocationError, PANICKED, guarded, now};
use crate::reconcile::drive::STEP_TIME;
use crate::reconcile::progress::{Phase, Waiting};
use crate::reconcile::step::{self, Output, RETRY_PAUSE, StepResult};
use futures_util::FutureExt;
use progress_tracker::{Limits, ProgressTracker};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// What a run is about: a request to answer, what an event asked for, or properties as a person wrote them.
enum Input {
    /// Its encrypted `ResponseURL`, and when it was asked for, in seconds since 1970.
    Request(Box<Request>, Value, Option<u64>),
    /// What the event asked for, and when the first step is made, in seconds since 1970.
    Event(Value, u64),
    Properties(Value),
}

/// How long a run may take that nobody waits for. With steps some seconds apart it stays below the 25,000 events that an
/// execution may have (quotas of Step Functions).
const WHOLE: Duration = Duration::from_hours(4);

impl Input {
    fn read(mut input: Value) -> Result<Self, InvocationError> {
        let asked = input.get("Asked").and_then(Value::as_u64);
        match input.get_mut("Request").map(Value::take) {
            Some(request) => {
                let (request, url) = Request::read(request).map_err(InvocationError::unreadable)?;
                Ok(Self::Request(Box::new(request), url, asked))
            }
            None => Ok(match input.get_mut("Event").map(Value::take) {
                Some(event) => {
                    Self::Event(event, input.get("NotBefore").and_then(Value::as_u64).unwrap_or_default())
                }
                None => Self::Properties(input),
            }),
        }
    }

    /// The wait until the first step of a run that an event started.
    fn grace(&self, now: u64) -> Option<Waiting> {
        let Self::Event(_, not_before) = self else { return None };
        let remaining = not_before.checked_sub(now).filter(|remaining| *remaining > 0)?;
        let phase = Phase::Grace { end: *not_before };
        Some(Waiting::without_resources(phase, Duration::from_secs(remaining)))
    }
}

/// One step: `{"Step": <input>, "ProgressTracker": <of the step before, or null>}`.
///
/// # Errors
/// `Stuck` or `Failed`, which the state machine catches and reports.
pub async fn step<R: Resource + Subscriber>(
    it: &R,
    mut event: Value,
    deadline: Instant,
) -> Result<Value, InvocationError> {
    let before: Option<ProgressTracker> = serde_json::from_value(event["Watch"].take())
        .map_err(|error| InvocationError::unreadable(format!("`Watch` is not of a step before: {error}")))?;
    let input = Input::read(event["Step"].take())?;
    // Before the first step only: that the state machine has waited is not measured by another clock.
    if let (None, Some(waiting)) = (&before, input.grace(now())) {
        let begin = now() + waiting.pause.as_secs();
        let progress = waiting.progress().digest();
        let tracker = ProgressTracker { started: begin, since: begin, progress, begun: false };
        return Ok(told(&waiting, whole_seconds(waiting.pause), &tracker));
    }
    let by_hand = matches!(input, Input::Properties(_));
    let alone = Limits { whole: WHOLE, again: "starting the state machine again continues where it stopped" };
    let (spec, limits, asked) = match input {
        Input::Properties(properties) => {
            (cloudformation::by_hand::<R>(properties).map_err(InvocationError::failed)?, alone, None)
        }
        Input::Event(trigger, _) => (R::triggered(trigger).map_err(InvocationError::failed)?, alone, None),
        Input::Request(request, _, asked_at) => {
            let asked = request.understand::<R>().map_err(|refused| {
                InvocationError::failed(
                    refused.result.err().unwrap_or_else(|| "the request was refused".to_owned()),
                )
            })?;
            let Some(spec) = asked.spec else { return Ok(done(&Output::new())) };
            (spec, Limits { whole: patience_of(&request), again: again(asked.request) }, asked_at)
        }
    };
    let result = guarded(deadline, step::step(it, &spec, Instant::now() + STEP_TIME).boxed_local()).await;
    let waiting = match result {
        Ok(Ok(StepResult::Absent(_, sentence)))
            if by_hand && !before.as_ref().is_some_and(|before| before.begun) =>
        {
            return Err(InvocationError::failed(sentence));
        }
        Ok(Ok(StepResult::Done(output) | StepResult::Absent(output, _))) => return Ok(done(&output)),
        Ok(Ok(StepResult::Waiting(waiting))) => waiting,
        Ok(Err(error)) => return Err(InvocationError::of(&error)),
        Err(Interruption::Panicked) => return Err(InvocationError::failed(PANICKED)),
        // The next step observes what the calls did.
        Err(Interruption::OutOfTime) => Waiting::without_resources(Phase::NoAnswer, RETRY_PAUSE),
    };
    let now = now();
    let tracker =
        progress_tracker::tracker(before, &waiting, asked, now, &limits).map_err(InvocationError::stuck)?;
    crate::reconcile::drive::log(&waiting);
    let pause = limits.pause(&tracker, now, waiting.pause);
    Ok(told(&waiting, pause, &tracker))
}

/// What the state machine is told of a step after which another follows.
fn told(waiting: &Waiting, pause: u64, tracker: &ProgressTracker) -> Value {
    json!({
        "Status": "Waiting",
        "On": waiting.to_string(),
        "Left": waiting.remaining.total(),
        "Pause": pause,
        "Watch": tracker,
    })
}

/// The sentence of a run that failed, from the error and the cause of its execution.
#[must_use]
pub fn sentence(error: &str, cause: &str) -> String {
    Caught { error: error.to_owned(), cause: cause.to_owned() }.sentence()
}

fn done(output: &Output) -> Value {
    json!({ "Status": "Done", "Output": output })
}

/// The error of a step as the state machine caught it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Caught {
    error: String,
    #[serde(default)]
    cause: String,
}

impl Caught {
    /// The reason to report. The cause of an error of a function is JSON that holds it.
    fn sentence(self) -> String {
        let told = serde_json::from_str::<Value>(&self.cause).ok();
        match told.as_ref().and_then(|told| told.get("errorMessage")).and_then(Value::as_str) {
            Some(sentence) if matches!(self.error.as_str(), "Stuck" | "Failed") => sentence.to_owned(),
            Some(sentence) => format!("{}: {sentence}", self.error),
            None if self.cause.is_empty() => format!("the state machine failed: {}", self.error),
            None => format!("the state machine failed: {}: {}", self.error, self.cause),
        }
    }
}

/// The end: `{"Answer": <input>, "Output": {..}}` or `{"Answer": <input>, "Error": {"Error": .., "Cause": ..}}`.
///
/// # Errors
/// When the response did not reach CloudFormation.
pub async fn answer<R: Resource>(mut event: Value, clients: &Clients) -> Result<(), InvocationError> {
    let Input::Request(request, encrypted, _) = Input::read(event["Answer"].take())? else {
        tracing::info!("the end of a run that nobody waits for");
        return Ok(());
    };
    let result = result(&mut event)?;
    let outcome = match request.understand::<R>() {
        Ok(asked) => asked.outcome(result),
        // It was valid when the state machine was started. What is refused since is reported as it is.
        Err(refused) => Outcome { result: result.and(refused.result), ..refused },
    };
    if let Err(reason) = &outcome.result {
        tracing::error!(request_id = request.request_id, reason, "the request failed");
    }
    let url = cloudformation::encryption::decrypt(&clients.kms, &request, &encrypted)
        .boxed_local()
        .await
        .map_err(InvocationError::unanswered)?;
    let reply = cloudformation::reply(&request, &outcome);
    cloudformation::send(&url, &reply, &request.request_id).await.map_err(InvocationError::unanswered)
}

fn result(event: &mut Value) -> Result<Result<Output, String>, InvocationError> {
    let unreadable = |error| InvocationError::unreadable(format!("the end of a run cannot be read: {error}"));
    if event.get("Error").is_some_and(|error| !error.is_null()) {
        let caught: Caught = serde_json::from_value(event["Error"].take()).map_err(unreadable)?;
        return Ok(Err(caught.sentence()));
    }
    serde_json::from_value(event["Output"].take()).map(Ok).map_err(unreadable)
}

/// Whole seconds, at least one: what a state machine can wait.
fn whole_seconds(pause: Duration) -> u64 {
    (pause.as_secs() + u64::from(pause.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests;
