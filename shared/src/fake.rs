//! A reconciler of one number, for the tests of the drivers: it counts down, one step at a time.

use crate::aws::SdkConfig;
use crate::drivers::Clients;
use crate::drivers::cloudformation::{Origin, Resource};
use crate::drivers::codepipeline::PipelineAction;
use crate::drivers::events::Subscriber;
use crate::error::Cause;
use crate::reconcile::batch::Postponed;
use crate::reconcile::output::attributes;
use crate::reconcile::progress::{Phase, Remaining, State, Tracked, Waiting};
use crate::reconcile::step::{Plan, Reconcile};
use aws_config::{BehaviorVersion, Region};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::Instant;

/// Clients for events that lead to no call.
pub(crate) fn clients() -> Clients {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
    Clients::new(&config.region(Region::new("us-east-1")).build())
}

/// What the countdown does when it is asked to look.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(crate) enum Behaviour {
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
pub(crate) struct FakeReconciler(pub(crate) AtomicUsize);

impl FakeReconciler {
    pub(crate) fn from(number: usize) -> Self {
        Self(AtomicUsize::new(number))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("could not count")]
pub(crate) struct CouldNotCount(#[source] Cause);

fn answered(code: &str) -> Result<usize, CouldNotCount> {
    Err(CouldNotCount(Cause::answer(code, "a test")))
}

impl Reconcile for FakeReconciler {
    type Spec = Behaviour;
    type Observation = usize;
    type Action = &'static str;
    type Error = CouldNotCount;

    async fn observe(&self, spec: &Behaviour) -> Result<usize, CouldNotCount> {
        match spec {
            Behaviour::Denied => answered("AccessDeniedException"),
            Behaviour::Busy => answered("ThrottlingException"),
            Behaviour::Panicking => panic!("a bug, for a test"),
            Behaviour::Hanging => std::future::pending().await,
            Behaviour::Counting | Behaviour::Asleep | Behaviour::Stuck => Ok(self.0.load(Relaxed)),
        }
    }

    fn plan(spec: &Behaviour, observed: &usize) -> Plan<&'static str> {
        match (spec, observed) {
            (Behaviour::Stuck, _) => Plan::Stuck("app `a` failed to stop".to_owned()),
            (_, 0) => Plan::Done(attributes([("Number", "0".to_owned())])),
            (Behaviour::Asleep, remaining) => Plan::Wait(Waiting {
                phase: Phase::InProgress,
                resources: Tracked::all("numbers", [remaining.to_string()], &State::Deleting),
                remaining: Remaining::new([("numbers", *remaining)]),
                pause: Duration::from_secs(10),
            }),
            (_, remaining) => Plan::Act("counting", Remaining::new([("numbers", *remaining)])),
        }
    }

    fn resources(_: &&'static str) -> Vec<Tracked> {
        Vec::new()
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
    pub(crate) behaviour: Behaviour,
}

impl Resource for FakeReconciler {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        properties.name.clone()
    }

    fn spec(_: &Origin, properties: Properties) -> Result<Behaviour, String> {
        if properties.name.contains(' ') {
            return Err(format!("Name is `{}`: write it without spaces", properties.name));
        }
        Ok(properties.behaviour)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Parameters {
    pub(crate) behaviour: Behaviour,
    pub(crate) file_name: Option<String>,
}

impl PipelineAction for FakeReconciler {
    type Parameters = Parameters;

    fn file(parameters: &Parameters) -> Option<&str> {
        parameters.file_name.as_deref()
    }

    fn spec(parameters: Parameters, file: Option<&Map<String, Value>>) -> Result<Behaviour, String> {
        match file {
            Some(file) if !file.contains_key("Name") => Err("the file has no key `Name`".to_owned()),
            _ => Ok(parameters.behaviour),
        }
    }
}

impl Subscriber for FakeReconciler {
    fn triggered(trigger: Value) -> Result<Behaviour, String> {
        serde_json::from_value(trigger).map_err(|error| format!("the behaviour cannot be read: {error}"))
    }
}
