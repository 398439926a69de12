//! Lists are read to their last page, and only what is a gone domain's is taken from them.

use super::{OURS, function, scripted};
use crate::observation::{Domain, Holder, Observation, Outcome, Owner};
use crate::samples::{DOMAIN_ARN, VPC, spec};
use crate::spec::{Spec, Storage, Target, Vpc};
use serde_json::json;
use shared::reconcile::step::Reconcile;
use testing::{Reply, ScriptedAws, ec2, efs, reply};

async fn observe(service: &ScriptedAws, spec: &Spec) -> Observation {
    function(service).await.observe(spec).await.unwrap()
}

fn of_vpc(vpc: Vpc) -> Spec {
    Spec { target: Target::Vpc(VPC.to_owned()), ..spec(Storage::Keep, vpc) }
}

fn ids<T>(things: &[T], id: impl Fn(&T) -> &String) -> Vec<&str> {
    things.iter().map(|thing| id(thing).as_str()).collect()
}

/// A domain's remains, two pages of each list.
fn two_pages() -> ScriptedAws {
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
    let groups =
        |items: &[String], more| ec2::page("DescribeSecurityGroups", "securityGroupInfo", items, more);
    let rules =
        |items: &[String], more| ec2::page("DescribeSecurityGroupRules", "securityGroupRuleSet", items, more);
    let found =
        |items: &[String], more| ec2::page("DescribeNetworkInterfaces", "networkInterfaceSet", items, more);
    let of_domain = "<description>ENI of d-abc123</description>";
    let lag = "<description>EFS mount target for fs-1 (fsmt-0)</description>";
    let managed = "<requesterManaged>true</requesterManaged><description>ENI of d-abc123</description>";
    scripted()
        .on_containing(
            "DescribeFileSystems",
            "Marker=m2",
            efs::file_systems(&[efs::file_system("fs-2", &[OURS])], None),
        )
        .on_containing(
            "DescribeFileSystems",
            "",
            efs::file_systems(&[efs::file_system("fs-1", &[OURS])], Some("m2")),
        )
        .on_containing("DescribeMountTargets", "Marker=m2", efs::mount_targets(&["fsmt-2"], None))
        .on_containing(
            "DescribeMountTargets",
            "FileSystemId=fs-1",
            efs::mount_targets(&["fsmt-1"], Some("m2")),
        )
        .on_containing(
            "DescribeSecurityGroups",
            ec2::NEXT_PAGE,
            groups(&[ec2::sagemaker_group("sg-out", DOMAIN_ARN, "sg-in")], false),
        )
        .on_containing(
            "DescribeSecurityGroups",
            "tag-key",
            groups(&[ec2::sagemaker_group("sg-in", DOMAIN_ARN, "sg-out")], true),
        )
        .on_containing(
            "DescribeSecurityGroups",
            ec2::NEXT_PAGE,
            groups(&[ec2::sagemaker_group("sg-theirs", "not an ARN", "sg-in")], false),
        )
        .on_containing(
            "DescribeSecurityGroups",
            "vpc-id",
            groups(&[ec2::sagemaker_group("sg-in", DOMAIN_ARN, "sg-out")], true),
        )
        .on_containing(
            "DescribeSecurityGroupRules",
            ec2::NEXT_PAGE,
            rules(&[rule("sgr-2", "sg-in", true)], false),
        )
        .on_containing("DescribeSecurityGroupRules", "", rules(&[rule("sgr-1", "sg-in", false)], true))
        .always(
            "DescribeNetworkInterfaces",
            "network-interface-id",
            ec2::interfaces_of_mount_targets(&["fsmt-1", "fsmt-2"], &["sg-in"]),
        )
        .on_containing(
            "DescribeNetworkInterfaces",
            ec2::NEXT_PAGE,
            found(&[interface("eni-3", "in-use", managed)], false),
        )
        .on_containing(
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
        efs::file_system("fs-1", &[]),
        efs::file_system("fs-2", &[(key, "")]),
        efs::file_system("fs-3", &[(key, "d-abc123")]),
        efs::file_system("fs-4", &[(key, longer)]),
        efs::file_system("fs-5", &[(key, abroad)]),
        efs::file_system("fs-6", &[("Name", DOMAIN_ARN)]),
        efs::file_system("fs-7", &[("ManagedByAmazonSageMaker", DOMAIN_ARN)]),
    ];
    let groups: Vec<_> =
        ["", "d-abc123", longer, abroad].map(|tag| ec2::sagemaker_group("sg-1", tag, "sg-1")).into();
    let bare = "<groupId>sg-2</groupId>".to_owned();
    // Somebody copied the tags of SageMaker's to a group of their own.
    let copied = ec2::sagemaker_group("sg-3", DOMAIN_ARN, "")
        .replace("security-group-for-inbound-nfs-d-abc123", "web");
    let groups = ec2::page(
        "DescribeSecurityGroups",
        "securityGroupInfo",
        &[groups, vec![bare, copied]].concat(),
        false,
    );
    let service = scripted().always("DescribeFileSystems", "", efs::file_systems(&all, None)).always(
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
    let listed = efs::file_systems(
        &[efs::file_system("fs-1", &[OURS]), efs::file_system("fs-2", &[(OURS.0, other)])],
        None,
    );
    let groups = [ec2::sagemaker_group("sg-in", DOMAIN_ARN, ""), ec2::sagemaker_group("sg-other", other, "")];
    let groups = ec2::page("DescribeSecurityGroups", "securityGroupInfo", &groups, false);
    let service = |status| {
        scripted()
            .always("DescribeFileSystems", "", listed.clone())
            .always("DescribeMountTargets", "", efs::mount_targets(&["fsmt-1"], None))
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
    let elsewhere = (0..20).map(|at| efs::file_system(&format!("fs-far{at}"), &[(OURS.0, &arn(at))]));
    let listed: Vec<_> = elsewhere.chain([efs::file_system("fs-1", &[OURS])]).collect();
    let interface = "<networkInterfaceId>eni-1</networkInterfaceId>\
                     <description>EFS mount target for fs-1 (fsmt-1)</description>";
    let inside =
        ec2::page("DescribeNetworkInterfaces", "networkInterfaceSet", &[interface.to_owned()], false);
    let service = scripted()
        .always("DescribeFileSystems", "", efs::file_systems(&listed, None))
        .always("DescribeMountTargets", "FileSystemId=fs-1", efs::mount_targets(&["fsmt-1"], None))
        .always("DescribeNetworkInterfaces", VPC, inside);
    let observed = observe(&service, &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    assert_eq!(ids(&observed.file_systems[0].mounts, |found| &found.id), ["fsmt-1"]);
    assert_eq!(service.requests("DescribeMountTargets").len(), 1);
    assert_eq!(service.requests("DescribeDomain").len(), 1);
}

#[tokio::test]
async fn a_tagged_file_system_is_found_unless_it_is_in_use_elsewhere() {
    let tagged = efs::file_systems(&[efs::file_system("fs-1", &[OURS, ("sm-mlops:vpc", VPC)])], None);
    let service = || scripted().always("DescribeFileSystems", "", tagged.clone());
    let observed = observe(&service(), &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    let elsewhere = efs::mount_targets(&["fsmt-1"], None).replacing(VPC, "vpc-00000000000000001");
    let observed =
        observe(&service().always("DescribeMountTargets", "", elsewhere), &of_vpc(Vpc::Keep)).await;
    assert!(observed.file_systems.is_empty());
}

#[tokio::test]
async fn what_was_kept_is_not_for_a_later_run_of_another_stack_to_delete() {
    let kept = format!("{VPC} kept");
    let kept = efs::file_systems(&[efs::file_system("fs-1", &[OURS, ("sm-mlops:vpc", &kept)])], None);
    let service = || scripted().always("DescribeFileSystems", "", kept.clone());
    let observed = observe(&service(), &of_vpc(Vpc::Keep)).await;
    assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    for storage in [Storage::Delete, Storage::Backup] {
        let spec = || Spec { storage, ..of_vpc(Vpc::Keep) };
        assert!(observe(&service(), &spec()).await.file_systems.is_empty());
        // Until the run that keeps has ended, it is what it was: what a domain of this VPC left.
        let groups = ec2::page(
            "DescribeSecurityGroups",
            "securityGroupInfo",
            &[ec2::sagemaker_group("sg-in", DOMAIN_ARN, "")],
            false,
        );
        let observed = observe(&service().always("DescribeSecurityGroups", "", groups), &spec()).await;
        assert_eq!(ids(&observed.file_systems, |found| &found.id), ["fs-1"]);
    }
}

#[tokio::test]
async fn a_backup_counts_when_it_is_of_this_file_system() {
    let tagged = efs::file_system("fs-1", &[OURS, ("sm-mlops:backup", "job-1")]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let job = |state: &str, of: &str, hours: u64| {
        let arn = format!("arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/{of}");
        let point = "arn:aws:backup:us-east-1:111122223333:recovery-point:1";
        let more = json!({"PercentDone": "42.0", "BytesTransferred": 9, "StatusMessage": "no space", "CompletionDate": now - hours * 3_600});
        let mut job =
            json!({"BackupJobId": "job-1", "State": state, "ResourceArn": arn, "RecoveryPointArn": point});
        job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Reply::from(job)
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
        (reply::refusal("ResourceNotFoundException"), Outcome::Forgotten),
    ] {
        let service = scripted()
            .always("DescribeFileSystems", "", efs::file_systems(std::slice::from_ref(&tagged), None))
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
    let bare = efs::file_systems(&[efs::file_system("fs-1", &[OURS])], None);
    let service = || scripted().always("DescribeFileSystems", "", bare.clone());
    let backup = spec(Storage::Backup, Vpc::Keep);
    let full = service()
        .on_containing("ListBackupVaults", "nextToken=v2", vaults(&["Default"], None))
        .on_containing("ListBackupVaults", "", vaults(&["attic"], Some("v2")));
    assert_eq!(observe(&full, &backup).await.no_vault, None);
    let attic = service().always("ListBackupVaults", "", vaults(&["attic"], None));
    assert_eq!(observe(&attic, &backup).await.no_vault.as_deref(), Some("Default"));
    for storage in [Storage::Keep, Storage::Delete] {
        assert_eq!(observe(&attic, &spec(storage, Vpc::Keep)).await.no_vault, None);
    }
    assert_eq!(attic.requests("ListBackupVaults").len(), 1);
}
