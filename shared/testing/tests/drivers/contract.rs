//! The harness itself: a resource that keeps the contract passes, one that does not is caught.

use crate::fake::{Properties, Shelf, Spec};
use futures_util::FutureExt;
use serde_json::json;
use shared::drivers::cloudformation::{Origin, Resource};
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::Tracked;
use shared::reconcile::step::{Plan, Reconcile};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use testing::contract::{Samples, check};
use tokio::time::Instant;

fn samples() -> Samples {
    Samples {
        properties: json!({"Name": "a"}),
        updated: json!({"Name": "a", "Behaviour": "Willing"}),
        other: json!({"Name": "b"}),
        bad: json!({"Name": "no shelf"}),
        says: "Name is `no shelf`",
    }
}

#[tokio::test]
async fn a_resource_that_keeps_the_contract_passes() {
    for things in [0, 1, 7] {
        check(&samples(), async || Shelf::of(things)).await;
    }
    check(&Samples { other: json!({"Name": "a"}), ..samples() }, async || Shelf::of(2)).await;
}

/// A shelf with another id every time, as the log stream's name is.
struct Restless(Shelf);

static IDS: AtomicUsize = AtomicUsize::new(0);

impl Reconcile for Restless {
    type Spec = Spec;
    type Observation = usize;
    type Action = String;
    type Error = <Shelf as Reconcile>::Error;

    async fn observe(&self, spec: &Spec) -> Result<usize, Self::Error> {
        self.0.observe(spec).await
    }

    fn plan(spec: &Spec, observed: &usize) -> Plan<String> {
        Shelf::plan(spec, observed)
    }

    fn resources(action: &String) -> Vec<Tracked> {
        Shelf::resources(action)
    }

    async fn act(&self, next: &String, until: Instant) -> Result<Postponed, Self::Error> {
        self.0.act(next, until).await
    }
}

impl Resource for Restless {
    type Properties = Properties;

    fn physical_id(_: &Properties) -> String {
        format!("stream-{}", IDS.fetch_add(1, Relaxed))
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        <Shelf as Resource>::spec(origin, properties)
    }
}

#[tokio::test]
async fn a_resource_without_a_stable_id_is_caught() {
    let samples = samples();
    let checked = AssertUnwindSafe(check(&samples, async || Restless(Shelf::of(1)))).catch_unwind().await;
    let told = *checked.unwrap_err().downcast::<String>().unwrap();
    assert!(told.contains("create-create: the same id and attributes"), "{told}");
}

impl shared::drivers::events::Subscriber for Restless {}
