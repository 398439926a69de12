//! Lists are read to their last page, and only what is a gone domain's is taken from them.

use super::replies::{NEXT, OURS, file_system, file_systems, group, mounted, mounts, page};
use super::{Service, refusal};
use crate::observation::{Domain, Holder, Observation, Outcome, Owner};
use crate::samples::{DOMAIN_ARN, VPC, spec};
use crate::spec::{Spec, Storage, Target, Vpc};
use serde_json::json;
use shared::reconcile::step::Reconcile;

async fn observe(service: &Service, spec: &Spec) -> Observation {
    service.function().await.observe(spec).await.unwrap()
}

fn of_vpc(vpc: Vpc) -> Spec {
    Spec { target: Target::Vpc(VPC.to_owned()), ..spec(Storage::Keep, vpc) }
}

fn ids<T>(things: &[T], id: impl Fn(&T) -> &String) -> Vec<&str> {
    things.iter().map(|thing| id(thing).as_str()).collect()
}

/// A domain's remains, two pages of each list.
fn two_pages() -> Service {
    let rule = |id: &str, group: &str, outbound: bool| {
        format!(
            "<securityGroupRuleId>{id}</securityGroupRuleId><groupId>{group}</groupId><isEgress>{outbound}</isEgress>"
        )
    };
    let interface = |id: &str, status: &str, more: &str| {
        format!(
            "<networkInterfaceId>{id}</networkInterfaceId><status>{status}</status>{more}\
             <groupSet><item><groupId>sg-in</groupId></item></groupSet>"
        )
    };
    let groups = |items: &[String], more| page("DescribeSecurityGroups", "securityGroupInfo", items, more);
    let rules =
        |items: &[String], more| page("DescribeSecurityGroupRules", "securityGroupRuleSet", items, more);
    let found =
        |items: &[String], more| page("DescribeNetworkInterfaces", "networkInterfaceSet", items, more);
    let of_domain = "<description>ENI of d-abc123</description>";
    let lag = "<description>EFS mount target for fs-1 (fsmt-0)</description>";
    let managed = "<requesterManaged>true</requesterManaged><description>ENI of d-abc123</description>";
    Service::default()
        .on("DescribeFileSystems", "Marker=m2", file_systems(&[file_system("fs-2", &[OURS])], None))
        .on("DescribeFileSystems", "", file_systems(&[file_system("fs-1", &[OURS])], Some("m2")))
        .on("DescribeMountTargets", "Marker=m2", mounts(&["fsmt-2"], None))
        .on("DescribeMountTargets", "FileSystemId=fs-1", mounts(&["fsmt-1"], Some("m2")))
        .on("DescribeSecurityGroups", NEXT, groups(&[group("sg-out", DOMAIN_ARN, "sg-in")], false))
        .on("DescribeSecurityGroups", "tag-key", groups(&[group("sg-in", DOMAIN_ARN, "sg-out")], true))
        .on("DescribeSecurityGroups", NEXT, groups(&[group("sg-theirs", "not an ARN", "sg-in")], false))
        .on("DescribeSecurityGroups", "vpc-id", groups(&[group("sg-in", DOMAIN_ARN, "sg-out")], true))
        .on("DescribeSecurityGroupRules", NEXT, rules(&[rule("sgr-2", "sg-in", true)], false))
        .on("DescribeSecurityGroupRules", "", rules(&[rule("sgr-1", "sg-in", false)], true))
        .always(
            "DescribeNetworkInterfaces",
            "network-interface-id",
            mounted(&["fsmt-1", "fsmt-2"], &["sg-in"]),
        )
        .on("DescribeNetworkInterfaces", NEXT, found(&[interface("eni-3", "in-use", managed)], false))
        .on(
            "DescribeNetworkInterfaces",
            "group-id",
            found(&[interface("eni-1", "available", of_domain), interface("eni-2", "in-use", lag)], true),
        )
}

