//! The only place that waits.

use std::time::Duration;

/// Waits. For a moment only: a function that waits for AWS to finish something is woken by an event instead.
#[expect(
    clippy::disallowed_methods,
    reason = "the one wait; its callers bound it to two seconds per invocation"
)]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
