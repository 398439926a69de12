//! The response to an event, decided from the event and from what was found.

use super::*;
use crate::observation::OnDelete;
use crate::samples::{DOMAIN, events, sample};
use testing::event;

#[test]
fn a_record_that_is_none_of_ours_is_told_by_its_field() {
    let sample = event("storage-cleanup-domain-deleted")["detail"].clone();
    let id = "b1946ac9-2f44-4c1e-8f0e-7d3d1f5b9a20".to_owned();
    assert_eq!(deleted(&sample), Ok(Some((DOMAIN.to_owned(), id))));
    for (pointer, value, says) in [
        ("/eventName", json!("CreateDomain"), "no rule of this function has calls of CreateDomain"),
        (
            "/eventSource",
            json!("iam.amazonaws.com"),
            "no rule of this function has calls of DeleteDomain to iam",
        ),
        ("/eventSource", json!(7), "detail is no record of CloudTrail"),
        ("/requestParameters", json!(null), "detail.requestParameters has no domainId"),
        (
            "/requestParameters/domainId",
            json!("studio"),
            "detail.requestParameters.domainId: \"studio\" is not the id",
        ),
    ] {
        let mut record = sample.clone();
        *record.pointer_mut(pointer).unwrap() = value;
        let told = deleted(&record).unwrap_err();
        assert!(told.starts_with(says), "{told}");
    }
}

fn orphan(kind: Kind, domain: &str, on_delete: Option<OnDelete>) -> Orphan {
    Orphan {
        kind,
        id: format!("id-of-{domain}"),
        domain: domain.to_owned(),
        vpc: Some("vpc-1".to_owned()),
        subnets: vec!["subnet-1".to_owned()],
        size: None,
        created: None,
        users: Vec::new(),
        on_delete,
    }
}

#[test]
fn a_schedule_reports_everything_and_frees_what_it_may_up_to_a_limit() {
    use Kind::{FileSystem, SecurityGroup};
    let without_mounts =
        Orphan { subnets: Vec::new(), ..orphan(FileSystem, "d-4", Some(OnDelete::FreeNetwork)) };
    let found = [
        orphan(FileSystem, "d-1", Some(OnDelete::FreeNetwork)),
        orphan(SecurityGroup, "d-1", None),
        orphan(FileSystem, "d-2", None),
        orphan(FileSystem, "d-3", Some(OnDelete::Keep)),
        orphan(SecurityGroup, "d-3", None),
        without_mounts,
        orphan(SecurityGroup, "d-5", Some(OnDelete::FreeNetwork)),
        orphan(SecurityGroup, "d-6", Some(OnDelete::FreeNetwork)),
    ];
    let event = sample("storage-cleanup-schedule");
    for (consent, allowed, later) in [
        (None, vec![], None),
        (Some(Consent::Tag), vec!["d-1", "d-5", "d-6"], Some("1 more domains")),
        (Some(Consent::Parameter), vec!["d-1", "d-2", "d-5", "d-6"], Some("2 more domains")),
    ] {
        let response = on_schedule(&events(consent), &found, &event, 7);
        let started: Vec<_> = response.runs.iter().map(|run| run.subject.as_str()).collect();
        assert_eq!(started.len(), allowed.len().min(2), "{consent:?}");
        assert!(started.iter().all(|domain| allowed.contains(domain)), "{consent:?}: {started:?}");
        assert_eq!(
            response.counts,
            [("OrphanedFileSystems", 3), ("OrphanedSecurityGroups", 4), ("OrphanedNetworkInterfaces", 0)]
        );
        let text = response.notice.unwrap().text;
        assert!(text.contains("d-2\n") && text.contains("111122223333"), "{text}");
        assert!(!text.contains("file system id-of-d-3"), "kept by intent: {text}");
        assert_eq!(later.is_some(), text.contains("left for the next schedule"), "{text}");
        assert!(later.is_none_or(|later| text.contains(later)), "{text}");
    }
    let nothing = on_schedule(&events(Some(Consent::Parameter)), &[], &event, 7);
    assert!(nothing.notice.is_none() && nothing.runs.is_empty());
    assert_eq!(nothing.counts.iter().map(|(_, count)| count).sum::<usize>(), 0);
}

#[test]
fn a_trigger_that_makes_no_sense_is_a_sentence() {
    for (trigger, says) in [
        (json!({}), "the trigger of the run cannot be read: missing field `DomainId`"),
        (
            json!({"DomainId": "d-a", "Consent": "tag", "Storage": "delete"}),
            "the trigger of the run cannot be read",
        ),
        (json!({"DomainId": "studio", "Consent": "tag"}), "DomainId: \"studio\" is not the id"),
        (json!({"DomainId": "d-a", "Consent": "me"}), "the trigger of the run cannot be read"),
    ] {
        let told = StorageCleanup::triggered(trigger).unwrap_err();
        assert!(told.starts_with(says), "{told}");
    }
}
