//! The signals that end the program: Ctrl-C (`SIGINT`) and `SIGTERM`. What AWS was asked to do goes on; nothing more is asked.

use crate::exit::{Exit, Failure};

/// Waits for such a signal, and says which exit status it leads to.
pub async fn stop() -> Exit {
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Exit::Interrupted,
        () = terminated() => Exit::Terminated,
    }
}

/// How a signal ended a command, and what goes on. `begun`: whether anything was asked of AWS that changes something.
pub fn failure(exit: Exit, begun: bool) -> Failure {
    let what = if exit == Exit::Terminated { "Terminated" } else { "Interrupted" };
    let then = if begun {
        "What was started continues in AWS. Run the same command to resume."
    } else {
        "Nothing was changed."
    };
    Failure::new(exit, format!("{what}. {then}"))
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
