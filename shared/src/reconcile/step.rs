//! Brings resources to a spec, one idempotent step at a time: observe, plan (pure), act. Every step starts from what really
//! exists, so a step that is killed, repeated or run twice at once is safe. Its callers ask for the steps and wait between
//! them: see [`crate::reconcile::drive`].

use crate::error::{chain, is_transient};
use crate::reconcile::batch::Postponed;
use crate::reconcile::output::Output;
use crate::reconcile::progress::{Phase, Remaining, Tracked, Waiting};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// After an action. Never zero: what AWS lists lags behind what it was told, and observing at once would repeat the action.
pub const ACTION_PAUSE: Duration = Duration::from_secs(2);
/// After a call that failed because AWS was busy, with all the tries of the SDK used up.
pub const RETRY_PAUSE: Duration = Duration::from_secs(15);

/// Something that can be brought to a spec.
pub trait Reconcile: Sync {
    /// How long to wait after an action. Shorter than [`ACTION_PAUSE`] where it does no harm that the action is repeated.
    const PAUSE: Duration = ACTION_PAUSE;

    /// What was asked for, already validated.
    type Spec: Send + Sync;
    /// Plain data: all that `plan` may know.
    type Observation: Send + Sync;
    /// One idempotent batch. `Display` is what people read: "deleting 12 apps".
    type Action: fmt::Display + Send + Sync;
    /// What a call that failed was doing, to what.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads what exists, and only reads.
    fn observe(
        &self,
        spec: &Self::Spec,
    ) -> impl Future<Output = Result<Self::Observation, Self::Error>> + Send;

    /// Decides the next action. No clock, no I/O, no randomness.
    fn plan(spec: &Self::Spec, observed: &Self::Observation) -> Plan<Self::Action>;

    /// Makes an action, beginning no call after `until`. Returns which of its calls are postponed, because AWS throttled them, found
    /// their object in use or had no time for them; they are seen again, and made again, by the next step.
    fn act(
        &self,
        next: &Self::Action,
        until: Instant,
    ) -> impl Future<Output = Result<Postponed, Self::Error>> + Send;

    /// What an action is for, and the recovery points that it leaves.
    fn resources(action: &Self::Action) -> Vec<Tracked>;

    /// When nothing that the spec names exists, a sentence that says so: the id may be mistyped. A stack takes that for
    /// done; a person and a pipeline are told, unless the run itself has deleted what there was.
    fn absent(_spec: &Self::Spec, _observed: &Self::Observation) -> Option<String> {
        None
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan<A> {
    /// The spec is reached.
    Done(Output),
    /// AWS is at work; look again later.
    Wait(Waiting),
    /// An action, and what is left to do, that action included.
    Act(A, Remaining),
    /// It cannot go on without a person: a sentence that says what blocks and what to do.
    Stuck(String),
}

/// The result of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepResult {
    /// The spec is reached.
    Done(Output),
    /// The spec is reached, but nothing that it names exists: the sentence of [`Reconcile::absent`].
    Absent(Output, String),
    /// Not yet.
    Waiting(Waiting),
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StepError<E: std::error::Error + Send + Sync + 'static> {
    /// A person must act: the sentence of [`Plan::Stuck`], or that nothing changed for too long.
    #[error("{0}")]
    Stuck(String),
    /// A call failed, and would fail again.
    #[error(transparent)]
    Failed(E),
}

/// One observation and at most one action. A call that failed because AWS was busy is no error: the same step is tried again.
/// The future is boxed here, once for every caller: the calls of a function inlined into a driver, the driver into the Lambda
/// runtime, would be a type too deep for the compiler.
///
/// # Errors
/// [`StepError`], when another step would end the same way.
pub fn step<'a, R: Reconcile>(
    it: &'a R,
    spec: &'a R::Spec,
    until: Instant,
) -> BoxFuture<'a, Result<StepResult, StepError<R::Error>>> {
    let taken = async move {
        let observed = it.observe(spec).await?;
        Ok(match R::plan(spec, &observed) {
            Plan::Done(output) => Ok(match R::absent(spec, &observed) {
                Some(sentence) => StepResult::Absent(output, sentence),
                None => StepResult::Done(output),
            }),
            Plan::Wait(waiting) => Ok(StepResult::Waiting(waiting)),
            Plan::Stuck(why) => Err(StepError::Stuck(why)),
            Plan::Act(next, remaining) => {
                let postponed = it.act(&next, until).await?;
                Ok(StepResult::Waiting(after_action::<R>(&next, remaining, postponed)))
            }
        })
    };
    let ended = async move {
        match taken.await {
            Ok(outcome) => outcome,
            Err(error) if is_transient(&error) => {
                let phase = Phase::Busy { error: chain(&error) };
                Ok(StepResult::Waiting(Waiting::without_resources(phase, RETRY_PAUSE)))
            }
            Err(error) => Err(StepError::Failed(error)),
        }
    };
    ended.boxed()
}

/// What a step that made an action waits for.
fn after_action<R: Reconcile>(action: &R::Action, remaining: Remaining, postponed: Postponed) -> Waiting {
    let pause = if postponed.count == 0 { R::PAUSE } else { RETRY_PAUSE };
    let (resources, action) = (R::resources(action), action.to_string());
    Waiting { phase: Phase::Acted { action, postponed }, resources, remaining, pause }
}
