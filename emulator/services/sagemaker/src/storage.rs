//! The storage of a domain, as AWS makes it in its customer's account: an encrypted file system with a mount target in each
//! subnet, and two security groups that refer to each other, all tagged with the domain's ARN.

use crate::SageMaker;
use crate::aws::Aws;
use emulator_core::{Refused, element};
use hyper::Method;
use serde_json::{Value, json};
use std::time::Duration;

const TAG: &str = "ManagedByAmazonSageMakerResource";

/// Ports of NFS and Lustre, from and to, that the outbound group may reach on the inbound one.
const PORTS: &[(u16, u16)] = &[(988, 988), (1018, 1023), (2049, 2049)];

/// How often, in simulated time, a file system or mount target that is on its way is looked at, and how many times.
const PAUSE: Duration = Duration::from_secs(2);
const LOOKS: usize = 300;

/// What a domain wants.
#[derive(Clone, Debug)]
pub(crate) struct StorageSpec {
    pub(crate) domain: String,
    pub(crate) arn: String,
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
    /// KMS key of the file system; none is AWS's own.
    pub(crate) key: Option<String>,
}

/// What a domain got.
#[derive(Clone, Debug)]
pub(crate) struct DomainStorage {
    pub(crate) file_system: String,
    /// Security group of the mount targets.
    inbound: String,
    /// Security group of the apps.
    outbound: String,
}

pub(crate) struct Storage {
    aws: Aws,
    pause: Duration,
}

impl Storage {
    pub(crate) fn of(service: &SageMaker) -> Self {
        Self { aws: Aws::new(&service.context), pause: service.context.clock.scaled(PAUSE) }
    }

    /// Makes all of it; the error is a sentence for the domain's `FailureReason`.
    pub(crate) async fn build(&self, spec: &StorageSpec) -> Result<DomainStorage, String> {
        let inbound = self.group(spec, "inbound").await?;
        let outbound = self.group(spec, "outbound").await?;
        self.rules("AuthorizeSecurityGroupIngress", &inbound, &outbound).await?;
        self.rules("AuthorizeSecurityGroupEgress", &outbound, &inbound).await?;
        let file_system = self.file_system(spec).await?;
        for subnet in &spec.subnets {
            let target =
                json!({"FileSystemId": file_system, "SubnetId": subnet, "SecurityGroups": [inbound]});
            let made = self.aws.efs(Method::POST, "/mount-targets", "", &target).await;
            // A file system has one mount target in a zone; it serves the other subnets of that zone.
            unless(made, "MountTargetConflict").map_err(|error| said("create a mount target", &error))?;
        }
        Ok(DomainStorage { file_system, inbound, outbound })
    }

    async fn file_system(&self, spec: &StorageSpec) -> Result<String, String> {
        let mut input = json!({
            "CreationToken": spec.domain,
            "Encrypted": true,
            "Tags": [{"Key": TAG, "Value": spec.arn}],
        });
        if let Some(key) = &spec.key {
            input["KmsKeyId"] = key.as_str().into();
        }
        let made = self.aws.efs(Method::POST, "/file-systems", "", &input).await;
        let made = made.map_err(|error| said("create the file system", &error))?;
        let id = made["FileSystemId"].as_str().unwrap_or_default().to_owned();
        for _ in 0..LOOKS {
            let seen =
                self.aws.efs(Method::GET, "/file-systems", &format!("FileSystemId={id}"), &Value::Null).await;
            let seen = seen.map_err(|error| said("look at the file system", &error))?;
            if seen["FileSystems"][0]["LifeCycleState"] == "available" {
                return Ok(id);
            }
            tokio::time::sleep(self.pause).await;
        }
        Err(format!("File system {id} did not become available."))
    }

