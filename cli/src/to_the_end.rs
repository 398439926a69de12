//! Drives a library for as long as something changes.

use shared::reconcile::drive::drive;
use shared::reconcile::output::Output;
use shared::reconcile::progress::Waiting;
use shared::reconcile::step::{Reconcile, StepError, StepResult};
use std::time::Duration;
use tokio::time::Instant;

/// Longer than any run: what ends a run is that nothing changes any more.
const FOR_EVER: Duration = Duration::from_hours(7 * 24);

/// What a run reached. `note` sees every wait before it begins.
///
/// # Errors
/// Those of [`drive`].
pub(crate) async fn to_the_end<R: Reconcile>(
    it: &R,
    spec: &R::Spec,
    note: impl FnMut(&Waiting),
) -> Result<Output, StepError<R::Error>> {
    match drive(it, spec, Instant::now() + FOR_EVER, note).await? {
        // What there is was looked at before the run began.
        StepResult::Done(output) | StepResult::Absent(output, _) => Ok(output),
        StepResult::Waiting(waiting) => Err(StepError::Stuck(format!("still waiting for {waiting}"))),
    }
}