#[tokio::test]
async fn every_list_is_read_to_its_last_page() {
    let observed = observe(&two_pages(), &spec(Storage::Keep, Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1", "fs-2"]);
    assert_eq!(ids(&observed.file_systems[0].mounts, |found| &found.id), ["fsmt-1", "fsmt-2"]);
    assert!(observed.file_systems[0].mounts.iter().all(|mount| mount.owner == Owner::Domain));
    assert_eq!(observed.vpcs, crate::samples::vpcs());
    assert_eq!(ids(&observed.groups, |found| &found.id), ["sg-in", "sg-out"]);
    assert_eq!(
        (&observed.groups[0].inbound[..], &observed.groups[0].outbound[..]),
        (&["sgr-1".to_owned()][..], &["sgr-2".to_owned()][..])
    );
    let held: Vec<_> = observed.interfaces.iter().map(|found| (found.id.as_str(), &found.holder)).collect();
    let expected = [("eni-1", &Holder::Nobody), ("eni-2", &Holder::Leaving), ("eni-3", &Holder::Service)];
    assert_eq!(held, expected);
    assert_eq!(observed.referrers, [("sg-theirs".to_owned(), "sg-in".to_owned())]);
    assert!(!observed.is_nothing() && observed.networks.is_empty());
}

#[tokio::test]
async fn things_with_another_tag_or_none_are_not_observed() {
    let longer = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-abc1234";
    let abroad = "arn:aws:sagemaker:us-east-1:999999999999:domain/d-abc123";
    let key = OURS.0;
    let all = [
        file_system("fs-1", &[]),
        file_system("fs-2", &[(key, "")]),
        file_system("fs-3", &[(key, "d-abc123")]),
        file_system("fs-4", &[(key, longer)]),
        file_system("fs-5", &[(key, abroad)]),
        file_system("fs-6", &[("Name", DOMAIN_ARN)]),
        file_system("fs-7", &[("ManagedByAmazonSageMaker", DOMAIN_ARN)]),
    ];
    let groups: Vec<_> = ["", "d-abc123", longer, abroad].map(|tag| group("sg-1", tag, "sg-1")).into();
    let bare = "<groupId>sg-2</groupId>".to_owned();
    // Somebody copied the tags of SageMaker's to a group of their own.
    let copied = group("sg-3", DOMAIN_ARN, "").replace("security-group-for-inbound-nfs-d-abc123", "web");
    let groups =
        page("DescribeSecurityGroups", "securityGroupInfo", &[groups, vec![bare, copied]].concat(), false);
    let service = Service::default().always("DescribeFileSystems", "", file_systems(&all, None)).always(
        "DescribeSecurityGroups",
        "tag-key",
        groups,
    );
    let observed = observe(&service, &spec(Storage::Delete, Vpc::Delete)).await;
    assert!(observed.is_nothing(), "{observed:?}");
}

#[tokio::test]
async fn a_domain_of_the_vpc_that_is_there_keeps_its_own() {
    let other = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-other";
    let there = |status: &str| (200, json!({"DomainId": "d-other", "Status": status}).to_string());
    let listed = file_systems(&[file_system("fs-1", &[OURS]), file_system("fs-2", &[(OURS.0, other)])], None);
    let groups = [group("sg-in", DOMAIN_ARN, ""), group("sg-other", other, "")];
    let groups = page("DescribeSecurityGroups", "securityGroupInfo", &groups, false);
    let service = |status| {
        Service::default()
            .always("DescribeFileSystems", "", listed.clone())
            .always("DescribeMountTargets", "", mounts(&["fsmt-1"], None))
            .always("DescribeSecurityGroups", "", groups.clone())
            .always("DescribeDomain", "d-other", there(status))
    };
    let observed = observe(&service("InService"), &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    assert_eq!(ids(&observed.groups, |found| &found.id), ["sg-in"]);
    let observed = observe(&service("Deleting"), &of_vpc(Vpc::Keep)).await;
    assert_eq!(observed.domains["d-other"], Domain::Leaving);
    assert_eq!(ids(&observed.groups, |found| &found.id), ["sg-in"]);
}

#[tokio::test]
async fn what_domains_elsewhere_have_costs_no_call() {
    let arn = |at: u32| format!("arn:aws:sagemaker:us-east-1:111122223333:domain/d-elsewhere{at}");
    let elsewhere = (0..20).map(|at| file_system(&format!("fs-far{at}"), &[(OURS.0, &arn(at))]));
    let listed: Vec<_> = elsewhere.chain([file_system("fs-1", &[OURS])]).collect();
    let interface = "<networkInterfaceId>eni-1</networkInterfaceId>\
                     <description>EFS mount target for fs-1 (fsmt-1)</description>";
    let inside = page("DescribeNetworkInterfaces", "networkInterfaceSet", &[interface.to_owned()], false);
    let service = Service::default()
        .always("DescribeFileSystems", "", file_systems(&listed, None))
        .always("DescribeMountTargets", "FileSystemId=fs-1", mounts(&["fsmt-1"], None))
        .always("DescribeNetworkInterfaces", VPC, inside);
    let observed = observe(&service, &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    assert_eq!(ids(&observed.file_systems[0].mounts, |found| &found.id), ["fsmt-1"]);
    assert_eq!(service.asked("DescribeMountTargets").len(), 1);
    assert_eq!(service.asked("DescribeDomain").len(), 1);
}

#[tokio::test]
async fn a_tagged_file_system_is_found_unless_it_is_in_use_elsewhere() {
    let tagged = file_systems(&[file_system("fs-1", &[OURS, ("sm-mlops:vpc", VPC)])], None);
    let service = || Service::default().always("DescribeFileSystems", "", tagged.clone());
    let observed = observe(&service(), &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    let (status, text) = mounts(&["fsmt-1"], None);
    let elsewhere = (status, text.replace(VPC, "vpc-00000000000000001"));
    let observed =
        observe(&service().always("DescribeMountTargets", "", elsewhere), &of_vpc(Vpc::Keep)).await;
    assert!(observed.file_systems.is_empty());
}

#[tokio::test]
async fn what_was_kept_is_not_for_a_later_run_of_another_stack_to_delete() {
    let kept = format!("{VPC} kept");
    let kept = file_systems(&[file_system("fs-1", &[OURS, ("sm-mlops:vpc", &kept)])], None);
    let service = || Service::default().always("DescribeFileSystems", "", kept.clone());
    let observed = observe(&service(), &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    for storage in [Storage::Delete, Storage::Backup] {
        let spec = || Spec { storage, ..of_vpc(Vpc::Keep) };
        assert!(observe(&service(), &spec()).await.file_systems.is_empty());
        // Until the run that keeps has ended, it is what it was: what a domain of this VPC left.
        let groups =
            page("DescribeSecurityGroups", "securityGroupInfo", &[group("sg-in", DOMAIN_ARN, "")], false);
        let observed = observe(&service().always("DescribeSecurityGroups", "", groups), &spec()).await;
        assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    }
}

#[tokio::test]
async fn a_backup_counts_when_it_is_of_this_file_system() {
    let tagged = file_system("fs-1", &[OURS, ("sm-mlops:backup", "job-1")]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let job = |state: &str, of: &str, hours: u64| {
        let arn = format!("arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/{of}");
        let point = "arn:aws:backup:us-east-1:111122223333:recovery-point:1";
        let more = json!({"PercentDone": "42.0", "BytesTransferred": 9, "StatusMessage": "no space", "CompletionDate": now - hours * 3_600});
        let mut job =
            json!({"BackupJobId": "job-1", "State": state, "ResourceArn": arn, "RecoveryPointArn": point});
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (200, job.to_string())
    };
    let point = "arn:aws:backup:us-east-1:111122223333:recovery-point:1".to_owned();
    let failed = |word: &str| Outcome::Failed { why: format!("{word}: no space"), just_now: false };
    let running = || Outcome::Running { percent: "42.0".to_owned(), bytes: 9 };
    for (reply, expected) in [
        (job("COMPLETED", "fs-1", 1), Outcome::Made(point)),
        (job("COMPLETED", "fs-1", 25), Outcome::Forgotten),
        (job("COMPLETED", "fs-2", 1), Outcome::Forgotten),
        (job("RUNNING", "fs-1", 1), running()),
        (job("CREATED", "fs-1", 1), running()),
        (job("ABORTED", "fs-1", 1), failed("ABORTED")),
        (job("PARTIAL", "fs-1", 1), failed("PARTIAL")),
        (job("NEW", "fs-1", 1), failed("NEW")),
        (refusal("ResourceNotFoundException"), Outcome::Forgotten),
    ] {
        let service = Service::default()
            .always("DescribeFileSystems", "", file_systems(std::slice::from_ref(&tagged), None))
            .always("DescribeBackupJob", "job-1", reply);
        let observed = observe(&service, &spec(Storage::Backup, Vpc::Keep)).await;
        assert_eq!(observed.file_systems[0].backup.as_ref().unwrap().outcome, expected);
    }
}

#[tokio::test]
async fn a_vault_is_looked_for_while_a_backup_is_yet_to_be_made() {
    let vaults = |names: &[&str], next: Option<&str>| {
        let listed: Vec<_> = names.iter().map(|name| json!({"BackupVaultName": name})).collect();
        (200, json!({"BackupVaultList": listed, "NextToken": next}).to_string())
    };
    let bare = file_systems(&[file_system("fs-1", &[OURS])], None);
    let service = || Service::default().always("DescribeFileSystems", "", bare.clone());
    let backup = spec(Storage::Backup, Vpc::Keep);
    let full = service().on("ListBackupVaults", "nextToken=v2", vaults(&["Default"], None)).on(
        "ListBackupVaults",
        "",
        vaults(&["attic"], Some("v2")),
    );
    assert_eq!(observe(&full, &backup).await.no_vault, None);
    let attic = service().always("ListBackupVaults", "", vaults(&["attic"], None));
    assert_eq!(observe(&attic, &backup).await.no_vault.as_deref(), Some("Default"));
    for storage in [Storage::Keep, Storage::Delete] {
        assert_eq!(observe(&attic, &spec(storage, Vpc::Keep)).await.no_vault, None);
    }
    assert_eq!(attic.asked("ListBackupVaults").len(), 1);
}
