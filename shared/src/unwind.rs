//! The one place that catches a panic. A bug in one event is an error of that event: the process serves the next one.

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// The work panicked. Its text is in the log: the standard panic hook writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function panicked: its log says where")]
pub(crate) struct Panicked;

/// The result of the work, or that it panicked. What the work had changed in memory is dropped with it, so that no half-changed
/// value is seen afterwards.
///
/// # Errors
/// [`Panicked`].
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(caught(async { 7 }).now_or_never(), Some(Ok(7)));
        let panicking = caught(async { panic!("for a test") });
        assert_eq!(panicking.now_or_never(), Some(Err::<(), _>(Panicked)));
    }
}
