//! The clients of the account's root user, which tests look and prepare with.

use emulator::cloud::Cloud;

/// One client per service.
pub(crate) struct Clients {
    pub(crate) backup: aws_sdk_backup::Client,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) efs: aws_sdk_efs::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) machines: aws_sdk_sfn::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sagemaker: aws_sdk_sagemaker::Client,
    /// What the ARN of a domain of this account begins with; its id is the rest.
    pub(crate) domains: String,
}

impl Clients {
    pub(crate) async fn root(cloud: &Cloud) -> Self {
        let sdk = cloud.root().await;
        Self {
            backup: aws_sdk_backup::Client::new(&sdk),
            ec2: aws_sdk_ec2::Client::new(&sdk),
            efs: aws_sdk_efs::Client::new(&sdk),
            iam: aws_sdk_iam::Client::new(&sdk),
            machines: aws_sdk_sfn::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(emulator::deploy::s3_config(&sdk)),
            sagemaker: aws_sdk_sagemaker::Client::new(&sdk),
            domains: cloud.context().arn("sagemaker", "domain/"),
        }
    }
}
