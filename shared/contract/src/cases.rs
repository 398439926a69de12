//! The cases. Each tells CloudFormation's side of a short story and checks every answer.

use crate::Samples;
use crate::stage::{Answer, Stage};
use shared::events::Subscriber;
use shared::stack::Resource;

/// A create that is repeated, by a request of its own, makes the same thing.
pub(crate) async fn create_create<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("create-create", it).await;
    let first = stage.ask("Create", None, &samples.properties).await.succeeded();
    let second = stage.ask("Create", None, &samples.properties).await.succeeded();
    same(&first, &second);
}

/// A delete undoes a create and keeps its id.
pub(crate) async fn create_delete<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("create-delete", it).await;
    let made = stage.ask("Create", None, &samples.properties).await.succeeded();
    stage.ask("Delete", Some(&made.id), &samples.properties).await.succeeded().named(&made.id);
}

/// What is gone can be deleted.
pub(crate) async fn delete_delete<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("delete-delete", it).await;
    let made = stage.ask("Create", None, &samples.properties).await.succeeded();
    for _ in 0..2 {
        stage.ask("Delete", Some(&made.id), &samples.properties).await.succeeded().named(&made.id);
    }
}

/// An update of settings keeps the id and all attributes; the same update again reads the same.
pub(crate) async fn update_read<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("update-read", it).await;
    let made = stage.ask("Create", None, &samples.properties).await.succeeded();
    for _ in 0..2 {
        let updated = stage.ask("Update", Some(&made.id), &samples.updated).await.succeeded();
        same(&made, &updated);
    }
    stage.ask("Delete", Some(&made.id), &samples.updated).await.succeeded().named(&made.id);
}

/// Lambda delivers a request at least once: every delivery is answered alike, or joins the run of the first.
pub(crate) async fn replay<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("replay", it).await;
    let made = stage.replay("Create", None, &samples.properties).await.succeeded();
    let updated = stage.replay("Update", Some(&made.id), &samples.updated).await.succeeded();
    same(&made, &updated);
    stage.replay("Delete", Some(&made.id), &samples.updated).await.succeeded().named(&made.id);
}

/// An update to another thing has another id; `CloudFormation` then deletes the old one, by the old properties.
pub(crate) async fn replacement<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("replacement", it).await;
    let old = stage.ask("Create", None, &samples.properties).await.succeeded();
    let new = stage.ask("Update", Some(&old.id), &samples.other).await.succeeded();
    assert_eq!(new.keys, old.keys, "replacement: the same attributes");
    let replaced = samples.properties != samples.other;
    assert_eq!(new.id != old.id, replaced, "replacement: {} became {}", old.id, new.id);
    if replaced {
        stage.ask("Delete", Some(&old.id), &samples.properties).await.succeeded().named(&old.id);
    }
    stage.ask("Delete", Some(&new.id), &samples.other).await.succeeded().named(&new.id);
}

/// A create that was refused has made nothing: its delete does nothing, whatever the properties.
pub(crate) async fn never_created<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("delete of never-created", it).await;
    let refused = stage.ask("Create", None, &samples.bad).await.failed(samples.says);
    for properties in [&samples.bad, &samples.properties] {
        stage.ask("Delete", Some(&refused.id), properties).await.succeeded().named(&refused.id);
    }
    assert!(stage.runs() == 0, "delete of never-created: nothing was to do, and a loop was started for it");
}

/// Bad properties are refused with a sentence, whatever is asked; what exists keeps its id.
pub(crate) async fn bad_properties<R: Resource + Subscriber>(samples: &Samples, it: R) {
    let mut stage = Stage::new("bad properties", it).await;
    let made = stage.ask("Create", None, &samples.properties).await.succeeded();
    for kind in ["Update", "Delete"] {
        stage.ask(kind, Some(&made.id), &samples.bad).await.failed(samples.says).named(&made.id);
    }
    stage.ask("Create", None, &samples.bad).await.failed(samples.says).named("never-created");
    stage.ask("Read", Some(&made.id), &samples.properties).await.failed("Read").named(&made.id);
}

fn same(one: &Answer, other: &Answer) {
    assert_eq!((&one.id, &one.keys), (&other.id, &other.keys), "{}: the same id and attributes", one.case);
}
