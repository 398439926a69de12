//! From a request to its answer.

use super::start_execution::start_execution;
use super::{Envelope, Outcome, PlainUrl, Request, RequestType, Resource, reply, send};
use crate::drivers::turn::{TurnError, answer_time, turn};
use crate::drivers::{Clients, Context, InvocationError, now};
use crate::reconcile::drive::{self, STEP_TIME, drive};
use crate::reconcile::step::{Output, StepResult, step};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// What a run in this Lambda leaves of its time besides that for the answer: a call that hangs takes this long.
const LAST_CALL: Duration = Duration::from_secs(20);

/// Works a request and answers it, or starts the state machine, which then answers.
///
/// # Errors
/// When nobody can be answered, or nobody took the answer: Lambda delivers the request again, which changes nothing that
/// is done already.
pub async fn serve<R: Resource>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<(), InvocationError> {
    let asked = now();
    let Envelope::<PlainUrl> { request, url } = Envelope::read(event).map_err(InvocationError::unreadable)?;
    tracing::info!(
        request_id = request.request_id,
        logical_id = request.logical_resource_id,
        "a request of CloudFormation"
    );
    let start_execution = async || match &context.function {
        Ok(function) => start_execution(clients, function, &request, &url, asked).await,
        Err(why) => Err(why.clone()),
    };
    let Some(outcome) = work(it, &request, context.deadline, start_execution).await else {
        return Ok(());
    };
    if let Err(reason) = &outcome.result {
        tracing::error!(request_id = request.request_id, reason, "the request failed");
    }
    send(&url, &reply(&request, &outcome), &request.request_id).await.map_err(InvocationError::unanswered)
}

/// The result of the request, well before the deadline; none when a state machine goes on.
pub(crate) async fn work<R: Resource>(
    it: &R,
    request: &Request,
    deadline: Instant,
    start_execution: impl AsyncFnOnce() -> Result<(), String>,
) -> Option<Outcome> {
    let parsed = match turn(deadline, async { Ok::<_, TurnError>(request.parse::<R>()) }).await {
        Ok(Ok(parsed)) => parsed,
        Ok(Err(refused)) => return Some(refused),
        Err(error) => return Some(request.refused(error.to_string())),
    };
    let Some(spec) = &parsed.spec else { return Some(parsed.outcome(Ok(Output::new()))) };
    let again = again(parsed.request);
    let steps = async {
        let start = Instant::now();
        let answer = answer_time(deadline.saturating_duration_since(start));
        let until = deadline.checked_sub(LAST_CALL + answer).unwrap_or(start);
        match step(it, spec, until.min(start + STEP_TIME)).await? {
            StepResult::Done(output) | StepResult::Absent(output, _) => return Ok(Some(output)),
            StepResult::Waiting(waiting) => drive::log(&waiting),
        }
        let Err(why) = start_execution().await else { return Ok(None) };
        tracing::warn!(
            request_id = request.request_id,
            why,
            "cannot use the state machine: going on in this function"
        );
        match drive(it, spec, until.min(start + answer_within(request)), drive::log).await? {
            StepResult::Done(output) | StepResult::Absent(output, _) => Ok(Some(output)),
            StepResult::Waiting(waiting) => Err(TurnError::Stuck(format!(
                "out of time with {} left: {waiting} (the state machine, which has more time, cannot be used: {why}); \
                 {again}",
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

/// What a person does about a run that ended too early.
pub(crate) fn again(request: RequestType) -> &'static str {
    match request {
        RequestType::Delete => "deleting the stack again continues where it stopped",
        RequestType::Create | RequestType::Update => "doing it again continues where it stopped",
    }
}
