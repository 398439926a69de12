//! What one invocation does for a run, for every driver: steps that leave time to answer, whose panic is an error too. Each driver
//! tells its caller the result in the caller's own terms.

use crate::error::chain;
use crate::reconcile::step::StepError;
use crate::unwind::{Panicked, caught};
use std::time::Duration;
use tokio::time::Instant;

/// Why a turn did not end with the result of a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TurnError {
    /// A person must act.
    #[error("{0}")]
    Stuck(String),
    /// A call failed, and would fail again.
    #[error("{0}")]
    Failed(String),
    /// The function has a bug.
    #[error(transparent)]
    Panicked(#[from] Panicked),
    /// It must leave time to answer.
    #[error("out of time: AWS did not answer within the time that the function has")]
    OutOfTime,
}

impl TurnError {
    /// The sentence for people; `again` is what continues the work.
    pub(crate) fn sentence(&self, again: &str) -> String {
        match self {
            Self::OutOfTime => format!("{self}; {again}"),
            Self::Stuck(_) | Self::Failed(_) | Self::Panicked(_) => self.to_string(),
        }
    }
}

impl<E: std::error::Error + Send + Sync + 'static> From<StepError<E>> for TurnError {
    fn from(error: StepError<E>) -> Self {
        match error {
            StepError::Stuck(why) => Self::Stuck(why),
            StepError::Failed(error) => Self::Failed(chain(&error)),
        }
    }
}

/// Does the work of one invocation: it ends in time to answer, and its panic is answered too.
///
/// # Errors
/// [`TurnError`].
pub(crate) async fn turn<T, E: Into<TurnError>>(
    deadline: Instant,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, TurnError> {
    let left = deadline.saturating_duration_since(Instant::now());
    let limit = left.saturating_sub(answer_time(left));
    match tokio::time::timeout(limit, caught(work)).await {
        Ok(done) => done?.map_err(Into::into),
        Err(_) => Err(TurnError::OutOfTime),
    }
}

/// What an answer gets of the time that is left: ten seconds, or a twentieth.
pub(crate) fn answer_time(remaining: Duration) -> Duration {
    (remaining / 20).max(Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn every_driver_leaves_time_to_answer() {
        for (seconds, ended) in [(60, 50), (900, 855), (15, 5), (5, 0)] {
            let start = Instant::now();
            let hanging = std::future::pending::<Result<(), TurnError>>();
            let work = turn(start + Duration::from_secs(seconds), hanging).await;
            assert_eq!((work, start.elapsed().as_secs()), (Err(TurnError::OutOfTime), ended), "{seconds}");
        }
    }
}
