//! Repeats a step, with the pauses that the steps ask for. The command line drives to the end; a Lambda
//! only as long as it may run.

use crate::pause::pause;
use crate::reconcile::progress::{Progress, Waiting};
use crate::reconcile::step::{Reconcile, StepError, StepResult, step};
use crate::text;
use std::time::Duration;
use tokio::time::Instant;

/// How long one turn of a function begins calls. With the 20 seconds that a call begun at the last moment may take (see
/// [`crate::aws`]), a turn ends within 60 seconds.
pub const STEP_TIME: Duration = Duration::from_secs(40);

/// Steps until the spec is reached, an error occurs or, at the first step, nothing that the spec names exists; or until the next pause would pass `until`: then it returns what
/// is waited for. `on_wait` sees every wait before it begins.
///
/// # Errors
/// [`StepError`], also when what is waited for shows no progress for as long as it may.
pub async fn drive<R: Reconcile>(
    it: &R,
    spec: &R::Spec,
    until: Instant,
    mut on_wait: impl FnMut(&Waiting),
) -> Result<StepResult, StepError<R::Error>> {
    let mut unchanged: Option<(Progress, Instant)> = None;
    let mut begun = false;
    loop {
        let waiting = match step(it, spec, until).await? {
            StepResult::Waiting(waiting) => waiting,
            // What was there is gone because of this run.
            StepResult::Absent(output, _) if begun => return Ok(StepResult::Done(output)),
            ended @ (StepResult::Done(_) | StepResult::Absent(..)) => return Ok(ended),
        };
        begun |= waiting.remaining.total() > 0;
        on_wait(&waiting);
        let now = Instant::now();
        let progress = waiting.progress();
        match &unchanged {
            Some((before, since)) if *before == progress => {
                if now.duration_since(*since) >= waiting.patience() {
                    return Err(StepError::Stuck(no_change(&waiting)));
                }
            }
            _ => unchanged = Some((progress, now)),
        }
        if now + waiting.pause >= until {
            return Ok(StepResult::Waiting(waiting));
        }
        pause(waiting.pause).await;
    }
}

/// Logs a turn. The log of a function is where a person looks who wonders whether it is still at work.
pub fn log(waiting: &Waiting) {
    tracing::info!(on = %waiting, remaining = %waiting.remaining, "waiting");
}

/// The sentence of a run that makes no progress.
#[must_use]
pub fn no_change(waiting: &Waiting) -> String {
    format!("nothing changed for {}: {waiting}", text::duration(waiting.patience()))
}

#[cfg(all(test, feature = "drivers"))]
mod tests;
