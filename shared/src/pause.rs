//! The only place that waits.

use std::time::Duration;

/// Waits. A function that waits for AWS to finish something is woken by an event or a state machine instead; only a run
/// that nobody else can wake waits here.
#[expect(
    clippy::disallowed_methods,
    reason = "the one wait; its callers are `drive`, its first step, and tries of one call, all with an end of their own"
)]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
