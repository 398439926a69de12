//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::observation::{Observation, RouteTable, Subnet};
use crate::spec::Spec;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Filter;
use shared::aws::SdkConfig;
use shared::error::{Cause, cause};

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("could not list the {kind} of {vpc}")]
pub struct Error {
    kind: &'static str,
    vpc: String,
    source: Cause,
}

/// The service.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    client: Client,
}

impl Aws {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// All subnets and route tables of the VPC.
    pub(crate) async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        let of_vpc = || Filter::builder().name("vpc-id").values(&spec.vpc).build();
        let failed = |kind, source| Error { kind, vpc: spec.vpc.clone(), source };
        let mut observed = Observation::default();
        let mut subnets = self.client.describe_subnets().filters(of_vpc()).into_paginator().items().send();
        while let Some(found) = subnets.next().await {
            let found = found.map_err(|error| failed("subnets", cause(error)))?;
            observed.subnets.push(Subnet {
                id: found.subnet_id.unwrap_or_default(),
                cidr: found.cidr_block.unwrap_or_default(),
                zone: found.availability_zone.unwrap_or_default(),
            });
        }
        let mut tables =
            self.client.describe_route_tables().filters(of_vpc()).into_paginator().items().send();
        while let Some(found) = tables.next().await {
            let found = found.map_err(|error| failed("route tables", cause(error)))?;
            let associations = found.associations.unwrap_or_default();
            observed.route_tables.push(RouteTable {
                id: found.route_table_id.unwrap_or_default(),
                main: associations.iter().any(|association| association.main() == Some(true)),
                subnets: associations.into_iter().filter_map(|association| association.subnet_id).collect(),
            });
        }
        Ok(observed)
    }
}
