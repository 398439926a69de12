//! Responses of EFS.

use crate::Reply;
use crate::ec2::VPC;
use serde_json::{Value, json};

/// The tag that SageMaker gives to the file system of a domain; its value is the ARN of the domain.
pub const SAGEMAKER_TAG: &str = "ManagedByAmazonSageMakerResource";

/// A file system with these tags, and the creation token of SageMaker's where one is the ARN of a domain of this account and Region.
#[must_use]
pub fn file_system(id: &str, tags: &[(&str, &str)]) -> Value {
    let here = "arn:aws:sagemaker:us-east-1:111122223333:domain/";
    let domain = tags.iter().find(|(key, _)| *key == SAGEMAKER_TAG);
    let token = domain.and_then(|(_, value)| value.strip_prefix(here)).unwrap_or("token");
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
#[must_use]
pub fn file_systems(found: &[Value], next: Option<&str>) -> Reply {
    json!({"FileSystems": found, "NextMarker": next}).into()
}

/// A page of mount targets of the file system `fs-1`.
#[must_use]
pub fn mount_targets(ids: &[&str], next: Option<&str>) -> Reply {
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
    json!({"MountTargets": ids.iter().map(mount).collect::<Vec<_>>(), "NextMarker": next}).into()
}
