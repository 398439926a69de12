//! The lists of what is in a VPC, one for each kind.

use super::super::ec2::{
    Attachment, EgressOnlyInternetGateway, InternetGateway, NatGateway as FoundNatGateway, NetworkAcl,
    RouteTable as FoundTable, Subnet, Vpc, VpcEndpoint, VpcPeeringConnection, VpnGateway,
};
use super::super::error::Error;
use super::super::groups::tag;
use super::super::owned::{Place, id as domain_id};
use super::super::{Aws, CLEAN_UP_TAG};
use crate::observation::{NatGateway, Network, RouteTable, Thing};
use shared::aws::ec2::Filter;
use std::collections::BTreeSet;

/// VPC endpoints.
#[derive(Default)]
pub(super) struct Endpoints {
    pub(super) things: Vec<Thing>,
    /// Their network interfaces.
    pub(super) interfaces: BTreeSet<String>,
    /// Those that an AWS service made and keeps.
    pub(super) others: Vec<String>,
}

/// NAT gateways.
#[derive(Default)]
pub(super) struct NatGateways {
    pub(super) things: Vec<NatGateway>,
    /// Their network interfaces.
    pub(super) interfaces: BTreeSet<String>,
}

impl Aws {
    /// VPCs. Those of an account other than `account` are shared with it.
    pub(in super::super) async fn vpcs(
        &self,
        by: Filter,
        account: Option<&str>,
    ) -> Result<Vec<Network>, Error> {
        let listed: Vec<Vpc> = self.list("DescribeVpcs", "VPCs", by).await?;
        let read = listed.into_iter().map(|vpc| {
            let owner = vpc.owner_id;
            let place = Place { partition: None, region: &self.region, account: &owner };
            let own_tag = tag(&vpc.tag_set, CLEAN_UP_TAG).filter(|own_tag| place.domain(own_tag).is_some());
            Network {
                id: vpc.vpc_id,
                default: vpc.is_default,
                owner: account.filter(|account| *account != owner).map(|_| owner.clone()),
                own_tag,
                ..Network::default()
            }
        });
        Ok(read.collect())
    }

    /// The VPCs that were tagged with this domain.
    pub(in super::super) async fn tagged(&self, domain: &str) -> Result<Vec<Network>, Error> {
        let mut tagged = self.vpcs(Filter::new("tag-key", [CLEAN_UP_TAG]), None).await?;
        tagged.retain(|vpc| vpc.own_tag.as_deref().is_some_and(|arn| domain_id(arn) == domain));
        Ok(tagged)
    }

    pub(super) async fn endpoints(&self, by: Filter) -> Result<Endpoints, Error> {
        let listed: Vec<VpcEndpoint> = self.list("DescribeVpcEndpoints", "VPC endpoints", by).await?;
        let mut endpoints = Endpoints::default();
        for found in listed {
            let id = found.vpc_endpoint_id;
            match found.state.to_ascii_lowercase().as_str() {
                "deleted" => {}
                _ if found.requester_managed => {
                    endpoints.others.push(format!("VPC endpoint {id}, which a service manages"));
                }
                state => {
                    endpoints.interfaces.extend(found.network_interface_id_set);
                    endpoints.things.push(Thing { id, leaving: state == "deleting" });
                }
            }
        }
        Ok(endpoints)
    }

    /// NAT gateways that are there; those that failed have nothing, and go by themselves.
    pub(super) async fn nat_gateways(&self, by: Filter) -> Result<NatGateways, Error> {
        let listed: Vec<FoundNatGateway> = self.list("DescribeNatGateways", "NAT gateways", by).await?;
        let mut gateways = NatGateways::default();
        for found in listed {
            let leaving = match found.state.as_str() {
                "deleted" | "failed" => continue,
                state => state == "deleting",
            };
            let addresses = found.nat_gateway_address_set;
            gateways.interfaces.extend(addresses.iter().filter_map(|of| of.network_interface_id.clone()));
            let kept = addresses.into_iter().filter_map(|of| of.allocation_id);
            gateways.things.push(NatGateway { id: found.nat_gateway_id, leaving, addresses: kept.collect() });
        }
        Ok(gateways)
    }

    pub(super) async fn internet_gateways(&self, by: Filter) -> Result<Vec<String>, Error> {
        let listed: Vec<InternetGateway> =
            self.list("DescribeInternetGateways", "internet gateways", by).await?;
        Ok(listed.into_iter().map(|found| found.internet_gateway_id).collect())
    }

