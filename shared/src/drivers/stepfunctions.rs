//! The driver of Step Functions: one step per invocation, and an answer at the end. The state machine waits
//! in between; see `infra/functions/state-machine.yaml`.

mod progress_tracker;

use crate::drivers::cloudformation::answer_within;
use crate::drivers::cloudformation::{self, Envelope, Outcome, RequestInput, Resource, encryption};
use crate::drivers::events::{EventInput, Subscriber};
use crate::drivers::turn::{TurnError, turn};
use crate::drivers::{Clients, InvocationError, now};
use crate::reconcile::drive::STEP_TIME;
use crate::reconcile::output::Output;
use crate::reconcile::progress::{Phase, Waiting};
use crate::reconcile::step::{self, RETRY_PAUSE, StepResult};
use progress_tracker::{Limits, ProgressTracker};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// What a run is about: a request to answer, what an event asked for, or properties as a person wrote them.
enum Input {
    Request(Box<RequestInput>),
    Event(EventInput),
    Properties(Value),
}

/// How long a run may take that nobody waits for. With steps some seconds apart it stays below the 25,000 events that an
/// execution may have (quotas of Step Functions).
const WHOLE: Duration = Duration::from_hours(4);

impl Input {
    fn read(mut input: Value) -> Result<Self, InvocationError> {
        if let Value::Object(members) = &mut input
            && let Some(request) = members.remove("Request")
        {
            let request = Envelope::read(request).map_err(InvocationError::unreadable)?;
            let asked = parse(members.remove("Asked").unwrap_or_default(), "`Asked` of the run")?;
            let pieces: Option<_> = parse(
                members.remove("EncryptedProperties").unwrap_or_default(),
                "`EncryptedProperties` of the run",
            )?;
            let encrypted_properties = pieces.unwrap_or_default();
            Ok(Self::Request(Box::new(RequestInput { request, asked, encrypted_properties })))
        } else if input.get("Event").is_some() {
            Ok(Self::Event(parse(input, "the input of the run")?))
        } else {
            Ok(Self::Properties(input))
        }
    }

    /// Gives a request its encrypted properties back.
    async fn decrypt(&mut self, clients: &Clients) -> Result<(), String> {
        let Self::Request(input) = self else { return Ok(()) };
        let RequestInput { request: Envelope { request, .. }, encrypted_properties, .. } = &mut **input;
        encryption::put_properties(&clients.config, request, encrypted_properties).await
    }

    /// The wait until the first step of a run that an event started.
    fn grace(&self, now: u64) -> Option<Waiting> {
        let Self::Event(EventInput { not_before, .. }) = self else { return None };
        let remaining = not_before.checked_sub(now).filter(|remaining| *remaining > 0)?;
        let phase = Phase::Grace { end: *not_before };
        Some(Waiting::without_resources(phase, Duration::from_secs(remaining)))
    }
}

fn parse<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, InvocationError> {
    serde_json::from_value(value)
        .map_err(|error| InvocationError::unreadable(format!("{what} cannot be read: {error}")))
}

/// What the state machine asks for a step.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StepEvent {
    /// The input of the run.
    step: Value,
    /// Of the step before; null for the first one.
    #[serde(default)]
    progress_tracker: Value,
}

/// What the state machine is told of a step.
#[derive(Serialize)]
#[serde(tag = "Status", rename_all_fields = "PascalCase")]
enum StepAnswer {
    /// The run is over.
    Done { output: Output },
    /// Another step follows.
    Waiting {
        /// What is waited for, for people who read the execution.
        waiting_for: String,
        /// How many things are left.
        remaining: usize,
        /// Seconds until the next step.
        pause: u64,
        progress_tracker: ProgressTracker,
    },
}

impl StepAnswer {
    fn waiting(waiting: &Waiting, pause: u64, progress_tracker: ProgressTracker) -> Self {
        let (waiting_for, remaining) = (waiting.to_string(), waiting.remaining.total());
        Self::Waiting { waiting_for, remaining, pause, progress_tracker }
    }

    fn json(&self) -> Value {
        json!(self)
    }
}

