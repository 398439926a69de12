//! The calls. Observing reads whole lists and fails rather than believing in half of one; what leaves this module is
//! plain data, and only things that name a domain in their own partition, Region and account.

mod act;
mod backup;
mod consumers;
mod domains;
mod ec2;
mod error;
mod groups;
mod observe;
mod orphans;
mod owned;
mod scope;
mod storage;
mod vpc;

pub use error::Error;

use self::backup::Backups;
use crate::observation::OnDelete;
use crate::spec::{Backup, Storage, Vpc};
use shared::aws::SdkConfig;
use shared::aws::ec2::Ec2;
use shared::aws::sagemaker::SageMaker;
use shared::removal::CloudFormation;

/// What `SageMaker` writes on what it makes for a domain; the value is the domain's ARN.
const TAG: &str = "ManagedByAmazonSageMakerResource";
/// What this function writes on a VPC: the ARN of the domain it cleans up after.
const CLEAN_UP_TAG: &str = "sm-mlops:clean-up";
/// What it writes on a file system: the VPC it was in, and whether it was kept.
const VPC_TAG: &str = "sm-mlops:vpc";
/// What it writes on a file system: the id of its backup job.
const BACKUP_TAG: &str = "sm-mlops:backup";
/// What its owner writes on it: what is wanted when the domain is gone, see [`OnDelete`].
const ON_DELETE_TAG: &str = "sm-mlops:on-delete";

/// What a tag of that key says.
fn on_delete(value: Option<&str>) -> Option<OnDelete> {
    match value? {
        "free-network" => Some(OnDelete::FreeNetwork),
        "keep" => Some(OnDelete::Keep),
        _ => None,
    }
}

/// The IAM actions that every run needs.
pub const PERMISSIONS: &[&str] = &[
    "sagemaker:DescribeDomain",
    "elasticfilesystem:DescribeFileSystems",
    "elasticfilesystem:DescribeMountTargets",
    "elasticfilesystem:DeleteMountTarget",
    "elasticfilesystem:TagResource",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeNetworkInterfaces",
    "ec2:RevokeSecurityGroupIngress",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteNetworkInterface",
];
/// Those that Storage backup and delete need besides.
const STORAGE_PERMISSIONS: &[&str] = &[
    "elasticfilesystem:DescribeAccessPoints",
    "elasticfilesystem:DescribeReplicationConfigurations",
    "sagemaker:ListDomains",
    "sagemaker:ListUserProfiles",
    "sagemaker:DescribeUserProfile",
    "sagemaker:ListSpaces",
    "sagemaker:DescribeSpace",
    "elasticfilesystem:DeleteFileSystem",
];
/// Those that Storage backup needs besides. The role is passed to AWS Backup.
const BACKUP_PERMISSIONS: &[&str] = &[
    "iam:GetRole",
    "backup:ListBackupVaults",
    "backup:StartBackupJob",
    "backup:DescribeBackupJob",
    "iam:PassRole",
];
/// Those that Vpc delete needs besides.
const VPC_PERMISSIONS: &[&str] = &[
    "sagemaker:ListDomains",
    "ec2:CreateTags",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeNatGateways",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeEgressOnlyInternetGateways",
    "ec2:DescribeSubnets",
    "ec2:DescribeRouteTables",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpnGateways",
    "ec2:DeleteVpcEndpoints",
    "ec2:DeleteNatGateway",
    "ec2:DetachInternetGateway",
    "ec2:DeleteInternetGateway",
    "ec2:DeleteEgressOnlyInternetGateway",
    "ec2:DeleteSubnet",
    "ec2:DisassociateRouteTable",
    "ec2:DeleteRouteTable",
    "ec2:DeleteNetworkAcl",
    "ec2:DeleteVpc",
];

/// The IAM actions that a run with these options needs, when its target is a domain.
#[must_use]
pub fn permissions(storage: Storage, vpc: Vpc) -> Vec<&'static str> {
    let (data, backup): (&[_], &[_]) = match storage {
        Storage::Keep => (&[], &[]),
        Storage::Backup => (STORAGE_PERMISSIONS, BACKUP_PERMISSIONS),
        Storage::Delete => (STORAGE_PERMISSIONS, &[]),
    };
    let network = if vpc == Vpc::Delete { VPC_PERMISSIONS } else { &[] };
    let mut all = [PERMISSIONS, data, backup].concat();
    all.extend(network.iter().filter(|action| !data.contains(action)));
    all
}

/// The services.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    ec2: Ec2,
    efs: aws_sdk_efs::Client,
    backup: Backups,
    iam: aws_sdk_iam::Client,
    sagemaker: SageMaker,
    stacks: CloudFormation,
    region: String,
    recovery: Backup,
}

impl Aws {
    /// Clients for the Region of the configuration.
    pub(crate) fn new(config: &SdkConfig, recovery: Backup) -> Self {
        Self {
            ec2: Ec2::new(config),
            efs: aws_sdk_efs::Client::new(config),
            backup: Backups::new(config),
            iam: aws_sdk_iam::Client::new(config),
            sagemaker: SageMaker::new(config),
            stacks: CloudFormation::new(config),
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            recovery,
        }
    }
}
