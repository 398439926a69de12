//! The calls. The only file that knows the API of EC2; what leaves it is plain data.

use crate::answer;
use crate::observation::{Observation, RouteTable, Subnet};
use crate::spec::{Properties, Spec};
use serde::Deserialize;
use shared::aws::SdkConfig;
use shared::aws::ec2::{Ec2, Filter, items};
use shared::drivers::cloudformation::{LookUp, Origin};
use shared::error::Cause;
use shared::reconcile::output::Output;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("could not list the {kind} of {vpc}")]
pub struct Error {
    kind: &'static str,
    vpc: String,
    source: Cause,
}

/// The function.
#[derive(Clone, Debug)]
pub struct NetworkConfig {
    ec2: Ec2,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundSubnet {
    subnet_id: String,
    cidr_block: String,
    availability_zone: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundTable {
    route_table_id: String,
    #[serde(default, deserialize_with = "items")]
    association_set: Vec<Association>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Association {
    #[serde(default)]
    main: bool,
    subnet_id: Option<String>,
}

impl NetworkConfig {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { ec2: Ec2::new(config) }
    }
}

impl LookUp for NetworkConfig {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    fn physical_id(properties: &Properties) -> String {
        format!("network-config-{}", properties.vpc_id)
    }

    fn spec(_origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read()
    }

    /// All subnets and route tables of the VPC.
    async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        let of_vpc = || Some(Filter::new("vpc-id", [&spec.vpc]));
        let failed = |kind| move |source| Error { kind, vpc: spec.vpc.clone(), source };
        let subnets = self.ec2.list::<FoundSubnet>("DescribeSubnets", of_vpc()).await;
        let subnets = subnets.map_err(failed("subnets"))?;
        let tables = self.ec2.list::<FoundTable>("DescribeRouteTables", of_vpc()).await;
        let tables = tables.map_err(failed("route tables"))?;
        Ok(Observation {
            subnets: subnets.into_iter().map(Subnet::from).collect(),
            route_tables: tables.into_iter().map(RouteTable::from).collect(),
        })
    }

    fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
        answer::answer(spec, observed)
    }
}

impl From<FoundSubnet> for Subnet {
    fn from(found: FoundSubnet) -> Self {
        Self { id: found.subnet_id, cidr: found.cidr_block, zone: found.availability_zone }
    }
}

impl From<FoundTable> for RouteTable {
    fn from(found: FoundTable) -> Self {
        Self {
            id: found.route_table_id,
            main: found.association_set.iter().any(|association| association.main),
            subnets: found.association_set.into_iter().filter_map(|of| of.subnet_id).collect(),
        }
    }
}
