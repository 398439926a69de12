//! A world of one number, for the tests of the drivers: it counts down, one step at a time.

use crate::batch::Postponed;
use crate::events::Subscriber;
use crate::pipeline::Action;
use crate::stack::{Origin, Resource};
use crate::step::{Left, Output, Plan, Reconcile, Waiting};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// What the countdown does when it is asked to look.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Mood {
    /// One less with every step.
    #[default]
    Counting,
    /// Never a change.
    Asleep,
    /// A person is needed.
    Stuck,
    /// AWS says no.
    Denied,
    /// AWS is busy.
    Busy,
    /// A bug.
    Panicking,
    /// A look that never ends.
    Hanging,
}

/// A countdown from a number.
pub(crate) struct Countdown(pub(crate) AtomicUsize);

impl Countdown {
    pub(crate) fn from(number: usize) -> Self {
        Self(AtomicUsize::new(number))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("could not count")]
pub(crate) struct CouldNotCount(#[source] aws_smithy_types::error::ErrorMetadata);

fn answered(code: &str) -> Result<usize, CouldNotCount> {
    Err(CouldNotCount(aws_smithy_types::error::ErrorMetadata::builder().code(code).message("a test").build()))
}

impl Reconcile for Countdown {
    type Goal = Mood;
    type Seen = usize;
    type Move = &'static str;
    type Error = CouldNotCount;

    async fn observe(&self, goal: &Mood) -> Result<usize, CouldNotCount> {
        match goal {
            Mood::Denied => answered("AccessDeniedException"),
            Mood::Busy => answered("ThrottlingException"),
            Mood::Panicking => panic!("a bug, for a test"),
            Mood::Hanging => std::future::pending().await,
            Mood::Counting | Mood::Asleep | Mood::Stuck => Ok(self.0.load(Relaxed)),
        }
    }

    fn plan(goal: &Mood, seen: &usize) -> Plan<&'static str> {
        match (goal, seen) {
            (Mood::Stuck, _) => Plan::Stuck("app `a` failed to stop".to_owned()),
            (_, 0) => Plan::Done(Output::from([("Number".to_owned(), "0".to_owned())])),
            (Mood::Asleep, left) => Plan::Wait(Waiting {
                on: format!("{left} to go"),
                left: Left::new([("numbers", *left)]),
                pause: Duration::from_secs(10),
            }),
            (_, left) => Plan::Move("counting", Left::new([("numbers", *left)])),
        }
    }

    async fn act(&self, _: &&'static str, _: Instant) -> Result<Postponed, CouldNotCount> {
        self.0.fetch_sub(1, Relaxed);
        Ok(Postponed::default())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Properties {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) mood: Mood,
}

impl Resource for Countdown {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        properties.name.clone()
    }

    fn goal(_: &Origin, properties: Properties) -> Result<Mood, String> {
        if properties.name.contains(' ') {
            return Err(format!("Name is `{}`: write it without spaces", properties.name));
        }
        Ok(properties.mood)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Parameters {
    pub(crate) mood: Mood,
    pub(crate) file_name: Option<String>,
}

impl Action for Countdown {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        parameters.file_name.as_deref()
    }

    fn goal(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Mood, String> {
        match file {
            Some(file) if !file.contains_key("Name") => Err("the file has no key `Name`".to_owned()),
            _ => Ok(parameters.mood),
        }
    }
}

impl Subscriber for Countdown {
    fn triggered(trigger: Value) -> Result<Mood, String> {
        serde_json::from_value(trigger).map_err(|error| format!("the mood cannot be read: {error}"))
    }
}
