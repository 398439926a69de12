//! The steps of the state machine, and CloudFormation's contract.

use super::{OURS, function, scripted};
use crate::samples::VPC;
use serde_json::{Value, json};
use shared::drivers::{Clients, Context};
use shared::lambda::dispatch::handle;
use std::time::Duration;
use testing::event;
use testing::{ScriptedAws, efs, reply};
use tokio::time::Instant;

pub(super) async fn step(service: &ScriptedAws, event: Value) -> Result<Value, (&'static str, String)> {
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:storage-cleanup";
    let context = Context::new(arn, Instant::now() + Duration::from_mins(1));
    let clients = Clients::new(&super::config(service).await);
    let handled = handle(&function(service).await, event, &context, &clients).await;
    handled.map_err(|error| (error.kind, error.sentence))
}

#[tokio::test]
async fn a_step_without_leftovers_is_done() {
    let service = scripted();
    let done = step(&service, event("storage-cleanup-step")).await.unwrap();
    assert_eq!(done, json!({"Status": "Done", "Output": {"FileSystemsKept": ""}}));
    // A person may have mistyped the id.
    let (_, sentence) = step(&service, event("storage-cleanup-step-by-hand")).await.unwrap_err();
    assert!(sentence.contains("no domain has the id d-abcdefghijkl in us-east-1"), "{sentence}");
    assert!(service.written().is_empty());
}

#[tokio::test]
async fn a_step_of_a_domain_that_is_there_is_stuck() {
    let there = (200, json!({"DomainId": "d-abcdefghijkl", "Status": "InService"}).to_string());
    let service = scripted().always("DescribeDomain", "", there);
    let (kind, sentence) = step(&service, event("storage-cleanup-step-by-hand")).await.unwrap_err();
    assert_eq!(kind, "Stuck");
    assert!(sentence.contains("d-abcdefghijkl: it is still there (InService)"), "{sentence}");
    assert!(service.written().is_empty());
}

#[tokio::test]
async fn a_step_whose_reading_fails_touches_nothing() {
    let denied = scripted().always("DescribeDomain", "", reply::refusal("AccessDeniedException"));
    let mine = efs::file_systems(&[efs::file_system("fs-1", &[OURS])], None);
    let denied = denied.always("DescribeFileSystems", "", mine);
    let by_hand = json!({"Step": {"DomainId": "d-abc123", "Storage": "delete"}, "ProgressTracker": null});
    let (kind, sentence) = step(&denied, by_hand.clone()).await.unwrap_err();
    assert_eq!(kind, "Failed");
    assert!(sentence.starts_with("could not look at domain d-abc123: AccessDeniedException"), "{sentence}");
    assert!(denied.written().is_empty());
    let throttled = scripted().always("DescribeDomain", "", reply::refusal("ThrottlingException"));
    let waiting = step(&throttled, by_hand).await.unwrap();
    assert_eq!(waiting["Status"], "Waiting");
    assert!(throttled.written().is_empty());
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let samples = testing::contract::Samples {
        properties: json!({"VpcId": VPC, "Storage": "keep"}),
        updated: json!({"VpcId": VPC, "Storage": "delete"}),
        other: json!({"DomainId": "d-abc123"}),
        bad: json!({"VpcId": VPC, "Storage": "burn"}),
        says: "Storage",
    };
    let replies = async || {
        let kept = efs::file_systems(&[efs::file_system("fs-1", &[OURS])], None);
        function(&scripted().always("DescribeFileSystems", "", kept)).await
    };
    testing::contract::check(&samples, replies).await;
}
