//! Those who ask a reconcile function for steps, a driver each, and what the drivers share.

#[cfg(feature = "drivers")]
mod clients;
pub mod cloudformation;
#[cfg(feature = "drivers")]
pub mod codepipeline;
#[cfg(feature = "drivers")]
pub mod events;
#[cfg(feature = "drivers")]
pub mod stepfunctions;
mod turn;

#[cfg(feature = "drivers")]
pub use clients::{Clients, Context};

#[cfg(feature = "drivers")]
pub(crate) use clients::{FunctionArn, now};

use crate::unwind::Panicked;
use turn::TurnError;

/// Why an invocation failed: what Lambda and the state machine are told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct InvocationError {
    /// The type of the error, for a state machine to catch.
    pub kind: &'static str,
    /// A sentence for people.
    pub sentence: String,
}

impl InvocationError {
    /// Something must be removed or changed by a person.
    pub(crate) fn stuck(sentence: impl Into<String>) -> Self {
        Self { kind: "Stuck", sentence: sentence.into() }
    }

    /// A call failed, or the spec makes no sense.
    pub(crate) fn failed(sentence: impl Into<String>) -> Self {
        Self { kind: "Failed", sentence: sentence.into() }
    }

    /// An event of no use.
    pub(crate) fn unreadable(sentence: impl Into<String>) -> Self {
        Self { kind: "Unreadable", sentence: sentence.into() }
    }

    /// The work is done, and nobody took the answer.
    pub(crate) fn unanswered(sentence: impl Into<String>) -> Self {
        Self { kind: "Unanswered", sentence: sentence.into() }
    }
}

impl From<TurnError> for InvocationError {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Stuck(why) => Self::stuck(why),
            TurnError::Failed(_) | TurnError::Panicked(_) | TurnError::OutOfTime => {
                Self::failed(error.to_string())
            }
        }
    }
}

impl From<Panicked> for InvocationError {
    fn from(panicked: Panicked) -> Self {
        Self::failed(panicked.to_string())
    }
}
