//! What stands of a fixture, by kind. Kinds with nothing left are not in the answer, so that "nothing is left" is an
//! empty map.

use super::clients::Clients;
use super::domain_fixture::DomainFixture;
use anyhow::Context;
use aws_sdk_efs::types::FileSystemDescription;
use serde::Deserialize;
use serde::de::IgnoredAny;
use shared::aws::ec2::items;
use shared::aws::sagemaker::Status;
use std::collections::BTreeMap;

/// How many of each kind there are.
pub(crate) type Counts = BTreeMap<&'static str, usize>;

/// The tag that SageMaker puts on what it makes for a domain; its value is the domain's ARN.
pub(crate) const TAG: &str = "ManagedByAmazonSageMakerResource";

/// What a test expects: the kinds it names, and no other.
pub(crate) fn counts<const N: usize>(of: [(&'static str, usize); N]) -> Counts {
    of.into_iter().collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Table {
    #[serde(default, deserialize_with = "items")]
    association_set: Vec<Association>,
}

#[derive(Deserialize)]
struct Association {
    #[serde(default)]
    main: bool,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(default)]
    state: String,
}

impl DomainFixture {
    /// Everything of this domain and in its VPC.
    pub(crate) async fn left(&self) -> anyhow::Result<Counts> {
        let mut left = self.clients.in_domain(&self.domain).await?;
        left.extend(self.clients.in_vpc(&self.vpc).await?);
        let systems = self.clients.file_systems(&self.domain).await?;
        let mut targets = 0;
        for system in &systems {
            targets += usize::try_from(system.number_of_mount_targets())?;
        }
        left.insert("file systems", systems.len());
        left.insert("mount targets", targets);
        left.retain(|_, count| *count > 0);
        Ok(left)
    }
}

impl Clients {
    /// The domain and what users made in it. Deleted and failed apps are listed for another day and count for nothing.
    pub(crate) async fn in_domain(&self, domain: &str) -> anyhow::Result<Counts> {
        let api = &self.sagemaker;
        let apps = api.apps(domain).await?.items;
        let lives = |status: &Option<Status>| !matches!(status, Some(Status::Deleted | Status::Failed));
        let domains = api.domains().await?;
        let mut found = counts([
            ("apps", apps.iter().filter(|app| lives(&app.status)).count()),
            ("spaces", api.spaces(domain).await?.items.len()),
            ("user profiles", api.user_profiles(domain).await?.items.len()),
            ("domains", domains.iter().filter(|one| one.domain_id.as_deref() == Some(domain)).count()),
        ]);
        found.retain(|_, count| *count > 0);
        Ok(found)
    }

    /// The VPC and what is in it, without what every VPC has: a default group, a main route table, default rules.
    pub(crate) async fn in_vpc(&self, vpc: &str) -> anyhow::Result<Counts> {
        let groups: Vec<Group> = self.of_vpc("DescribeSecurityGroups", "vpc-id", vpc).await?;
        let tables: Vec<Table> = self.of_vpc("DescribeRouteTables", "vpc-id", vpc).await?;
        let main = |table: &Table| table.association_set.iter().any(|association| association.main);
        let endpoints: Vec<Endpoint> = self.of_vpc("DescribeVpcEndpoints", "vpc-id", vpc).await?;
        let gone = |endpoint: &Endpoint| endpoint.state.eq_ignore_ascii_case("deleted");
        let count = async |action, filter| {
            let found: Vec<IgnoredAny> = self.of_vpc(action, filter, vpc).await?;
            anyhow::Ok(found.len())
        };
        Ok(counts([
            ("groups", groups.iter().filter(|group| group.group_name != "default").count()),
            ("interfaces", count("DescribeNetworkInterfaces", "vpc-id").await?),
            ("subnets", count("DescribeSubnets", "vpc-id").await?),
            ("route tables", tables.iter().filter(|table| !main(table)).count()),
            ("endpoints", endpoints.iter().filter(|endpoint| !gone(endpoint)).count()),
            ("internet gateways", count("DescribeInternetGateways", "attachment.vpc-id").await?),
            ("VPCs", count("DescribeVpcs", "vpc-id").await?),
        ]))
    }

    /// The file systems that SageMaker made for a domain.
    pub(crate) async fn file_systems(&self, domain: &str) -> anyhow::Result<Vec<FileSystemDescription>> {
        let arn = format!("{}{domain}", self.domains);
        let mut all = self.efs.describe_file_systems().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(system) = all.next().await {
            let system = system?;
            let own = |tag: &aws_sdk_efs::types::Tag| tag.key() == TAG && tag.value() == arn;
            if system.tags().iter().any(own) {
                found.push(system);
            }
        }
        Ok(found)
    }

    /// The domain's one file system.
    pub(crate) async fn file_system(&self, domain: &str) -> anyhow::Result<FileSystemDescription> {
        self.file_systems(domain).await?.pop().with_context(|| format!("domain {domain} has no file system"))
    }
}
