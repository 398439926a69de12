//! From a job to its report. A job that is not done ends too, with a token that makes CodePipeline ask again: the next
//! turn looks at the world anew, so the token says nothing about it.

use super::Action;
use super::artifact::{self, Trouble};
use super::job::{self, Job};
use super::report::report;
use crate::dispatch::{Clients, Context, Problem, with_time};
use crate::drive::{self, TURN, drive};
use crate::error::chain;
use crate::stack::PANICKED;
use crate::step::{Output, PATIENCE, Turn, Waiting};
use aws_sdk_codepipeline::types::FailureType;
use futures_util::FutureExt;
use serde_json::Value;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;

/// What a turn leaves of the function's time: a call that hangs takes up to 20 seconds, the report as long.
const RESERVE: Duration = Duration::from_secs(30);

/// What to report of a job.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    Done(Output),
    Again(Waiting),
    Failed(FailureType, String),
}

/// Works a job for one turn and reports it.
///
/// # Errors
/// When there is no job to report, or nobody took the report: Lambda delivers the job again.
pub async fn serve<R: Action>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<(), Problem> {
    let (id, data) = job::take(event).map_err(Problem::unreadable)?;
    tracing::info!(job = id, "a job of CodePipeline");
    let verdict = verdict(context.deadline, async {
        let (goal, continued) = match goal::<R>(data, clients).boxed_local().await {
            Ok(asked) => asked,
            Err(refused) => return refused,
        };
        turn(it, &goal, continued, context.deadline).boxed_local().await
    });
    let verdict = verdict.await;
    if let Verdict::Failed(_, reason) = &verdict {
        tracing::error!(job = id, reason, "the job failed");
    }
    report(&clients.codepipeline, &id, verdict).boxed_local().await.map_err(Problem::unanswered)
}

/// What work comes to, also when it has a bug or does not end in time.
pub(super) async fn verdict(deadline: Instant, work: impl Future<Output = Verdict>) -> Verdict {
    let failed = |why: &str| Verdict::Failed(FailureType::JobFailed, why.to_owned());
    match with_time(deadline, AssertUnwindSafe(work).catch_unwind()).await {
        Some(Ok(verdict)) => verdict,
        Some(Err(_)) => failed(PANICKED),
        None => failed(
            "out of time: AWS did not answer within the time that the function has; retrying the action continues \
             where it stopped",
        ),
    }
}

/// What the job asks for and whether it did so before, or how it is refused.
async fn goal<R: Action>(data: Value, clients: &Clients) -> Result<(R::Goal, bool), Verdict> {
    let refused = |why: String| Verdict::Failed(FailureType::ConfigurationError, why);
    let job = Job::read(data).map_err(refused)?;
    let parameters = parameters::<R>(&job.parameters).map_err(refused)?;
    let file = match R::file(&parameters) {
        None => None,
        Some(file) => {
            Some(artifact::object(&clients.config, &job, file).await.map_err(|trouble| match trouble {
                Trouble::Refused(why) => refused(why),
                Trouble::Busy(why) => Verdict::Failed(FailureType::SystemUnavailable, why),
            })?)
        }
    };
    let goal = R::goal(parameters, file.as_ref()).map_err(refused)?;
    Ok((goal, job.continued))
}

/// Reads `UserParameters`. An action without any has the empty object.
pub(super) fn parameters<R: Action>(text: &str) -> Result<R::Parameters, String> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("the action's UserParameters are not JSON: {error}"))?;
    serde_json::from_value(value)
        .map_err(|error| format!("the action's UserParameters cannot be used: {error}"))
}

/// One turn of the work itself.
pub(super) async fn turn<R: Action>(it: &R, goal: &R::Goal, continued: bool, deadline: Instant) -> Verdict {
    let now = Instant::now();
    let until = deadline.checked_sub(RESERVE).unwrap_or(now).min(now + TURN);
    match drive(it, goal, until, PATIENCE, drive::log).await {
        Ok(Turn::Absent(_, sentence)) if !continued => {
            Verdict::Failed(FailureType::ConfigurationError, sentence)
        }
        Ok(Turn::Done(output) | Turn::Absent(output, _)) => Verdict::Done(output),
        Ok(Turn::Waiting(waiting)) => Verdict::Again(waiting),
        Err(trouble) => Verdict::Failed(FailureType::JobFailed, chain(&trouble)),
    }
}
