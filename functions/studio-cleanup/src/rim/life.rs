//! Whole runs: from a domain in use to an empty one, and what that costs.

use super::world::World;
use super::{DOMAIN, Service, goal, later};
use crate::{Goal, StudioCleanup};
use serde_json::json;
use shared::step::{Output, Turn, step};

/// Steps until the end; returns the answer and how many steps it took.
async fn run(service: &Service, goal: &Goal) -> (Output, usize) {
    let function = service.function().await;
    for steps in 1..200 {
        match step(&function, goal, later()).await.unwrap() {
            Turn::Done(output) | Turn::Absent(output, _) => return (output, steps),
            Turn::Waiting(waiting) => assert!(!waiting.on.is_empty()),
        }
    }
    panic!("no end in sight: {:?}", service.world(|world| world.left(DOMAIN)))
}

fn busy() -> World {
    World::new(DOMAIN)
        .app("draft", "a", "InService")
        .app("draft", "b", "Deleting")
        .app("draft", "c", "Deleted")
        .own_app("alice", "d", "InService")
        .own_app("alice", "e", "Failed")
        .space("draft", "alice", "InService", 0)
        .space("notes", "bob", "Update_Failed", 0)
        .space("old", "bob", "Delete_Failed", 3600)
        .profile("alice", "InService", 0)
        .profile("bob", "Failed", 0)
        .profile("carol", "InService", 0)
}

/// `b` is `Deleting` from the start: it must count its looks too.
fn started(world: World) -> Service {
    let service = Service::with(world);
    let gone = json!({"DomainId": DOMAIN, "AppName": "b", "AppType": "JupyterLab", "SpaceName": "draft"});
    service.world(|world| {
        world.settle("b");
        assert_eq!(world.answer("DeleteApp", &gone).0, 200);
    });
    service
}

#[tokio::test]
async fn a_domain_in_use_is_emptied() {
    let service = started(busy());
    let (output, _) = run(&service, &goal()).await;
    assert_eq!(
        service.world(|world| world.left(DOMAIN)).unwrap(),
        ["a", "b", "c", "d", "e"],
        "apps are listed for a day"
    );
    assert_eq!(output["FailedApps"], "Canvas app e of user profile alice");
    assert_eq!((&*output["TrackingServers"], &*output["DomainId"]), ("none", DOMAIN));
    assert!(service.asked("DeleteDomain").is_empty());
    // Once more: nothing to do, and the same answer.
    let before = service.called().len();
    assert_eq!(run(&service, &goal()).await, (output, 1));
    let reads = service.called().len() - before;
    assert!(reads <= 7, "{reads} calls for a look");
}

#[tokio::test]
async fn the_domain_goes_last_when_it_is_asked_for() {
    let service = started(busy());
    run(&service, &Goal { with_domain: true, ..goal() }).await;
    assert_eq!(service.world(|world| world.left(DOMAIN)), None);
    assert_eq!(service.asked("DeleteDomain").len(), 1);
}

#[tokio::test]
async fn what_is_kept_is_still_there() {
    let service = started(busy());
    let keep = |name: &str| [name.to_owned()].into();
    run(&service, &Goal { keep_spaces: keep("notes"), keep_profiles: keep("carol"), ..goal() }).await;
    let left = service.world(|world| world.left(DOMAIN)).unwrap();
    assert_eq!(left[5..], ["notes", "bob", "carol"]);
}

#[tokio::test]
async fn a_run_costs_little_more_than_its_deletions() {
    for (apps, spaces, profiles) in [(0, 0, 0), (1, 1, 1), (10, 5, 2), (100, 10, 10), (1000, 20, 20)] {
        let mut world = World::new(DOMAIN);
        for at in 0..apps {
            world = world.app(&format!("space-{}", at % spaces), &format!("app-{at}"), "InService");
        }
        for at in 0..spaces {
            world = world.space(&format!("space-{at}"), &format!("user-{}", at % profiles), "InService", 0);
        }
        for at in 0..profiles {
            world = world.profile(&format!("user-{at}"), "InService", 0);
        }
        let service = Service::with(world);
        let (_, steps) = run(&service, &goal()).await;
        let calls = service.called().len();
        let deletions = apps + spaces + profiles;
        assert!(
            calls * 10 <= deletions * 11 + steps * 100,
            "{calls} calls in {steps} steps for {deletions} deletions"
        );
    }
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = contract::Samples {
        properties: json!({"DomainId": DOMAIN}),
        updated: json!({"DomainId": DOMAIN, "KeepSpaces": ["notes"]}),
        other: json!({"DomainId": "d-other"}),
        bad: json!({"DomainId": "studio"}),
        says: "DomainId",
    };
    let world = async || {
        let world = World::new(DOMAIN).domain("d-other", "InService");
        let world = world.app("draft", "a", "InService").space("draft", "alice", "InService", 0);
        let service = Service::with(world.profile("alice", "InService", 0));
        StudioCleanup::new(&service.configuration().await)
    };
    contract::check(&samples, world).await;
}
