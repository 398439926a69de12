//! A world of shelves with things on them: a Create keeps them, a Delete takes one after the other away.

use aws_smithy_types::error::ErrorMetadata;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::batch::Postponed;
use shared::events::Subscriber;
use shared::pipeline::Action;
use shared::stack::{Origin, RequestType, Resource};
use shared::step::{Left, Output, Plan, Reconcile, Waiting};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// How the world behaves.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Willing,
    Asleep,
    Denied,
    Panicking,
}

/// Shelves `a` and `b`.
pub(crate) struct Shelf(Mutex<BTreeMap<String, usize>>);

impl Shelf {
    pub(crate) fn of(things: usize) -> Self {
        Self(Mutex::new(BTreeMap::from([("a".to_owned(), things), ("b".to_owned(), things)])))
    }
}

pub(crate) struct Goal {
    name: String,
    mood: Mood,
    empty: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("could not look at the shelf")]
pub(crate) struct CouldNotLook(#[source] ErrorMetadata);

impl Reconcile for Shelf {
    type Goal = Goal;
    type Seen = usize;
    type Move = String;
    type Error = CouldNotLook;

    async fn observe(&self, goal: &Goal) -> Result<usize, CouldNotLook> {
        match goal.mood {
            Mood::Denied => {
                Err(CouldNotLook(ErrorMetadata::builder().code("AccessDenied").message("not yours").build()))
            }
            Mood::Panicking => panic!("a bug, for a test"),
            Mood::Willing | Mood::Asleep => Ok(self.0.lock().unwrap().get(&goal.name).copied().unwrap_or(0)),
        }
    }

    fn plan(goal: &Goal, seen: &usize) -> Plan<String> {
        let left = Left::new([("things", *seen)]);
        match (goal.mood, goal.empty && *seen > 0) {
            (_, false) => Plan::Done(Output::from([("Shelf".to_owned(), goal.name.clone())])),
            (Mood::Asleep, true) => {
                Plan::Wait(Waiting { on: format!("{left} to fall"), left, pause: Duration::from_mins(1) })
            }
            (_, true) => Plan::Move(goal.name.clone(), left),
        }
    }

    async fn act(&self, next: &String, _: Instant) -> Result<Postponed, CouldNotLook> {
        self.0.lock().unwrap().entry(next.clone()).and_modify(|things| *things = things.saturating_sub(1));
        Ok(Postponed::default())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Properties {
    name: String,
    #[serde(default)]
    mood: Mood,
}

fn name(name: String) -> Result<String, String> {
    if name.contains(' ') { Err(format!("Name is `{name}`: write it without spaces")) } else { Ok(name) }
}

impl Resource for Shelf {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        properties.name.clone()
    }

    fn goal(origin: &Origin, Properties { name: shelf, mood }: Properties) -> Result<Goal, String> {
        Ok(Goal { name: name(shelf)?, mood, empty: origin.request == RequestType::Delete })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Parameters {
    #[serde(default)]
    mood: Mood,
    file_name: Option<String>,
}

impl Action for Shelf {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        parameters.file_name.as_deref()
    }

    fn goal(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Goal, String> {
        let shelf = match file {
            Some(file) => file.get("Shelf").and_then(Value::as_str).ok_or("the file has no key `Shelf`")?,
            None => "a",
        };
        Ok(Goal { name: name(shelf.to_owned())?, mood: parameters.mood, empty: true })
    }
}

impl Subscriber for Shelf {}