/// One step: `{"Step": <input>, "ProgressTracker": <of the step before, or null>}`.
///
/// # Errors
/// `Stuck` or `Failed`, which the state machine catches and reports.
pub async fn step<R: Resource + Subscriber>(
    it: &R,
    event: Value,
    deadline: Instant,
    clients: &Clients,
) -> Result<Value, InvocationError> {
    let StepEvent { step: input, progress_tracker: before } = parse(event, "the event")?;
    let before: Option<ProgressTracker> = parse(before, "`ProgressTracker`")?;
    let mut input = Input::read(input)?;
    input.decrypt(clients).await.map_err(InvocationError::failed)?;
    // Before the first step only: that the state machine has waited is not measured by another clock.
    if let (None, Some(waiting)) = (&before, input.grace(now())) {
        let begin = now() + waiting.pause.as_secs();
        let progress = waiting.progress().digest();
        let tracker = ProgressTracker { started: begin, since: begin, progress, begun: false };
        return Ok(StepAnswer::waiting(&waiting, whole_seconds(waiting.pause), tracker).json());
    }
    let by_hand = matches!(input, Input::Properties(_));
    let Some((spec, limits, asked)) = spec::<R>(input)? else {
        return Ok(StepAnswer::Done { output: Output::new() }.json());
    };
    let waiting = match turn(deadline, step::step(it, &spec, Instant::now() + STEP_TIME)).await {
        Ok(StepResult::Absent(_, sentence))
            if by_hand && !before.as_ref().is_some_and(|before| before.begun) =>
        {
            return Err(InvocationError::failed(sentence));
        }
        Ok(StepResult::Done(output) | StepResult::Absent(output, _)) => {
            return Ok(StepAnswer::Done { output }.json());
        }
        Ok(StepResult::Waiting(waiting)) => waiting,
        // The next step observes what the calls did.
        Err(TurnError::OutOfTime) => Waiting::without_resources(Phase::NoAnswer, RETRY_PAUSE),
        Err(error) => return Err(error.into()),
    };
    let now = now();
    let tracker =
        progress_tracker::tracker(before, &waiting, asked, now, &limits).map_err(InvocationError::stuck)?;
    crate::reconcile::drive::log(&waiting);
    let pause = limits.pause(&tracker, now, waiting.pause);
    Ok(StepAnswer::waiting(&waiting, pause, tracker).json())
}

/// What a run is to reach, how long it may take, and when it was asked for; nothing for a Delete of what was never created.
type Asked<S> = Option<(S, Limits, Option<u64>)>;

fn spec<R: Resource + Subscriber>(input: Input) -> Result<Asked<R::Spec>, InvocationError> {
    let alone = Limits { whole: WHOLE, again: "starting the state machine again continues where it stopped" };
    Ok(match input {
        Input::Properties(properties) => {
            let spec = cloudformation::by_hand::<R>(&properties).map_err(InvocationError::failed)?;
            Some((spec, alone, None))
        }
        Input::Event(EventInput { event, .. }) => {
            Some((R::triggered(event).map_err(InvocationError::failed)?, alone, None))
        }
        Input::Request(input) => {
            let request = &input.request.request;
            let parsed = request.parse::<R>().map_err(|Outcome { result, .. }| {
                InvocationError::failed(result.err().unwrap_or_else(|| "the request was refused".to_owned()))
            })?;
            let limits = Limits { whole: answer_within(request), again: R::again(parsed.request) };
            parsed.spec.map(|spec| (spec, limits, input.asked))
        }
    })
}

/// The sentence of a run that failed, from the error and the cause of its execution.
#[must_use]
pub fn sentence(error: &str, cause: &str) -> String {
    Caught { error: error.to_owned(), cause: cause.to_owned() }.sentence()
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

/// The end of a run: one of output and error is there.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerEvent {
    /// The input of the run.
    answer: Value,
    output: Option<Output>,
    error: Option<Caught>,
}

impl AnswerEvent {
    fn result(&mut self) -> Result<Result<Output, String>, InvocationError> {
        match (self.error.take(), self.output.take()) {
            (Some(caught), _) => Ok(Err(caught.sentence())),
            (None, Some(output)) => Ok(Ok(output)),
            (None, None) => {
                Err(InvocationError::unreadable("the end of the run has neither `Output` nor `Error`"))
            }
        }
    }
}

/// The end: `{"Answer": <input>, "Output": {..}}` or `{"Answer": <input>, "Error": {"Error": .., "Cause": ..}}`.
///
/// # Errors
/// When the response did not reach CloudFormation.
pub async fn answer<R: Resource>(event: Value, clients: &Clients) -> Result<(), InvocationError> {
    let mut event: AnswerEvent = parse(event, "the end of the run")?;
    let mut input = Input::read(event.answer.take())?;
    input.decrypt(clients).await.map_err(InvocationError::unanswered)?;
    let Input::Request(input) = input else {
        tracing::info!("the end of a run that nobody waits for");
        return Ok(());
    };
    let result = event.result()?;
    let Envelope { request, url } = &input.request;
    let outcome = match request.parse::<R>() {
        Ok(parsed) => parsed.outcome(result),
        // It was valid when the state machine was started. What is refused since is reported as it is.
        Err(refused) => Outcome { result: result.and(refused.result), ..refused },
    };
    if let Err(reason) = &outcome.result {
        tracing::error!(request_id = request.request_id, reason, "the request failed");
    }
    let url =
        encryption::decrypt(&clients.config, request, url).await.map_err(InvocationError::unanswered)?;
    let reply = cloudformation::reply(request, &outcome);
    cloudformation::send(&url, &reply, &request.request_id).await.map_err(InvocationError::unanswered)
}

/// Whole seconds, at least one: what a state machine can wait.
fn whole_seconds(pause: Duration) -> u64 {
    (pause.as_secs() + u64::from(pause.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests;