    /// EC2 lists them all: it takes no filter by VPC here.
    pub(super) async fn egress_gateways(&self, vpc: &str) -> Result<Vec<String>, Error> {
        let what = "egress-only internet gateways";
        let listed: Vec<EgressOnlyInternetGateway> =
            self.list("DescribeEgressOnlyInternetGateways", what, None).await?;
        let here = |found: &EgressOnlyInternetGateway| {
            found.attachment_set.iter().any(|attachment| attachment.vpc_id.as_deref() == Some(vpc))
        };
        let here = listed.into_iter().filter(here);
        Ok(here.map(|found| found.egress_only_internet_gateway_id).collect())
    }

    pub(super) async fn subnets(&self, by: Filter) -> Result<Vec<String>, Error> {
        let listed: Vec<Subnet> = self.list("DescribeSubnets", "subnets", by).await?;
        Ok(listed.into_iter().map(|found| found.subnet_id).collect())
    }

    /// All but the main one, which goes with the VPC.
    pub(super) async fn route_tables(&self, by: Filter) -> Result<Vec<RouteTable>, Error> {
        let listed: Vec<FoundTable> = self.list("DescribeRouteTables", "route tables", by).await?;
        let main = |table: &FoundTable| table.association_set.iter().any(|association| association.main);
        let others = listed.into_iter().filter(|table| !main(table));
        let read = others.map(|found| {
            let associations = found.association_set.into_iter();
            RouteTable {
                id: found.route_table_id,
                associations: associations.filter_map(|of| of.route_table_association_id).collect(),
            }
        });
        Ok(read.collect())
    }

    /// All but the default one, which goes with the VPC.
    pub(super) async fn acls(&self, by: Filter) -> Result<Vec<String>, Error> {
        let listed: Vec<NetworkAcl> = self.list("DescribeNetworkAcls", "network ACLs", by).await?;
        let others = listed.into_iter().filter(|found| !found.default);
        Ok(others.map(|found| found.network_acl_id).collect())
    }

    /// Peering connections that are there, whichever side asked for them.
    pub(super) async fn peerings(&self, vpc: &str) -> Result<Vec<String>, Error> {
        let mut names = BTreeSet::new();
        for side in ["requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"] {
            let by = Filter::new(side, [vpc]);
            let listed: Vec<VpcPeeringConnection> =
                self.list("DescribeVpcPeeringConnections", "peering connections", by).await?;
            let state =
                |of: &VpcPeeringConnection| of.status.as_ref().map_or("", |status| &status.code).to_owned();
            let gone = ["deleted", "deleting", "expired", "failed", "rejected"];
            let there = listed.into_iter().filter(|found| !gone.contains(&state(found).as_str()));
            names.extend(there.map(|found| found.vpc_peering_connection_id));
        }
        Ok(names.into_iter().map(|id| format!("peering connection {id}")).collect())
    }

    /// VPN gateways that are attached. EC2 has no pages of them.
    pub(super) async fn vpn_gateways(&self, vpc: &str) -> Result<Vec<String>, Error> {
        let by = Filter::new("attachment.vpc-id", [vpc]);
        let listed: Vec<VpnGateway> = self.list("DescribeVpnGateways", "VPN gateways", by).await?;
        let attached = listed.into_iter().filter(|found| {
            let here = |to: &Attachment| to.vpc_id.as_deref() == Some(vpc) && to.state != "detached";
            found.attachments.iter().any(here)
        });
        Ok(attached.map(|found| format!("VPN gateway {}", found.vpn_gateway_id)).collect())
    }

    /// The ids of the rules of a group that refer to one of these groups, and whether each is outbound.
    pub(super) async fn rules_that_refer(
        &self,
        group: &str,
        to: &BTreeSet<&str>,
    ) -> Result<Vec<(String, bool)>, Error> {
        let listed = self.group_rules(Filter::new("group-id", [group])).await?;
        let referring = listed.into_iter().filter(|rule| {
            let of = rule.referenced_group_info.as_ref().and_then(|of| of.group_id.as_deref());
            rule.group_id.as_deref() == Some(group) && of.is_some_and(|of| to.contains(of))
        });
        Ok(referring.map(|rule| (rule.security_group_rule_id, rule.is_egress)).collect())
    }
}
