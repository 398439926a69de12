//! A fake of shelves with things on them: a Create keeps them, a Delete takes one after the other away.

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::drivers::codepipeline::PipelineAction;
use shared::drivers::events::Subscriber;
use shared::error::Cause;
use shared::reconcile::batch::Postponed;
use shared::reconcile::output::attributes;
use shared::reconcile::progress::{Phase, Remaining, State, Tracked, Waiting};
use shared::reconcile::step::{Plan, Reconcile};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// How the fake behaves.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Behaviour {
    #[default]
    Willing,
    Asleep,
    Denied,
    Panicking,
}

/// What a note repeats a thousand times: its last character is cut between two calls.
pub(crate) const NOTE: &str = "note-ж";

/// Shelves `a` and `b`.
pub(crate) struct Shelf(Mutex<BTreeMap<String, usize>>);

impl Shelf {
    pub(crate) fn of(things: usize) -> Self {
        Self(Mutex::new(BTreeMap::from([("a".to_owned(), things), ("b".to_owned(), things)])))
    }
}

pub(crate) struct Spec {
    name: String,
    behaviour: Behaviour,
    empty: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("could not look at the shelf")]
pub(crate) struct CouldNotLook(#[source] Cause);

impl Reconcile for Shelf {
    type Spec = Spec;
    type Observation = usize;
    type Action = String;
    type Error = CouldNotLook;

    async fn observe(&self, spec: &Spec) -> Result<usize, CouldNotLook> {
        match spec.behaviour {
            Behaviour::Denied => Err(CouldNotLook(Cause::answer("AccessDenied", "not yours"))),
            Behaviour::Panicking => panic!("a bug, for a test"),
            Behaviour::Willing | Behaviour::Asleep => {
                Ok(self.0.lock().unwrap().get(&spec.name).copied().unwrap_or(0))
            }
        }
    }

    fn plan(spec: &Spec, observed: &usize) -> Plan<String> {
        let remaining = Remaining::new([("things", *observed)]);
        match (spec.behaviour, spec.empty && *observed > 0) {
            (_, false) => Plan::Done(attributes([("Shelf", spec.name.clone())])),
            (Behaviour::Asleep, true) => Plan::Wait(Waiting {
                phase: Phase::InProgress,
                resources: Tracked::all("things", [spec.name.as_str()], &State::Deleting),
                remaining,
                pause: Duration::from_mins(1),
            }),
            (_, true) => Plan::Act(spec.name.clone(), remaining),
        }
    }

    fn resources(_: &String) -> Vec<Tracked> {
        Vec::new()
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
    behaviour: Behaviour,
    /// Of more than KMS encrypts in one call, or nothing.
    #[serde(default)]
    note: Option<String>,
}

fn name(name: String) -> Result<String, String> {
    if name.contains(' ') { Err(format!("Name is `{name}`: write it without spaces")) } else { Ok(name) }
}

impl Resource for Shelf {
    const ENCRYPTED: &'static [&'static str] = &["Note", "NotGiven"];

    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        properties.name.clone()
    }

    fn spec(
        origin: &Origin,
        Properties { name: shelf, behaviour, note }: Properties,
    ) -> Result<Spec, String> {
        if note.is_some_and(|note| note != NOTE.repeat(1000)) {
            return Err("Note is not as it was given".to_owned());
        }
        Ok(Spec { name: name(shelf)?, behaviour, empty: origin.request == RequestType::Delete })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Parameters {
    #[serde(default)]
    behaviour: Behaviour,
    file_name: Option<String>,
}

impl PipelineAction for Shelf {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        parameters.file_name.as_deref()
    }

    fn spec(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Spec, String> {
        let shelf = match file {
            Some(file) => file.get("Shelf").and_then(Value::as_str).ok_or("the file has no key `Shelf`")?,
            None => "a",
        };
        Ok(Spec { name: name(shelf.to_owned())?, behaviour: parameters.behaviour, empty: true })
    }
}

impl Subscriber for Shelf {}
