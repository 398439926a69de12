//! EventBridge: an event of a rule or a schedule starts runs of a state machine, or joins those that are under way. The
//! function that gets the event only reads; the state machine it starts belongs to another function, whose role may delete.

mod driver;

pub(crate) use driver::serve;
pub use driver::subject;

use crate::reconcile::step::{Reconcile, StepError};
use aws_lambda_events::eventbridge::EventBridgeEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event of EventBridge, with the members that every event has
/// (<https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "EventBridgeEvent")]
pub struct Event {
    /// The same for every delivery of one event.
    pub id: String,
    pub detail_type: String,
    pub source: String,
    /// The account that the event is of.
    pub account: String,
    pub region: String,
    /// When it happened, in seconds since 1970.
    pub time: u64,
    pub detail: Value,
}

impl TryFrom<EventBridgeEvent> for Event {
    type Error = String;

    fn try_from(event: EventBridgeEvent) -> Result<Self, String> {
        let missing = |member: &str| format!("the event has no {member}");
        let time = event.time.ok_or_else(|| missing("time"))?.timestamp();
        Ok(Self {
            id: event.id.ok_or_else(|| missing("id"))?,
            detail_type: event.detail_type,
            source: event.source,
            account: event.account.ok_or_else(|| missing("account"))?,
            region: event.region.ok_or_else(|| missing("region"))?,
            time: u64::try_from(time).map_err(|_| "the time of the event is before 1970".to_owned())?,
            detail: event.detail,
        })
    }
}

/// What an event asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Runs to start, unless they are under way already.
    pub runs: Vec<Run>,
    /// What people are told, apart from the runs. Without it nobody is told of a run that was under way already.
    pub notice: Option<Notice>,
    /// Metrics: names and counts.
    pub counts: Vec<(&'static str, usize)>,
}

/// A run of the state machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What it is about, such as the id of a domain: at most 63 characters that the name of an execution may have. A run
    /// about the same subject is joined.
    pub subject: String,
    /// What asks for it: the same for every delivery of one event, and of no other. The run of one cause is started once.
    pub cause: String,
    /// What each step is told: see [`Subscriber::triggered`].
    pub trigger: Value,
    /// When its first step is made, in seconds since 1970.
    pub not_before: u64,
    /// What it will do, for people.
    pub sentence: String,
}

/// The input of a run of the state machine that an event started. All its steps get it as it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventInput {
    /// [`Run::trigger`].
    pub(crate) event: Value,
    /// [`Run::not_before`].
    #[serde(default)]
    pub(crate) not_before: u64,
}

/// What people are told by Amazon SNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// At most 100 ASCII characters (`Publish`, parameter `Subject`).
    pub subject: String,
    pub text: String,
}

/// Where the runs are, and who is told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The ARN of the state machine.
    pub machine: String,
    /// The ARN of the SNS topic; without one, notices are in the log only.
    pub topic: Option<String>,
}

/// A reconciler whose runs events may start.
pub trait Subscriber: Reconcile {
    /// Nothing where this deployment of the function serves no events.
    fn route(&self) -> Option<&Route> {
        None
    }

    /// What an event asks for. Reads only; the same event may come twice.
    ///
    /// # Errors
    /// [`StepError`]: an event that is none of ours, or a call that failed.
    fn respond(
        &self,
        event: &Event,
    ) -> impl Future<Output = Result<Response, StepError<Self::Error>>> + Send {
        let sentence = format!("the event {:?} is for no rule of this function", event.detail_type);
        async { Err(StepError::Stuck(sentence)) }
    }

    /// The spec of a run that an event started.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the trigger.
    fn triggered(_trigger: Value) -> Result<Self::Spec, String> {
        Err("no event starts runs of this function".to_owned())
    }
}

#[cfg(test)]
mod tests;
