//! The calls, against a scripted AWS: every response that EC2, EFS, Backup and `SageMaker` can give.

mod act;
mod consumers;
mod events;
mod network;
mod observe;
mod orphans;
mod respond;
mod scope;

use crate::samples::DOMAIN_ARN;
use crate::{Backup, StorageCleanup};
use shared::aws::SdkConfig;
use testing::{Call, Reply, ScriptedAws, ec2, efs, reply};

/// The tag of `SageMaker`'s, of the domain that is gone.
const OURS: (&str, &str) = (efs::SAGEMAKER_TAG, DOMAIN_ARN);

/// An AWS in which nothing exists but what its script says.
pub(super) fn scripted() -> ScriptedAws {
    ScriptedAws::in_front_of(nothing_else)
}

fn nothing_else(call: &Call) -> Reply {
    match call.operation.as_str() {
        "DescribeDomain" => reply::refusal("ResourceNotFound"),
        "DescribeStacks" => stack("DELETE_IN_PROGRESS"),
        "GetRole" => role("backup.amazonaws.com"),
        operation if call.text.contains("Action=") => ec2::response(operation, ""),
        _ => reply::empty(),
    }
}

async fn config(aws: &ScriptedAws) -> SdkConfig {
    aws.config("us-east-1", 2).await
}

/// The function, which calls this AWS.
pub(super) async fn function(aws: &ScriptedAws) -> StorageCleanup {
    StorageCleanup::new(&config(aws).await, Backup::default())
}

/// A stack in this status.
pub(super) fn stack(status: &str) -> Reply {
    let stack = format!(
        "<StackName>x</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>"
    );
    reply::query("DescribeStacks", &format!("<Stacks><member>{stack}</member></Stacks>"))
}

/// A role that this service may assume.
pub(super) fn role(service: &str) -> Reply {
    let statement =
        format!(r#"{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}"#);
    let policy = format!(r#"{{"Statement":[{statement}]}}"#);
    let trust = percent_encoding::utf8_percent_encode(&policy, percent_encoding::NON_ALPHANUMERIC);
    let role = format!(
        "<Path>/</Path><RoleName>backup</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/backup</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>"
    );
    reply::query("GetRole", &format!("<Role>{role}</Role>"))
}
