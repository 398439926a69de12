//! Brings a piece of the world to a goal, one idempotent step at a time: look (`observe`), think (`plan`, pure), move
//! (`act`). Every step starts from what is really there, so a step that is killed, repeated or run twice at once is safe.
//! Who asks for the steps, and who waits between them, is not its business: see [`crate::drive`] and its callers.

use crate::batch::Postponed;
use crate::error::{chain, passing};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// After a move. Never nothing: what AWS lists lags behind what it was told, and looking at once would repeat the move.
pub const AFTER_A_MOVE: Duration = Duration::from_secs(2);
/// After a call that failed because AWS was busy, with all the tries of the SDK used up.
pub const AFTER_TROUBLE: Duration = Duration::from_secs(15);
/// How long nothing may change before a run counts as stuck. Deleting one app takes SageMaker up to 20 minutes
/// (aws-cloudformation/cloudformation-coverage-roadmap#1754).
pub const PATIENCE: Duration = Duration::from_mins(30);

/// What a finished run hands back: attributes of a custom resource, output variables of a pipeline action. The same keys
/// on every answer.
pub type Output = BTreeMap<String, String>;

/// Something that can be brought to a goal.
pub trait Reconcile: Sync {
    /// What was asked for, already validated.
    type Goal: Send + Sync;
    /// Plain data: all that `plan` may know about the world.
    type Seen: Send + Sync;
    /// One idempotent batch. `Display` is what people read: "deleting 12 apps".
    type Move: fmt::Display + Send + Sync;
    /// What a call that failed was doing, to what.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Reads the world, and only reads it.
    fn observe(&self, goal: &Self::Goal) -> impl Future<Output = Result<Self::Seen, Self::Error>> + Send;

    /// Decides the next move. No clock, no I/O, no randomness.
    fn plan(goal: &Self::Goal, seen: &Self::Seen) -> Plan<Self::Move>;

    /// Makes a move, beginning no call after `until`. Returns which of its calls are postponed, because AWS throttled them, found
    /// their object in use or had no time for them; they are seen again, and made again, by the next step.
    fn act(
        &self,
        next: &Self::Move,
        until: Instant,
    ) -> impl Future<Output = Result<Postponed, Self::Error>> + Send;

    /// When nothing that the goal names exists, a sentence that says so: the id may be mistyped. A stack takes that for
    /// done; a person and a pipeline are told, unless the run itself has deleted what there was.
    fn absent(_goal: &Self::Goal, _seen: &Self::Seen) -> Option<String> {
        None
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan<M> {
    /// The goal is reached.
    Done(Output),
    /// AWS is at work; look again later.
    Wait(Waiting),
    /// A move, and what is left to do, that move included.
    Move(M, Left),
    /// It cannot go on without a person: a sentence that says what is in the way and what to do.
    Stuck(String),
}

/// Why a step did not reach the goal yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What is waited for, for people: "4 apps being deleted". A run whose sentence stays the same makes no progress.
    pub on: String,
    /// What is left to do, by kind.
    pub left: Left,
    /// How long to wait before the next step.
    pub pause: Duration,
}

/// How many things are left, by kind, in the order in which they go. Kinds are plural nouns: `apps`, `mount targets`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left(Vec<(&'static str, usize)>);

impl Left {
    /// Counts by kind; kinds with nothing left are dropped.
    #[must_use]
    pub fn new(counts: impl IntoIterator<Item = (&'static str, usize)>) -> Self {
        Self(counts.into_iter().filter(|(_, count)| *count > 0).collect())
    }

    /// The kinds with something left.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().copied()
    }

    /// All kinds together.
    #[must_use]
    pub fn total(&self) -> usize {
        self.kinds().map(|(_, count)| count).sum()
    }
}

/// `12 apps, 3 spaces`, or `nothing`.
impl fmt::Display for Left {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return out.write_str("nothing");
        }
        for (at, (kind, count)) in self.kinds().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{}", counted(count, kind))?;
        }
        Ok(())
    }
}

/// `1 app`, `2 apps`, `1 policy`, `2 policies`: `kind` is the plural.
#[must_use]
pub fn counted(count: usize, kind: &str) -> String {
    let one = || kind.strip_suffix("ies").map(|stem| format!("{stem}y"));
    match count {
        1 => format!("1 {}", one().unwrap_or_else(|| kind.strip_suffix('s').unwrap_or(kind).to_owned())),
        _ => format!("{count} {kind}"),
    }
}

/// What one step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The goal is reached.
    Done(Output),
    /// The goal is reached, but nothing that it names exists: the sentence of [`Reconcile::absent`].
    Absent(Output, String),
    /// Not yet.
    Waiting(Waiting),
}

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Trouble<E: std::error::Error + Send + Sync + 'static> {
    /// The world is in the way: the sentence of [`Plan::Stuck`], or that nothing changed for too long.
    #[error("{0}")]
    Stuck(String),
    /// A call failed, and would fail again.
    #[error(transparent)]
    Failed(E),
}

/// One look and at most one move. A call that failed because AWS was busy is no trouble: the same step is tried again.
///
/// # Errors
/// [`Trouble`], when another step would end the same way.
pub async fn step<R: Reconcile>(it: &R, goal: &R::Goal, until: Instant) -> Result<Turn, Trouble<R::Error>> {
    let taken = async {
        let seen = it.observe(goal).await?;
        Ok(match R::plan(goal, &seen) {
            Plan::Done(output) => Ok(match R::absent(goal, &seen) {
                Some(sentence) => Turn::Absent(output, sentence),
                None => Turn::Done(output),
            }),
            Plan::Wait(waiting) => Ok(Turn::Waiting(waiting)),
            Plan::Stuck(why) => Err(Trouble::Stuck(why)),
            Plan::Move(next, left) => {
                let postponed = it.act(&next, until).await?;
                Ok(Turn::Waiting(moved(&next, left, &postponed)))
            }
        })
    };
    match taken.await {
        Ok(outcome) => outcome,
        Err(error) if passing(&error) => {
            let on = format!("AWS, which did not do what it was asked: {}", chain(&error));
            Ok(Turn::Waiting(Waiting { on, left: Left::default(), pause: AFTER_TROUBLE }))
        }
        Err(error) => Err(Trouble::Failed(error)),
    }
}

fn moved<M: fmt::Display>(next: &M, left: Left, postponed: &Postponed) -> Waiting {
    let reason = postponed.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
    let (postponed, pause) = match postponed.count {
        0 => (String::new(), AFTER_A_MOVE),
        count => (format!(", {} postponed{reason}", counted(count, "calls")), AFTER_TROUBLE),
    };
    Waiting { on: format!("{next}{postponed} ({left} left)"), left, pause }
}

#[cfg(test)]
mod tests;
