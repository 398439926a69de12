//! How far a run is, as data: what it waits for, which things that is, and how many are left. A lack of progress is detected
//! on these values; a sentence is made of them where a person reads it.

use crate::reconcile::batch::Postponed;
use crate::text::{self, counted};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::Duration;

/// How long nothing may change before a run counts as stuck. Deleting one app takes SageMaker up to 20 minutes
/// (aws-cloudformation/cloudformation-coverage-roadmap#1754).
pub const PATIENCE: Duration = Duration::from_mins(30);
/// How long a backup may show no progress while AWS Backup says that it runs: its percentage stands still for hours on large file
/// systems. AWS documents no limit for a job without `CompleteWindowMinutes` (`StartBackupJob`); this one is ours.
pub const BACKUP_PATIENCE: Duration = Duration::from_hours(7 * 24);
/// How many things of one kind a sentence names.
const NAMED: usize = 3;

/// Why a step did not reach the spec yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub phase: Phase,
    /// What AWS is at work on, or what the action was for.
    pub resources: Vec<Tracked>,
    /// What is left to do, by kind.
    pub remaining: Remaining,
    /// How long to wait before the next step.
    pub pause: Duration,
}

/// What a run is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It made an action: what that did, for people, and its calls that are made again.
    Acted { action: String, postponed: Postponed },
    /// AWS is at work on the resources.
    InProgress,
    /// A call failed because AWS was busy: which, and what it answered.
    Busy { error: String },
    /// AWS did not answer within the time that the function has.
    NoAnswer,
    /// The grace period of an event ends at this time, in seconds since 1970.
    Grace { end: u64 },
}

/// A thing by its identity, and its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tracked {
    /// A plural noun: `apps`, `mount targets`.
    pub kind: &'static str,
    pub id: String,
    pub state: State,
}

impl Tracked {
    /// Things of one kind in one state.
    pub fn all<T: Into<String>>(
        kind: &'static str,
        ids: impl IntoIterator<Item = T>,
        state: &State,
    ) -> Vec<Self> {
        ids.into_iter().map(|id| Self { kind, id: id.into(), state: state.clone() }).collect()
    }
}

/// What happens to a thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum State {
    Deleting,
    Changing,
    Starting,
    /// AWS removes it some time after what it belonged to is gone.
    RemovedByAws,
    /// A mount target whose network interface EC2 does not list, or not yet.
    InterfaceNotListed,
    /// AWS Backup copies it. Percent are an estimate, as AWS words it.
    BackingUp {
        percent: String,
        bytes: i64,
    },
    /// AWS runs it, is at this phase of it, and ends it itself when the phase has taken this long.
    Running {
        phase: String,
        at_most: Duration,
    },
    /// AWS is at work on a request of many steps, and tells nothing until its end: what it does, and how long that may take.
    Requested {
        words: &'static str,
        at_most: Duration,
    },
    /// The action of this step is for it.
    ActedOn,
    /// The action of this step deletes it, and this recovery point of it stays.
    DeletedWithRecoveryPoint(String),
}

impl State {
    /// How long it may stay as it is.
    fn patience(&self) -> Duration {
        match self {
            Self::BackingUp { .. } => BACKUP_PATIENCE,
            Self::Running { at_most, .. } | Self::Requested { at_most, .. } => *at_most,
            Self::Deleting
            | Self::Changing
            | Self::Starting
            | Self::RemovedByAws
            | Self::InterfaceNotListed
            | Self::ActedOn
            | Self::DeletedWithRecoveryPoint(_) => PATIENCE,
        }
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Deleting | Self::DeletedWithRecoveryPoint(_) => "being deleted",
            Self::Changing => "being changed",
            Self::Starting => "starting",
            Self::RemovedByAws => "being removed by AWS",
            Self::InterfaceNotListed => "with a network interface that EC2 does not list",
            Self::BackingUp { .. } => "being backed up",
            Self::Running { .. } => "running",
            Self::Requested { words, .. } => words,
            Self::ActedOn => "worked on",
        }
    }
}

