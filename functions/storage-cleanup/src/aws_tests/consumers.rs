//! What says whose a file system is, and what else uses it.

use super::{OURS, function, scripted};
use crate::observation::{Observation, Outcome, Owner, Proof, Role, Witness};
use crate::samples::{DOMAIN_ARN, VPC, spec};
use crate::spec::{Spec, Storage, Vpc};
use serde_json::json;
use shared::reconcile::step::Reconcile;
use testing::{Reply, ScriptedAws, ec2, efs, reply};

async fn observe(service: &ScriptedAws, spec: &Spec) -> Observation {
    function(service).await.observe(spec).await.unwrap()
}

fn with(found: &[serde_json::Value]) -> ScriptedAws {
    scripted().always("DescribeFileSystems", "", efs::file_systems(found, None))
}

fn groups() -> Reply {
    ec2::page(
        "DescribeSecurityGroups",
        "securityGroupInfo",
        &[ec2::sagemaker_group("sg-in", DOMAIN_ARN, "")],
        false,
    )
}

#[tokio::test]
async fn a_mount_target_is_sagemakers_when_its_groups_are() {
    let own = || {
        with(&[efs::file_system("fs-1", &[OURS])]).always(
            "DescribeMountTargets",
            "",
            efs::mount_targets(&["fsmt-1"], None),
        )
    };
    for (reply, expected) in [
        (ec2::interfaces_of_mount_targets(&["fsmt-1"], &["sg-in"]), Owner::Domain),
        (ec2::interfaces_of_mount_targets(&["fsmt-1"], &["sg-rescue"]), Owner::Other),
        (ec2::interfaces_of_mount_targets(&["fsmt-1"], &["sg-in", "sg-rescue"]), Owner::Other),
        (ec2::interfaces_of_mount_targets(&["fsmt-1"], &[]), Owner::Other),
        (ec2::interfaces_of_mount_targets(&[], &[]), Owner::Unknown),
    ] {
        let service = own().always("DescribeSecurityGroups", "tag-key", groups()).always(
            "DescribeNetworkInterfaces",
            "network-interface-id",
            reply,
        );
        let observed = observe(&service, &spec(Storage::Keep, Vpc::Keep)).await;
        assert_eq!(observed.file_systems[0].mounts[0].owner, expected);
        assert_eq!(observed.vpcs, crate::samples::vpcs(), "the mount target says nothing about the VPC");
    }
}

#[tokio::test]
async fn the_tag_and_the_creation_token_are_two_proofs() {
    let mut copy = efs::file_system("fs-copy", &[OURS]);
    copy["CreationToken"] = "restore-1".into();
    let mut untagged = efs::file_system("fs-bare", &[]);
    untagged["CreationToken"] = "d-abc123".into();
    let far = efs::file_system("fs-far", &[]);
    let named =
        json!({"DomainId": "d-abc123", "Status": "InService", "VpcId": VPC, "HomeEfsFileSystemId": "fs-far"});
    let service = with(&[efs::file_system("fs-1", &[OURS]), copy, untagged, far]);
    let proofs = |observed: &Observation| {
        let told = observed.file_systems.iter().map(|found| (found.id.clone(), found.proof, found.home));
        told.collect::<Vec<_>>()
    };
    let observed = observe(&service, &spec(Storage::Keep, Vpc::Keep)).await;
    let mut expected = vec![
        ("fs-1".to_owned(), Proof::Both, false),
        ("fs-copy".to_owned(), Proof::Tag, false),
        ("fs-bare".to_owned(), Proof::Token, false),
    ];
    assert_eq!(proofs(&observed), expected);
    let service = service.always("DescribeDomain", "", (200, named.to_string()));
    let observed = observe(&service, &spec(Storage::Keep, Vpc::Keep)).await;
    expected.push(("fs-far".to_owned(), Proof::Neither, true));
    assert_eq!(proofs(&observed), expected);
    assert!(observed.vpcs[VPC].contains(&Witness::Domain));
}

#[tokio::test]
async fn each_consumer_of_a_file_system_is_found() {
    let arn = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-new";
    let config = json!([{"EFSFileSystemConfig": {"FileSystemId": "fs-1", "FileSystemPath": "/"}}]);
    let reply = |body: serde_json::Value| (200, body.to_string());
    let to = json!({"FileSystemId": "fs-2", "Region": "eu-west-1", "Status": "ENABLED"});
    let replication = json!({
        "SourceFileSystemId": "fs-1", "SourceFileSystemRegion": "us-east-1", "SourceFileSystemArn": "a",
        "OriginalSourceFileSystemArn": "a", "CreationTime": 1_767_607_872, "Destinations": [to],
    });
    let service = || {
        with(&[efs::file_system("fs-1", &[OURS])])
            .always("DescribeAccessPoints", "fs-1", reply(json!({"AccessPoints": [{"AccessPointId": "fsap-1"}]})))
            .always("DescribeReplicationConfigurations", "fs-1", reply(json!({"Replications": [replication]})))
            .always("ListDomains", "", reply(json!({"Domains": [{"DomainId": "d-abc123"}, {"DomainId": "d-new"}]})))
            .always(
                "DescribeDomain",
                "d-new",
                reply(json!({"DomainId": "d-new", "DomainArn": arn, "DefaultUserSettings": {"CustomFileSystemConfigs": config}})),
            )
            .always("ListUserProfiles", "d-new", reply(json!({"UserProfiles": [{"UserProfileName": "bob"}]})))
            .always("DescribeUserProfile", "bob", reply(json!({"UserSettings": {"CustomFileSystemConfigs": config}})))
            .always("ListSpaces", "d-new", reply(json!({"Spaces": [{"SpaceName": "lab"}]})))
            .always(
                "DescribeSpace",
                "lab",
                reply(json!({"SpaceSettings": {"CustomFileSystems": [{"EFSFileSystem": {"FileSystemId": "fs-1"}}]}})),
            )
    };
    let observed = observe(&service(), &spec(Storage::Delete, Vpc::Keep)).await;
    let users: Vec<_> = observed.file_systems[0].consumers.iter().map(String::as_str).collect();
    let expected = [
        "access point fsap-1",
        "domain d-new",
        "replication of fs-1 to fs-2 in eu-west-1",
        "space lab of domain d-new",
        "user profile bob of domain d-new",
    ];
    assert_eq!(users, expected);
    // It costs calls only when the file system is to be deleted.
    let kept = service();
    observe(&kept, &spec(Storage::Keep, Vpc::Keep)).await;
    assert!(kept.requests("ListDomains").is_empty() && kept.requests("DescribeAccessPoints").is_empty());
    // A file system that is not replicated, and one that is gone in between.
    for code in ["ReplicationNotFound", "FileSystemNotFound"] {
        let service = with(&[efs::file_system("fs-1", &[OURS])])
            .always("DescribeReplicationConfigurations", "", reply::refusal(code))
            .always("DescribeAccessPoints", "", reply::refusal("FileSystemNotFound"));
        assert!(
            observe(&service, &spec(Storage::Delete, Vpc::Keep)).await.file_systems[0].consumers.is_empty()
        );
    }
}

