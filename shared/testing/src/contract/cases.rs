//! The cases. Each tells CloudFormation's side of a short story and checks every answer.

use crate::contract::Samples;
use crate::contract::function::Function;
use crate::contract::harness::{Answer, Harness};

/// A create that is repeated, by a request of its own, makes the same thing.
pub(crate) async fn create_create<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("create-create", it).await;
    let first = harness.ask("Create", None, &samples.properties).await.succeeded();
    let second = harness.ask("Create", None, &samples.properties).await.succeeded();
    same(&first, &second);
}

/// A delete undoes a create and keeps its id.
pub(crate) async fn create_delete<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("create-delete", it).await;
    let made = harness.ask("Create", None, &samples.properties).await.succeeded();
    harness.ask("Delete", Some(&made.id), &samples.properties).await.succeeded().named(&made.id);
}

/// What is gone can be deleted.
pub(crate) async fn delete_delete<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("delete-delete", it).await;
    let made = harness.ask("Create", None, &samples.properties).await.succeeded();
    for _ in 0..2 {
        harness.ask("Delete", Some(&made.id), &samples.properties).await.succeeded().named(&made.id);
    }
}

/// An update of settings keeps the id and all attributes; the same update again reads the same.
pub(crate) async fn update_read<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("update-read", it).await;
    let made = harness.ask("Create", None, &samples.properties).await.succeeded();
    for _ in 0..2 {
        let updated = harness.ask("Update", Some(&made.id), &samples.updated).await.succeeded();
        same(&made, &updated);
    }
    harness.ask("Delete", Some(&made.id), &samples.updated).await.succeeded().named(&made.id);
}

/// Lambda delivers a request at least once: every delivery is answered alike, or joins the run of the first.
pub(crate) async fn replay<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("replay", it).await;
    let made = harness.replay("Create", None, &samples.properties).await.succeeded();
    let updated = harness.replay("Update", Some(&made.id), &samples.updated).await.succeeded();
    same(&made, &updated);
    harness.replay("Delete", Some(&made.id), &samples.updated).await.succeeded().named(&made.id);
}

/// An update to another thing has another id; `CloudFormation` then deletes the old one, by the old properties.
pub(crate) async fn replacement<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("replacement", it).await;
    let old = harness.ask("Create", None, &samples.properties).await.succeeded();
    let new = harness.ask("Update", Some(&old.id), &samples.other).await.succeeded();
    assert_eq!(new.keys, old.keys, "replacement: the same attributes");
    let replaced = samples.properties != samples.other;
    assert_eq!(new.id != old.id, replaced, "replacement: {} became {}", old.id, new.id);
    if replaced {
        harness.ask("Delete", Some(&old.id), &samples.properties).await.succeeded().named(&old.id);
    }
    harness.ask("Delete", Some(&new.id), &samples.other).await.succeeded().named(&new.id);
}

/// A create that was refused has made nothing: its delete does nothing, whatever the properties.
pub(crate) async fn never_created<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("delete of never-created", it).await;
    let refused = harness.ask("Create", None, &samples.bad).await.failed(samples.says);
    for properties in [&samples.bad, &samples.properties] {
        harness.ask("Delete", Some(&refused.id), properties).await.succeeded().named(&refused.id);
    }
    assert!(harness.runs() == 0, "delete of never-created: nothing was to do, and a run was started for it");
}

/// Bad properties are refused with a sentence, whatever is asked that reads them; what exists keeps its id.
pub(crate) async fn bad_properties<F: Function>(samples: &Samples, it: F) {
    let mut harness = Harness::new("bad properties", it).await;
    let made = harness.ask("Create", None, &samples.properties).await.succeeded();
    harness.ask("Update", Some(&made.id), &samples.bad).await.failed(samples.says).named(&made.id);
    let deleted = harness.ask("Delete", Some(&made.id), &samples.bad).await;
    let deleted = if F::UNDOES { deleted.failed(samples.says) } else { deleted.succeeded() };
    deleted.named(&made.id);
    harness.ask("Create", None, &samples.bad).await.failed(samples.says).named("never-created");
    harness.ask("Read", Some(&made.id), &samples.properties).await.failed("Read").named(&made.id);
}

fn same(one: &Answer, other: &Answer) {
    assert_eq!((&one.id, &one.keys), (&other.id, &other.keys), "{}: the same id and attributes", one.case);
}