    async fn group(&self, spec: &StorageSpec, direction: &str) -> Result<String, String> {
        let StorageSpec { domain, arn, vpc, .. } = spec;
        let name = format!("security-group-for-{direction}-nfs-{domain}");
        let description = format!(
            "[DO NOT DELETE] Security Group that allows {direction} NFS traffic \
             for SageMaker Notebooks Domain [{domain}]"
        );
        let input = owned(&[
            ("GroupName", &name),
            ("GroupDescription", &description),
            ("VpcId", vpc),
            ("TagSpecification.1.ResourceType", "security-group"),
            ("TagSpecification.1.Tag.1.Key", TAG),
            ("TagSpecification.1.Tag.1.Value", arn),
        ]);
        let made = self.aws.ec2("CreateSecurityGroup", &input).await;
        let made = made.map_err(|error| said("create a security group", &error))?;
        let id = element(&made, "groupId").unwrap_or_default().to_owned();
        // Every new group lets everything out; these two do not.
        let all = owned(&[
            ("GroupId", &id),
            ("IpPermissions.1.IpProtocol", "-1"),
            ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
        ]);
        let revoked = self.aws.ec2("RevokeSecurityGroupEgress", &all).await;
        revoked.map_err(|error| said("revoke a rule", &error))?;
        Ok(id)
    }

    /// Authorizes or revokes what `group` lets in from `other`, or out to it.
    async fn rules(&self, action: &str, group: &str, other: &str) -> Result<(), String> {
        let mut parameters = owned(&[("GroupId", group)]);
        for (index, (from, to)) in PORTS.iter().enumerate() {
            let rule = format!("IpPermissions.{}", index + 1);
            parameters.extend([
                (format!("{rule}.IpProtocol"), "tcp".to_owned()),
                (format!("{rule}.FromPort"), from.to_string()),
                (format!("{rule}.ToPort"), to.to_string()),
                (format!("{rule}.Groups.1.GroupId"), other.to_owned()),
            ]);
        }
        let done = self.aws.ec2(action, &parameters).await;
        done.map(drop).map_err(|error| said("change the rules of a security group", &error))
    }

    /// Removes all of it; what is gone already is well.
    pub(crate) async fn remove(&self, storage: &DomainStorage) -> Result<(), String> {
        for target in self.mount_targets(storage).await? {
            let id = target["MountTargetId"].as_str().unwrap_or_default();
            let deleted =
                self.aws.efs(Method::DELETE, &format!("/mount-targets/{id}"), "", &Value::Null).await;
            unless(deleted, "MountTargetNotFound").map_err(|error| said("delete a mount target", &error))?;
        }
        let mut looks = 0..LOOKS;
        while !self.mount_targets(storage).await?.is_empty() {
            looks.next().ok_or("The mount targets were not deleted.")?;
            tokio::time::sleep(self.pause).await;
        }
        let path = format!("/file-systems/{}", storage.file_system);
        let deleted = self.aws.efs(Method::DELETE, &path, "", &Value::Null).await;
        unless(deleted, "FileSystemNotFound").map_err(|error| said("delete the file system", &error))?;
        let DomainStorage { inbound, outbound, .. } = storage;
        for (action, group, other) in [
            ("RevokeSecurityGroupIngress", inbound, outbound),
            ("RevokeSecurityGroupEgress", outbound, inbound),
        ] {
            // Fails if its owner was faster; what is left then shows in the next step.
            let _ = self.rules(action, group, other).await;
        }
        for group in [inbound, outbound] {
            let deleted = self.aws.ec2("DeleteSecurityGroup", &owned(&[("GroupId", group)])).await;
            unless(deleted, "InvalidGroup.NotFound")
                .map_err(|error| said("delete a security group", &error))?;
        }
        Ok(())
    }

    /// The mount targets; none if the file system is gone.
    async fn mount_targets(&self, storage: &DomainStorage) -> Result<Vec<Value>, String> {
        let query = format!("FileSystemId={}", storage.file_system);
        let seen = self.aws.efs(Method::GET, "/mount-targets", &query, &Value::Null).await;
        let seen = unless(seen, "FileSystemNotFound");
        let mut seen = seen.map_err(|error| said("look at the mount targets", &error))?.unwrap_or_default();
        Ok(serde_json::from_value(seen["MountTargets"].take()).unwrap_or_default())
    }
}

fn owned(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The answer, or nothing if the call was refused with this code.
fn unless<T>(answer: Result<T, Refused>, code: &str) -> Result<Option<T>, Refused> {
    match answer {
        Err(refused) if refused.code == code => Ok(None),
        other => other.map(Some),
    }
}

fn said(what: &str, refused: &Refused) -> String {
    format!("Unable to {what}. {refused}")
}
