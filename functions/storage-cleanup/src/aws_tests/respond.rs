//! The response to an event, from what is there.

use super::{OURS, function, scripted};
use crate::StorageCleanup;
use crate::samples::{DOMAIN, events, sample};
use crate::spec::{Consent, Spec};
use serde_json::json;
use shared::drivers::events::{Event, Response, Subscriber};
use testing::event;
use testing::{ScriptedAws, ec2, efs, reply};

/// A domain that is gone, with its file system, which has this tag, and a mount target.
fn remaining(tag: Option<&str>) -> ScriptedAws {
    let tags: Vec<_> = [OURS].into_iter().chain(tag.map(|value| ("sm-mlops:on-delete", value))).collect();
    scripted()
        .always("DescribeFileSystems", "", efs::file_systems(&[efs::file_system("fs-1", &tags)], None))
        .always("DescribeMountTargets", "", efs::mount_targets(&["fsmt-1"], None))
}

async fn respond(service: &ScriptedAws, consent: Option<Consent>, name: &str) -> Result<Response, String> {
    let function = function(service).await.with_events(Some(events(consent)));
    function.respond(&sample(name)).await.map_err(|error| shared::error::chain(&error))
}

#[tokio::test]
async fn a_deleted_domain_has_its_network_freed_where_that_is_allowed() {
    use Consent::{Parameter, Tag};
    for (consent, tag, expected) in [
        (None, Some("free-network"), 0),
        (Some(Tag), None, 0),
        (Some(Tag), Some("free-network"), 1),
        (Some(Tag), Some("something else"), 0),
        (Some(Tag), Some("keep"), 0),
        (Some(Parameter), None, 1),
        (Some(Parameter), Some("keep"), 0),
    ] {
        let service = remaining(tag);
        let response = respond(&service, consent, "storage-cleanup-domain-deleted").await.unwrap();
        assert_eq!(response.runs.len(), expected, "{consent:?} {tag:?}");
        assert!(response.notice.is_none() && service.written().is_empty());
        for run in response.runs {
            assert_eq!((run.subject.as_str(), run.not_before), (DOMAIN, 1_764_158_400 + 3600));
            let spec = StorageCleanup::triggered(run.trigger).unwrap();
            assert_eq!(spec, Spec::network_of(DOMAIN.to_owned(), consent));
        }
    }
}

#[tokio::test]
async fn a_domain_that_exists_again_or_of_which_nothing_is_left_is_not_touched() {
    let there = (200, json!({"DomainId": DOMAIN, "Status": "InService"}).to_string());
    let exists = remaining(None).always("DescribeDomain", "", there);
    let leaving = (200, json!({"DomainId": DOMAIN, "Status": "Deleting"}).to_string());
    let leaving = remaining(None).always("DescribeDomain", "", leaving);
    let settings = json!({"UnifiedStudioSettings": {"ProjectId": "p-1"}});
    let project = json!({"DomainId": DOMAIN, "Status": "Deleting", "DomainSettings": settings});
    let project = remaining(None).always("DescribeDomain", "", (200, project.to_string()));
    for (service, expected) in [(exists, 0), (leaving, 1), (project, 0), (scripted(), 0)] {
        let consent = Some(Consent::Parameter);
        let response = respond(&service, consent, "storage-cleanup-domain-deleted").await.unwrap();
        assert_eq!(response.runs.len(), expected);
    }
}

#[tokio::test]
async fn a_refused_deletion_starts_nothing_and_a_denied_look_is_an_error() {
    let consent = Some(Consent::Parameter);
    let refused = respond(&remaining(None), consent, "storage-cleanup-domain-deletion-refused").await;
    assert_eq!(refused, Ok(Response::default()));
    let denied = remaining(None).always("DescribeDomain", "", reply::refusal("AccessDeniedException"));
    let told = respond(&denied, consent, "storage-cleanup-domain-deleted").await.unwrap_err();
    assert!(told.contains("AccessDeniedException"), "{told}");
}

#[tokio::test]
async fn the_end_of_a_run_is_told_as_it_is() {
    let ended = |status: &str, error: &str, cause: &str| {
        let mut event = event("storage-cleanup-run-ended");
        event["detail"]["status"] = status.into();
        event["detail"]["error"] = error.into();
        event["detail"]["cause"] = cause.into();
        serde_json::from_value::<Event>(event).unwrap()
    };
    let cause = r#"{"errorType":"Stuck","errorMessage":"eni-1: others use it"}"#;
    for (service, event, says) in [
        (scripted(), ended("SUCCEEDED", "", ""), "The network of domain d-abc123 is free"),
        (
            remaining(None),
            ended("SUCCEEDED", "", ""),
            "What domain d-abc123 left in the network is still there",
        ),
        (
            remaining(None),
            ended("FAILED", "Stuck", cause),
            "The network of domain d-abc123 could not be freed: eni-1: others use it",
        ),
        (
            remaining(None),
            ended("ABORTED", "", ""),
            "The run that frees the network of domain d-abc123 ended as ABORTED.",
        ),
    ] {
        // Mount targets in the groups of the domain are SageMaker's own.
        let function = function(&service).await.with_events(Some(events(None)));
        let response = function.respond(&event).await.unwrap();
        let text = response.notice.unwrap().text;
        assert!(text.starts_with(says), "{text}");
        assert!(response.runs.is_empty() && service.written().is_empty());
    }
    let mut by_hand = ended("SUCCEEDED", "", "");
    by_hand.detail["name"] = "by-hand".into();
    let function = function(&remaining(None)).await.with_events(Some(events(None)));
    assert_eq!(function.respond(&by_hand).await.unwrap(), Response::default());
}

#[tokio::test]
async fn each_step_of_a_run_looks_for_the_consent_again() {
    let there = (200, json!({"DomainId": DOMAIN, "Status": "InService"}).to_string());
    let exists = remaining(Some("free-network")).always("DescribeDomain", "", there);
    for service in [remaining(None), remaining(Some("keep")), exists] {
        let done = super::events::step(&service, event("storage-cleanup-step-event")).await.unwrap();
        assert_eq!(done["Status"], "Done", "{done}");
        assert!(service.written().is_empty());
    }
    let groups = ec2::page(
        "DescribeSecurityGroups",
        "securityGroupInfo",
        &[ec2::sagemaker_group("sg-1", OURS.1, "sg-9")],
        false,
    );
    let allowed = remaining(Some("free-network")).always("DescribeSecurityGroups", "", groups).always(
        "DescribeNetworkInterfaces",
        "network-interface-id",
        ec2::interfaces_of_mount_targets(&["fsmt-1"], &["sg-1"]),
    );
    // A first action tags the VPC, the next one deletes the mount target.
    let waiting = super::events::step(&allowed, event("storage-cleanup-step-event")).await.unwrap();
    assert_eq!(waiting["Status"], "Waiting", "{waiting}");
    assert!(!allowed.written().is_empty());
    assert!(!allowed.written().iter().any(|call| call == "DeleteFileSystem"), "{:?}", allowed.written());
}
