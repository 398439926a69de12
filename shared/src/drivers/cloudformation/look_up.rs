//! Custom resources that only look something up.

use super::{Origin, Resource};
use crate::reconcile::batch::Postponed;
use crate::reconcile::output::Output;
use crate::reconcile::progress::Tracked;
use crate::reconcile::step::{Plan, Reconcile};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use tokio::time::Instant;

/// A custom resource that reads and changes nothing. Create and Update read anew; Delete has nothing to undo.
pub trait LookUp: Sync {
    /// The properties, as [`Resource::Properties`].
    type Properties: DeserializeOwned + Send;
    /// What is looked for, already validated.
    type Spec: Send + Sync;
    /// What was read, in plain data.
    type Observation: Send + Sync;
    /// What a call that failed was doing, to what.
    type Error: std::error::Error + Send + Sync + 'static;

    /// A stable name for what the properties describe, as [`Resource::physical_id`].
    fn physical_id(properties: &Self::Properties) -> String;

    /// What is to be looked for.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    fn spec(origin: &Origin, properties: Self::Properties) -> Result<Self::Spec, String>;

    /// Reads what exists.
    fn read(&self, spec: &Self::Spec) -> impl Future<Output = Result<Self::Observation, Self::Error>> + Send;

    /// The attributes. No clock, no I/O, no randomness.
    ///
    /// # Errors
    /// A sentence that says what is missing or does not fit, and what to do.
    fn answer(spec: &Self::Spec, observed: &Self::Observation) -> Result<Output, String>;
}

impl<L: LookUp> Reconcile for L {
    type Spec = L::Spec;
    type Observation = L::Observation;
    type Action = Infallible;
    type Error = L::Error;

    async fn observe(&self, spec: &L::Spec) -> Result<L::Observation, L::Error> {
        self.read(spec).await
    }

    fn plan(spec: &L::Spec, observed: &L::Observation) -> Plan<Infallible> {
        L::answer(spec, observed).map_or_else(Plan::Stuck, Plan::Done)
    }

    async fn act(&self, next: &Infallible, _until: Instant) -> Result<Postponed, L::Error> {
        match *next {}
    }

    fn resources(action: &Infallible) -> Vec<Tracked> {
        match *action {}
    }
}

impl<L: LookUp> Resource for L {
    const UNDOES: bool = false;

    type Properties = L::Properties;

    fn physical_id(properties: &L::Properties) -> String {
        <L as LookUp>::physical_id(properties)
    }

    fn spec(origin: &Origin, properties: L::Properties) -> Result<L::Spec, String> {
        <L as LookUp>::spec(origin, properties)
    }
}
