//! The clients of the account's root user, which tests look and prepare with.

use anyhow::Context;
use emulator::cloud::Cloud;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use shared::aws::ec2::{Ec2, Filter, Input};
use shared::aws::sagemaker::SageMaker;

/// One client per service.
pub(crate) struct Clients {
    pub(crate) backup: aws_sdk_backup::Client,
    pub(crate) ec2: Ec2,
    pub(crate) efs: aws_sdk_efs::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) machines: aws_sdk_sfn::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sagemaker: SageMaker,
    /// What the ARN of a domain of this account begins with; its id is the rest.
    pub(crate) domains: String,
}

impl Clients {
    pub(crate) async fn root(cloud: &Cloud) -> Self {
        let sdk = cloud.root().await;
        Self {
            backup: aws_sdk_backup::Client::new(&sdk),
            ec2: Ec2::new(&sdk),
            efs: aws_sdk_efs::Client::new(&sdk),
            iam: aws_sdk_iam::Client::new(&sdk),
            machines: aws_sdk_sfn::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(emulator::deploy::s3_config(&sdk)),
            sagemaker: SageMaker::new(&sdk),
            domains: cloud.context().arn("sagemaker", "domain/"),
        }
    }
}

/// What EC2 answers when it has made something.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Made {
    pub(crate) allocation_id: Option<String>,
    pub(crate) internet_gateway: Option<Ids>,
    pub(crate) network_interface: Option<Ids>,
    pub(crate) route_table: Option<Ids>,
    pub(crate) subnet: Option<Ids>,
    pub(crate) vpc: Option<Ids>,
}

/// The ids of a thing and of what it is in.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the names are EC2's")]
pub(crate) struct Ids {
    pub(crate) internet_gateway_id: Option<String>,
    pub(crate) network_interface_id: Option<String>,
    pub(crate) route_table_id: Option<String>,
    pub(crate) subnet_id: Option<String>,
    pub(crate) vpc_id: Option<String>,
}

impl Clients {
    /// Makes a thing of EC2. Returns its id, which is where `id` says.
    pub(crate) async fn make<const N: usize>(
        &self,
        action: &'static str,
        input: [(&str, &str); N],
        id: impl FnOnce(Made) -> Option<String>,
    ) -> anyhow::Result<String> {
        let input = input.into_iter().fold(Input::default(), |input, (name, value)| input.with(name, value));
        id(self.ec2.call(action, &input).await?).with_context(|| format!("{action} answered without an id"))
    }

    /// The things of EC2 on a list that belong to a VPC.
    pub(crate) async fn of_vpc<T: DeserializeOwned>(
        &self,
        action: &'static str,
        filter: &str,
        vpc: &str,
    ) -> anyhow::Result<Vec<T>> {
        Ok(self.ec2.list(action, Some(Filter::new(filter, [vpc]))).await?)
    }
}
