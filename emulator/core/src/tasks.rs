//! What a service goes on with after it has answered.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// Futures that run besides the calls of a service, in a Tokio runtime. Clones share them.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    /// Lets something run until it ends or is stopped.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Stops all of them.
    pub async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn what_still_runs_is_stopped() {
        let tasks = Tasks::default();
        let (held, stopped) = oneshot::channel::<()>();
        let (begins, begun) = oneshot::channel();
        tasks.spawn(async move {
            let _held = held;
            begins.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        begun.await.unwrap();
        tasks.clone().stop().await;
        assert!(stopped.await.is_err(), "its end of the channel is gone");
    }
}
