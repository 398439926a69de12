//! Many calls of one kind, some at a time.

use futures_util::{StreamExt, stream};
use tokio::time::Instant;

/// Calls at the same time: enough to be quick, few enough for the limits of the control planes.
pub const AT_ONCE: usize = 8;

/// The result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It did what it was for, or that was done already.
    Done,
    /// Its object is still held by something else: the next step sees by what, or that it no longer is. With what AWS
    /// answered.
    Held(String),
}

/// Calls of a batch that are made again by a later step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Postponed {
    /// How many.
    pub count: usize,
    /// What one of them was doing, to what, and what AWS answered. The same for the same set of calls, whatever their
    /// order, so that a run can tell whether anything changed. Nothing where a call was only not begun in time.
    pub reason: Option<String>,
}

impl Postponed {
    fn add(&mut self, reason: Option<String>) {
        self.count += 1;
        if let Some(reason) = &reason {
            tracing::warn!(reason, "postponed a call");
        }
        self.reason = match (self.reason.take(), reason) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// The result of a batch.
#[derive(Debug)]
pub struct Batch<E> {
    /// Calls that AWS throttled, whose object was held, or that were not begun in time.
    pub postponed: Postponed,
    /// What went wrong with the others, in no order.
    pub errors: Vec<E>,
}

impl<E> Batch<E> {
    /// The postponed calls, or the first error: every item was tried before.
    pub fn finish(mut self) -> Result<Postponed, E> {
        if self.errors.is_empty() { Ok(self.postponed) } else { Err(self.errors.remove(0)) }
    }
}

/// Calls `act` for every item, begins none after `until`, and tries all of them whatever the result of one.
pub async fn each<'a, T, E, Work>(items: &'a [T], until: Instant, act: impl Fn(&'a T) -> Work) -> Batch<E>
where
    E: std::error::Error + 'static,
    Work: Future<Output = Result<Ended, E>>,
{
    // Made here and begun by the stream: a closure that lived across its awaits would keep the future of the caller from
    // being `Send`.
    let mut calls = Vec::with_capacity(items.len());
    for item in items {
        let call = act(item);
        calls.push(async move { if Instant::now() < until { Some(call.await) } else { None } });
    }
    let mut calls = stream::iter(calls).buffer_unordered(AT_ONCE);
    let mut batch = Batch { postponed: Postponed::default(), errors: Vec::new() };
    while let Some(outcome) = calls.next().await {
        match outcome {
            Some(Ok(Ended::Done)) => {}
            None => batch.postponed.add(None),
            Some(Ok(Ended::Held(reason))) => batch.postponed.add(Some(reason)),
            Some(Err(error)) if crate::error::is_transient(&error) => {
                batch.postponed.add(Some(crate::error::chain(&error)));
            }
            Some(Err(error)) => batch.errors.push(error),
        }
    }
    batch
}
