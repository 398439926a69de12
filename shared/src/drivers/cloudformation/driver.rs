//! From a request to its answer.

use super::{Outcome, Request, RequestType, Resource, reply, send, start_execution::start_execution};
use crate::drivers::{Clients, Context, Interruption, InvocationError, PANICKED, answer_time, guarded, now};
use crate::error::chain;
use crate::reconcile::drive::{self, STEP_TIME, drive};
use crate::reconcile::step::{Output, StepResult, step};
use crate::secret::Secret;
use futures_util::FutureExt;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
    let (request, url) = Request::read(event).map_err(InvocationError::unreadable)?;
    let Value::String(url) = url else {
        return Err(InvocationError::unreadable("the `ResponseURL` is not text: nobody can be answered"));
    };
    let url = Secret::new(url);
    tracing::info!(
        request_id = request.request_id,
        logical_id = request.logical_id,
        "a request of CloudFormation"
    );
    let start_execution = async || match &context.function {
        Ok(function) => start_execution(clients, function, &request, &url, asked).await,
        Err(why) => Err(why.clone()),
    };
    let Some(outcome) = work(it, &request, context.deadline, start_execution).boxed_local().await else {
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
    let asked = match catch_unwind(AssertUnwindSafe(|| request.understand::<R>())) {
        Ok(Ok(asked)) => asked,
        Ok(Err(refused)) => return Some(refused),
        Err(_) => return Some(request.panicked()),
    };
    let Some(spec) = &asked.spec else { return Some(asked.outcome(Ok(Output::new()))) };
    let start = Instant::now();
    let answer = answer_time(deadline.saturating_duration_since(start));
    let until = deadline.checked_sub(LAST_CALL + answer).unwrap_or(start);
    let answer_by = start + patience_of(request);
    let work = async {
        match step(it, spec, until.min(start + STEP_TIME)).boxed_local().await {
            Ok(StepResult::Done(output) | StepResult::Absent(output, _)) => return Some(Ok(output)),
            Err(error) => return Some(Err(chain(&error))),
            Ok(StepResult::Waiting(waiting)) => drive::log(&waiting),
        }
        let Err(why) = start_execution().boxed_local().await else { return None };
        tracing::warn!(
            request_id = request.request_id,
            why,
            "cannot use the state machine: going on in this function"
        );
        Some(match drive(it, spec, until.min(answer_by), drive::log).boxed_local().await {
            Ok(StepResult::Done(output) | StepResult::Absent(output, _)) => Ok(output),
            Ok(StepResult::Waiting(waiting)) => Err(format!(
                "out of time with {} left: {} (the state machine, which has more time, cannot be used: {why}); {}",
                waiting.remaining,
                waiting,
                again(asked.request)
            )),
            Err(error) => Err(chain(&error)),
        })
    };
    let result = match guarded(deadline, work).await {
        Ok(result) => result?,
        Err(Interruption::Panicked) => Err(PANICKED.to_owned()),
        Err(Interruption::OutOfTime) => Err(format!(
            "out of time: AWS did not answer within the time that the function has; {}",
            again(asked.request)
        )),
    };
    Some(asked.outcome(result))
}

/// How long a run may take for its answer to arrive in time: a minute less than `CloudFormation` waits, or half of it when
/// that is little.
pub(crate) fn patience_of(request: &Request) -> Duration {
    let whole = request.service_timeout;
    whole.saturating_sub(Duration::from_mins(1)).max(whole / 2)
}

/// What a person does about a run that ended too early.
pub(crate) fn again(request: RequestType) -> &'static str {
    match request {
        RequestType::Delete => "deleting the stack again continues where it stopped",
        RequestType::Create | RequestType::Update => "doing it again continues where it stopped",
    }
}