/// What must change for a run to make progress. It holds no text that AWS wrote: two answers to one failure may differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    phase: &'static str,
    postponed: usize,
    resources: Vec<Tracked>,
    remaining: Remaining,
}

impl Progress {
    /// The same for the same progress: 16 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).expect("strings, numbers and lists are JSON");
        hex::encode(&Sha256::digest(json)[..8])
    }
}

impl Waiting {
    /// AWS is at work on these; nothing when there are none.
    #[must_use]
    pub fn for_aws(resources: Vec<Tracked>, remaining: Remaining, pause: Duration) -> Option<Self> {
        (!resources.is_empty()).then_some(Self { phase: Phase::InProgress, resources, remaining, pause })
    }

    /// Nothing is known of what is left.
    #[must_use]
    pub fn without_resources(phase: Phase, pause: Duration) -> Self {
        Self { phase, resources: Vec::new(), remaining: Remaining::default(), pause }
    }

    /// What must change.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (phase, postponed) = match &self.phase {
            Phase::Acted { postponed, .. } => ("Acted", postponed.count),
            Phase::InProgress => ("InProgress", 0),
            Phase::Busy { .. } => ("Busy", 0),
            Phase::NoAnswer => ("NoAnswer", 0),
            Phase::Grace { .. } => ("Grace", 0),
        };
        Progress { phase, postponed, resources: self.resources.clone(), remaining: self.remaining.clone() }
    }

    /// How long nothing may change before the run counts as stuck.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.resources.iter().map(|it| it.state.patience()).max().unwrap_or(PATIENCE)
    }

    /// What is waited for, without what is left.
    #[must_use]
    pub fn summary(&self) -> String {
        match &self.phase {
            Phase::Acted { action, postponed } => {
                let reason = postponed.reason.as_ref().map_or(String::new(), |reason| format!(": {reason}"));
                match postponed.count {
                    0 => action.clone(),
                    count => format!("{action}, {} postponed{reason}", counted(count, "calls")),
                }
            }
            Phase::InProgress => in_progress(&self.resources),
            Phase::Busy { error } => format!("AWS, which did not do what it was asked: {error}"),
            Phase::NoAnswer => "AWS, which did not answer within the time that the function has".to_owned(),
            Phase::Grace { end } => {
                let end = i64::try_from(*end).ok().map(DateTime::from_secs);
                let end = end.and_then(|end| end.fmt(Format::DateTime).ok()).unwrap_or_default();
                format!("the end of the grace period, {end}")
            }
        }
    }
}

/// The sentence for logs, reasons and terminals.
impl fmt::Display for Waiting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.summary())?;
        match self.phase {
            Phase::Acted { .. } => write!(out, " ({} left)", self.remaining),
            _ => Ok(()),
        }
    }
}

/// `4 apps being deleted (a, b, c and 1 more), 1 app starting (d)`.
fn in_progress(resources: &[Tracked]) -> String {
    let mut groups: Vec<(&str, &str, Vec<String>)> = Vec::new();
    for Tracked { kind, id, state } in resources {
        let words = state.words();
        let name = match state {
            State::BackingUp { percent, bytes } => format!("{id}: {percent} %, {}", text::bytes(*bytes)),
            State::Running { phase, .. } => format!("{id}: phase {phase}"),
            _ => id.clone(),
        };
        match groups.iter_mut().find(|group| (group.0, group.1) == (*kind, words)) {
            Some(group) => group.2.push(name),
            None => groups.push((kind, words, vec![name])),
        }
    }
    let groups = groups.iter().map(|(kind, words, names)| {
        format!("{} {words} ({})", counted(names.len(), kind), text::list(names, NAMED))
    });
    groups.collect::<Vec<_>>().join(", ")
}

/// How many things are left, by kind, in the order in which they go. Kinds are plural nouns: `apps`, `mount targets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remaining(Vec<(&'static str, usize)>);

impl Remaining {
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
impl fmt::Display for Remaining {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<_> = self.kinds().map(|(kind, count)| counted(count, kind)).collect();
        out.write_str(if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") }.as_str())
    }
}

#[cfg(test)]
mod tests;
