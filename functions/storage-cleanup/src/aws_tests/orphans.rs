//! What counts as left behind: found in the lists of AWS, and only where SageMaker says that the domain does not exist.

use super::{OURS, function, scripted};
use crate::observation::OnDelete;
use crate::orphans::{Kind, Orphan};
use crate::samples::{DOMAIN, DOMAIN_ARN, VPC};
use serde_json::json;
use testing::{ScriptedAws, ec2, efs, reply};

/// A file system of a domain that is gone, with a mount target in its group.
fn remaining() -> ScriptedAws {
    let tags = [OURS, ("sm-mlops:on-delete", "keep")];
    scripted()
        .always("DescribeFileSystems", "", efs::file_systems(&[efs::file_system("fs-1", &tags)], None))
        .always("DescribeMountTargets", "", efs::mount_targets(&["fsmt-1"], None))
        .always(
            "DescribeSecurityGroups",
            "",
            ec2::page(
                "DescribeSecurityGroups",
                "securityGroupInfo",
                &[ec2::sagemaker_group("sg-1", DOMAIN_ARN, "sg-9")],
                false,
            ),
        )
}

fn ids(found: &[Orphan]) -> Vec<(Kind, &str)> {
    found.iter().map(|orphan| (orphan.kind, orphan.id.as_str())).collect()
}

/// A network interface as SageMaker makes one for an app.
fn interface(id: &str, description: &str, group: &str) -> String {
    format!(
        "<networkInterfaceId>{id}</networkInterfaceId><description>{description}</description><vpcId>{VPC}</vpcId>\
         <subnetId>subnet-2</subnetId><requesterManaged>true</requesterManaged><status>in-use</status>\
         <groupSet><item><groupId>{group}</groupId></item></groupSet>"
    )
}

#[tokio::test]
async fn what_a_deleted_domain_left_is_listed_with_what_it_blocks() {
    let service = remaining().always(
        "DescribeNetworkInterfaces",
        "network-interface-id",
        ec2::interfaces_of_mount_targets(&["fsmt-1"], &["sg-1"]),
    );
    let found = function(&service).await.orphans().await.unwrap();
    assert_eq!(ids(&found), [(Kind::FileSystem, "fs-1"), (Kind::SecurityGroup, "sg-1")]);
    let home = &found[0];
    assert_eq!((home.domain.as_str(), home.vpc.as_deref()), (DOMAIN, Some(VPC)));
    assert_eq!(
        (home.size, home.created, home.on_delete),
        (Some(6144), Some(1_767_607_872), Some(OnDelete::Keep))
    );
    assert_eq!((home.subnets.as_slice(), home.users.as_slice()), (&["subnet-1".to_owned()][..], &[][..]));
    assert!(service.written().is_empty());
}

#[tokio::test]
async fn a_domain_that_exists_has_left_nothing() {
    let listed = json!({"Domains": [{"DomainId": DOMAIN}]}).to_string();
    let known = remaining().always("ListDomains", "", (200, listed));
    assert_eq!(function(&known).await.orphans().await.unwrap(), []);
    assert!(known.requests("DescribeDomain").is_empty(), "the list says it");
    // One that was made since the list was.
    for status in ["InService", "Deleting", "Delete_Failed"] {
        let there = json!({"DomainId": DOMAIN, "Status": status}).to_string();
        let known = remaining().always("DescribeDomain", "", (200, there));
        assert_eq!(function(&known).await.orphans().await.unwrap(), [], "{status}");
    }
}

#[tokio::test]
async fn a_denied_look_is_no_orphan_but_an_error() {
    for operation in ["DescribeDomain", "ListDomains", "DescribeFileSystems", "DescribeMountTargets"] {
        let mut service = scripted().always(operation, "", reply::refusal("AccessDeniedException"));
        if operation != "DescribeFileSystems" {
            let tags = [OURS];
            service = service.always(
                "DescribeFileSystems",
                "",
                efs::file_systems(&[efs::file_system("fs-1", &tags)], None),
            );
        }
        let error = function(&service).await.orphans().await.unwrap_err();
        assert!(shared::error::chain(&error).contains("AccessDeniedException"), "{operation}");
    }
}

#[tokio::test]
async fn a_restored_copy_is_nobodys_orphan_and_one_without_its_tag_still_is() {
    let mut copy = efs::file_system("fs-copy", &[OURS]);
    copy["CreationToken"] = "restored".into();
    let mut bare = efs::file_system("fs-bare", &[]);
    bare["CreationToken"] = "d-abcdefghijkl".into();
    // A token that a person chose.
    let mut chosen = efs::file_system("fs-chosen", &[]);
    chosen["CreationToken"] = "d-data".into();
    let listed = efs::file_systems(&[copy, bare, chosen], None);
    let service = scripted().always("DescribeFileSystems", "", listed);
    let found = function(&service).await.orphans().await.unwrap();
    assert_eq!(ids(&found), [(Kind::FileSystem, "fs-bare")]);
}

#[tokio::test]
async fn interfaces_of_deleted_domains_are_found_by_what_is_written_on_them() {
    let words = |id: &str| format!("[DO NOT DELETE] ENI managed by SageMaker for Studio Domain ({id})");
    let written = [
        interface("eni-1", &words(DOMAIN), "sg-of-the-user"),
        interface("eni-2", &words("d-lives"), "sg-of-the-user"),
        interface("eni-3", "SageMaker notebook instance", "sg-of-the-user"),
    ];
    let listed = json!({"Domains": [{"DomainId": "d-lives"}]}).to_string();
    let service = scripted().always("ListDomains", "", (200, listed)).always(
        "DescribeNetworkInterfaces",
        "description",
        ec2::page("DescribeNetworkInterfaces", "networkInterfaceSet", &written, false),
    );
    let found = function(&service).await.orphans().await.unwrap();
    assert_eq!(ids(&found), [(Kind::NetworkInterface, "eni-1")]);
    assert_eq!((found[0].domain.as_str(), &found[0].subnets[..]), (DOMAIN, &["subnet-2".to_owned()][..]));
}

#[tokio::test]
async fn who_else_uses_a_group_is_named() {
    let web = "<networkInterfaceId>eni-web</networkInterfaceId><description>web server</description>\
               <status>in-use</status><groupSet><item><groupId>sg-1</groupId></item></groupSet>"
        .to_owned();
    let inside = ec2::page("DescribeNetworkInterfaces", "networkInterfaceSet", &[web], false);
    let service = remaining().always("DescribeNetworkInterfaces", "group-id", inside).always(
        "DescribeNetworkInterfaces",
        "network-interface-id",
        ec2::interfaces_of_mount_targets(&["fsmt-1"], &["sg-1"]),
    );
    let found = function(&service).await.orphans().await.unwrap();
    let group = found.iter().find(|orphan| orphan.kind == Kind::SecurityGroup).unwrap();
    assert_eq!(group.users, ["network interface eni-web (web server)"]);
}