#[tokio::test]
async fn what_a_domain_holds_is_looked_at_only_in_the_vpc_of_the_file_system() {
    let reply = |body: serde_json::Value| (200, body.to_string());
    let kept = format!("{VPC} kept");
    for (tags, vpc, looked) in [
        (vec![OURS, ("sm-mlops:vpc", kept.as_str())], Some(VPC), 1),
        (vec![OURS, ("sm-mlops:vpc", kept.as_str())], Some("vpc-00000000"), 0),
        // Where one of the two is not known, nothing is left out.
        (vec![OURS, ("sm-mlops:vpc", kept.as_str())], None, 1),
        (vec![OURS], Some("vpc-00000000"), 1),
    ] {
        let service = with(&[efs::file_system("fs-1", &tags)])
            .always("ListDomains", "", reply(json!({"Domains": [{"DomainId": "d-new"}]})))
            .always("DescribeDomain", "d-new", reply(json!({"DomainId": "d-new", "VpcId": vpc})));
        observe(&service, &spec(Storage::Delete, Vpc::Keep)).await;
        let asked = [service.requests("ListUserProfiles").len(), service.requests("ListSpaces").len()];
        assert_eq!(asked, [looked, looked], "{tags:?} {vpc:?}");
    }
}

#[tokio::test]
async fn the_role_of_a_backup_is_checked_before_anything_is_deleted() {
    let service = || with(&[efs::file_system("fs-1", &[OURS])]);
    let spec = spec(Storage::Backup, Vpc::Keep);
    let role = async |service: ScriptedAws, arn: Option<&str>| {
        let recovery = crate::Backup { vault: "Default".to_owned(), role: arn.map(str::to_owned) };
        let function = crate::StorageCleanup::new(&super::config(&service).await, recovery);
        function.observe(&spec).await.unwrap().role
    };
    let why = |role: Role| match role {
        Role::Unfit { why, .. } => why,
        other => format!("{other:?}"),
    };
    assert_eq!(role(service(), None).await, Role::Fit);
    let elsewhere = Some("arn:aws:iam::999999999999:role/backup");
    let own = Some("arn:aws:iam::111122223333:role/service-role/backup");
    assert_eq!(role(service(), own).await, Role::Fit);
    assert!(why(role(service(), Some("garbage")).await).starts_with("it is not the ARN of a role"));
    assert!(why(role(service(), elsewhere).await).starts_with("it is of account 999999999999"));
    let asked = |reply| service().always("GetRole", "", reply);
    let error = |code: &str| Reply { status: 403, ..reply::query_refusal(code) };
    assert!(why(role(asked(error("NoSuchEntity")), own).await).starts_with("there is no such role"));
    let distrusted = super::role("ec2.amazonaws.com");
    assert!(why(role(asked(distrusted), own).await).starts_with("its trust policy"));
    assert!(matches!(role(asked(error("AccessDenied")), own).await, Role::Unchecked { .. }));
}

#[tokio::test]
async fn a_failure_with_another_role_or_vault_is_not_repeated() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let arn = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1";
    let default = "arn:aws:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole";
    for (vault, role, state, expected) in [
        ("Default", default, "FAILED", "just now"),
        ("Default", "garbage", "FAILED", "earlier"),
        ("attic", default, "FAILED", "earlier"),
        ("attic", default, "COMPLETED", "forgotten"),
    ] {
        let job = json!({
            "BackupJobId": "job-1", "State": state, "ResourceArn": arn, "BackupVaultName": vault, "IamRoleArn": role,
            "CompletionDate": now, "RecoveryPointArn": "arn:point",
        });
        let service = with(&[efs::file_system("fs-1", &[OURS, ("sm-mlops:backup", "job-1")])]).always(
            "DescribeBackupJob",
            "job-1",
            (200, job.to_string()),
        );
        let observed = observe(&service, &spec(Storage::Backup, Vpc::Keep)).await;
        let told = match &observed.file_systems[0].backup.as_ref().unwrap().outcome {
            Outcome::Failed { just_now: true, .. } => "just now",
            Outcome::Failed { just_now: false, .. } => "earlier",
            Outcome::Forgotten => "forgotten",
            _ => "other",
        };
        assert_eq!(told, expected, "{vault} {role} {state}");
    }
}
