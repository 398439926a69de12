//! Waiting for what another process or task does in its own time.

use std::time::Duration;

/// How often to look, and how many times at most: for a minute.
const PAUSE: Duration = Duration::from_millis(25);
const LOOKS: usize = 2400;

/// What `look` finds once it finds something. Where a test can wait for an event, or let time pass at once, it has no need
/// of this.
///
/// # Panics
/// When nothing is found within a minute; `what` names it in the message.
#[expect(clippy::disallowed_methods, reason = "the one place in which tests wait for others")]
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("did not happen within a minute: {what}");
}
