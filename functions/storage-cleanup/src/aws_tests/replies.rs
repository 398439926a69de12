//! What the service of a test has.

use super::{Reply, xml};
use crate::samples::{DOMAIN_ARN, VPC};
use serde_json::json;

/// One page of a list of EC2: the name of its set, its items, and whether there is another page.
pub(super) fn page(operation: &str, set: &str, items: &[String], more: bool) -> Reply {
    let items: String = items.iter().flat_map(|item| ["<item>", item, "</item>"]).collect();
    let token = if more { "<nextToken>page-2</nextToken>" } else { "" };
    xml(operation, &format!("<{set}>{items}</{set}>{token}"))
}

/// The needle of a request for a further page.
pub(super) const NEXT: &str = "NextToken=page-2";

/// A security group with the tag of `SageMaker`'s.
pub(super) fn group(id: &str, domain: &str, refers_to: &str) -> String {
    let tag = format!("<key>ManagedByAmazonSageMakerResource</key><value>{domain}</value>");
    let of = domain.rsplit('/').next().unwrap_or_default();
    format!(
        "<groupId>{id}</groupId><groupName>security-group-for-inbound-nfs-{of}</groupName><ownerId>111122223333</ownerId><vpcId>{VPC}</vpcId>\
         <tagSet><item>{tag}</item></tagSet><ipPermissions><item><groups><item><groupId>{refers_to}</groupId></item>\
         </groups></item></ipPermissions>"
    )
}

/// A file system with these tags, and the creation token of `SageMaker`'s where one is the ARN of a domain here.
pub(super) fn file_system(id: &str, tags: &[(&str, &str)]) -> serde_json::Value {
    let here = "arn:aws:sagemaker:us-east-1:111122223333:domain/";
    let token = tags.iter().find(|(key, _)| *key == OURS.0).and_then(|(_, value)| value.strip_prefix(here));
    let token = token.unwrap_or("token");
    let tags: Vec<_> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    json!({
        "OwnerId": "111122223333",
        "CreationToken": token,
        "FileSystemId": id,
        "FileSystemArn": format!("arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/{id}"),
        "CreationTime": 1_767_607_872,
        "LifeCycleState": "available",
        "NumberOfMountTargets": 0,
        "SizeInBytes": {"Value": 6144},
        "PerformanceMode": "generalPurpose",
        "Tags": tags,
    })
}

/// A page of file systems.
pub(super) fn file_systems(found: &[serde_json::Value], next: Option<&str>) -> Reply {
    (200, json!({"FileSystems": found, "NextMarker": next}).to_string())
}

/// A page of mount targets.
pub(super) fn mounts(ids: &[&str], next: Option<&str>) -> Reply {
    let mount = |id: &&str| {
        json!({
            "MountTargetId": id,
            "FileSystemId": "fs-1",
            "SubnetId": "subnet-1",
            "LifeCycleState": "available",
            "NetworkInterfaceId": format!("eni-of-{id}"),
            "VpcId": VPC,
        })
    };
    (200, json!({"MountTargets": ids.iter().map(mount).collect::<Vec<_>>(), "NextMarker": next}).to_string())
}

/// The tag of `SageMaker`'s, of the domain that is gone.
pub(super) const OURS: (&str, &str) = ("ManagedByAmazonSageMakerResource", DOMAIN_ARN);

/// The network interfaces of mount targets, in these groups.
pub(super) fn mounted(mounts: &[&str], groups: &[&str]) -> Reply {
    let groups: Vec<_> = groups.iter().map(|id| format!("<item><groupId>{id}</groupId></item>")).collect();
    let groups = groups.concat();
    let interface = |id: &&str| {
        format!("<networkInterfaceId>eni-of-{id}</networkInterfaceId><groupSet>{groups}</groupSet>")
    };
    let items: Vec<_> = mounts.iter().map(interface).collect();
    page("DescribeNetworkInterfaces", "networkInterfaceSet", &items, false)
}
