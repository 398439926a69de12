//! What stands of a fixture, by kind. Kinds with nothing left are not in the answer, so that "nothing is left" is an
//! empty map.

use super::clients::Clients;
use super::domain_fixture::DomainFixture;
use anyhow::Context;
use aws_sdk_ec2::types::Filter;
use aws_sdk_efs::types::FileSystemDescription;
use aws_sdk_sagemaker::types::AppStatus;
use std::collections::BTreeMap;

/// How many of each kind there are.
pub(crate) type Counts = BTreeMap<&'static str, usize>;

/// The tag that SageMaker puts on what it makes for a domain; its value is the domain's ARN.
pub(crate) const TAG: &str = "ManagedByAmazonSageMakerResource";

/// What a test expects: the kinds it names, and no other.
pub(crate) fn counts<const N: usize>(of: [(&'static str, usize); N]) -> Counts {
    of.into_iter().collect()
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
        let mut found = Counts::new();
        let mut count = |kind| *found.entry(kind).or_insert(0) += 1;
        let mut apps = api.list_apps().domain_id_equals(domain).into_paginator().items().send();
        while let Some(app) = apps.next().await {
            if !matches!(app?.status, Some(AppStatus::Deleted | AppStatus::Failed)) {
                count("apps");
            }
        }
        let mut spaces = api.list_spaces().domain_id_equals(domain).into_paginator().items().send();
        while let Some(space) = spaces.next().await {
            space?;
            count("spaces");
        }
        let mut profiles = api.list_user_profiles().domain_id_equals(domain).into_paginator().items().send();
        while let Some(profile) = profiles.next().await {
            profile?;
            count("user profiles");
        }
        let mut domains = api.list_domains().into_paginator().items().send();
        while let Some(one) = domains.next().await {
            if one?.domain_id.as_deref() == Some(domain) {
                count("domains");
            }
        }
        Ok(found)
    }

    /// The VPC and what is in it, without what every VPC has: a default group, a main route table, default rules.
    pub(crate) async fn in_vpc(&self, vpc: &str) -> anyhow::Result<Counts> {
        let only = |name: &str| Filter::builder().name(name).values(vpc).build();
        let groups = self.ec2.describe_security_groups().filters(only("vpc-id")).send().await?;
        let groups = groups.security_groups.unwrap_or_default();
        let interfaces = self.ec2.describe_network_interfaces().filters(only("vpc-id")).send().await?;
        let subnets = self.ec2.describe_subnets().filters(only("vpc-id")).send().await?;
        let tables = self.ec2.describe_route_tables().filters(only("vpc-id")).send().await?;
        let own = |table: &aws_sdk_ec2::types::RouteTable| {
            !table.associations().iter().any(|association| association.main == Some(true))
        };
        let tables = tables.route_tables.unwrap_or_default().iter().filter(|table| own(table)).count();
        let endpoints = self.ec2.describe_vpc_endpoints().filters(only("vpc-id")).send().await?;
        let gone = |endpoint: &aws_sdk_ec2::types::VpcEndpoint| {
            endpoint.state.as_ref().is_some_and(|state| state.as_str().eq_ignore_ascii_case("deleted"))
        };
        let endpoints = endpoints.vpc_endpoints.unwrap_or_default();
        let gateways =
            self.ec2.describe_internet_gateways().filters(only("attachment.vpc-id")).send().await?;
        let vpcs = self.ec2.describe_vpcs().filters(only("vpc-id")).send().await?;
        Ok(counts([
            ("groups", groups.iter().filter(|group| group.group_name() != Some("default")).count()),
            ("interfaces", interfaces.network_interfaces().len()),
            ("subnets", subnets.subnets().len()),
            ("route tables", tables),
            ("endpoints", endpoints.iter().filter(|endpoint| !gone(endpoint)).count()),
            ("internet gateways", gateways.internet_gateways().len()),
            ("VPCs", vpcs.vpcs().len()),
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
