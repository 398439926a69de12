//! Whether a run still makes progress, and still has time. The state machine carries what a step must know of those
//! before it; it holds times and a digest of the progress, never a fact that a step relies on.

use super::whole_seconds;
use crate::reconcile::drive::no_change;
use crate::reconcile::progress::Waiting;
use crate::text;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What the steps before have seen. Times are seconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProgressTracker {
    /// Of the request, or of the first step when nobody asked.
    pub(super) started: u64,
    /// Of the first step with this progress.
    pub(super) since: u64,
    /// The digest of what must change: [`crate::reconcile::progress::Progress::digest`].
    #[serde(default)]
    pub(super) progress: String,
    /// Whether any step had something to do: what is not there any more was there when the run began.
    #[serde(default)]
    pub(super) begun: bool,
}

/// How long a run may take.
pub(super) struct Limits {
    /// For the whole run.
    pub(super) whole: Duration,
    /// What a person does about a run that was ended.
    pub(super) again: &'static str,
}

impl Limits {
    /// How long to wait, in seconds: not beyond the end of the run, so that its last step is in time to answer.
    pub(super) fn pause(&self, tracker: &ProgressTracker, now: u64, wanted: Duration) -> u64 {
        let wanted = whole_seconds(wanted);
        let end = tracker.started + self.whole.as_secs();
        wanted.min(end.saturating_sub(now)).max(1)
    }
}

/// What the next step must know, or why there is no next step.
pub(super) fn tracker(
    before: Option<ProgressTracker>,
    waiting: &Waiting,
    asked: Option<u64>,
    now: u64,
    limits: &Limits,
) -> Result<ProgressTracker, String> {
    let progress = waiting.progress().digest();
    let begun = waiting.remaining.total() > 0 || before.as_ref().is_some_and(|before| before.begun);
    let tracker = match before {
        None => ProgressTracker { started: asked.unwrap_or(now).min(now), since: now, progress, begun },
        Some(before) if before.progress == progress => ProgressTracker { begun, ..before },
        Some(before) => ProgressTracker { since: now, progress, begun, ..before },
    };
    let passed = |since: u64| Duration::from_secs(now.saturating_sub(since));
    if passed(tracker.since) >= waiting.patience() {
        return Err(format!("{}; {}", no_change(waiting), limits.again));
    }
    if passed(tracker.started) >= limits.whole {
        return Err(format!(
            "out of time after {}: {waiting}; {}",
            text::duration(limits.whole),
            limits.again
        ));
    }
    Ok(tracker)
}
