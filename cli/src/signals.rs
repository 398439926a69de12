//! The signals that end the program: Ctrl-C (`SIGINT`) and `SIGTERM`. What AWS was asked to do goes on; nothing more is asked.

use crate::exit::Exit;

/// Waits for such a signal, and says which exit status it leads to.
pub async fn stop() -> Exit {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Exit::Interrupted,
        () = terminated() => Exit::Terminated,
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signals) => drop(signals.recv().await),
        // The system's own way to end the program stays.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
