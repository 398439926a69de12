//! The lists of what is in a VPC, one for each kind.

use super::super::error::Error;
use super::super::groups::{filter, tag};
use super::super::owned::{Place, id as domain_id};
use super::super::{Aws, CLEAN_UP_TAG};
use crate::observation::{NatGateway, Network, RouteTable, Thing};
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::types::{Filter, NatGatewayState, RouteTableAssociation};
use aws_smithy_types::retry::ProvideErrorKind;
use shared::error::cause;
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

/// Names a list that was not read.
fn listing<E>(what: &str) -> impl Fn(SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + ProvideErrorKind + std::error::Error + Send + Sync + 'static,
{
    move |error| Error::List { what: what.to_owned(), source: cause(error) }
}

impl Aws {
    /// VPCs. Those of an account other than `account` are shared with it.
    pub(in super::super) async fn vpcs(
        &self,
        by: Filter,
        account: Option<&str>,
    ) -> Result<Vec<Network>, Error> {
        let listed = self.ec2.describe_vpcs().filters(by).into_paginator().items().send().try_collect().await;
        let listed = listed.map_err(listing("VPCs"))?;
        let read = listed.into_iter().filter_map(|vpc| {
            let owner = vpc.owner_id().unwrap_or_default();
            let place = Place { partition: None, region: &self.region, account: owner };
            let own_tag = tag(vpc.tags(), CLEAN_UP_TAG).filter(|own_tag| place.domain(own_tag).is_some());
            Some(Network {
                id: vpc.vpc_id()?.to_owned(),
                default: vpc.is_default == Some(true),
                owner: account.filter(|account| *account != owner).map(|_| owner.to_owned()),
                own_tag,
                ..Network::default()
            })
        });
        Ok(read.collect())
    }

    /// The VPCs that were tagged with this domain.
    pub(in super::super) async fn tagged(&self, domain: &str) -> Result<Vec<Network>, Error> {
        let mut tagged = self.vpcs(filter("tag-key", [CLEAN_UP_TAG]), None).await?;
        tagged.retain(|vpc| vpc.own_tag.as_deref().is_some_and(|arn| domain_id(arn) == domain));
        Ok(tagged)
    }

    pub(super) async fn endpoints(&self, by: Filter) -> Result<Endpoints, Error> {
        let pages = self.ec2.describe_vpc_endpoints().filters(by).into_paginator();
        let listed = pages.items().send().try_collect().await.map_err(listing("VPC endpoints"))?;
        let mut endpoints = Endpoints::default();
        for found in listed {
            let state = found.state.as_ref().map_or("", |state| state.as_str()).to_ascii_lowercase();
            let Some(id) = found.vpc_endpoint_id.filter(|_| state != "deleted") else {
                continue;
            };
            if found.requester_managed == Some(true) {
                endpoints.others.push(format!("VPC endpoint {id}, which a service manages"));
            } else {
                endpoints.interfaces.extend(found.network_interface_ids.unwrap_or_default());
                endpoints.things.push(Thing { id, leaving: state == "deleting" });
            }
        }
        Ok(endpoints)
    }

    /// NAT gateways that are there; those that failed have nothing, and go by themselves.
    pub(super) async fn nat_gateways(&self, by: Filter) -> Result<NatGateways, Error> {
        let pages = self.ec2.describe_nat_gateways().filter(by).into_paginator();
        let listed = pages.items().send().try_collect().await.map_err(listing("NAT gateways"))?;
        let mut gateways = NatGateways::default();
        for found in listed {
            let leaving = match found.state {
                Some(NatGatewayState::Deleted | NatGatewayState::Failed) => continue,
                Some(NatGatewayState::Deleting) => true,
                _ => false,
            };
            let Some(id) = found.nat_gateway_id else {
                continue;
            };
            let addresses = found.nat_gateway_addresses.unwrap_or_default();
            gateways.interfaces.extend(addresses.iter().filter_map(|of| of.network_interface_id.clone()));
            // A private gateway has none.
            let kept = addresses.into_iter().filter_map(|of| of.allocation_id);
            gateways.things.push(NatGateway { id, leaving, addresses: kept.collect() });
        }
        Ok(gateways)
    }

    pub(super) async fn internet_gateways(&self, by: Filter) -> Result<Vec<String>, Error> {
        let pages = self.ec2.describe_internet_gateways().filters(by).into_paginator();
        let listed = pages.items().send().try_collect().await.map_err(listing("internet gateways"))?;
        Ok(listed.into_iter().filter_map(|found| found.internet_gateway_id).collect())
    }

    /// EC2 lists them all: it takes no filter by VPC here.
    pub(super) async fn egress_gateways(&self, vpc: &str) -> Result<Vec<String>, Error> {
        let pages = self.ec2.describe_egress_only_internet_gateways().into_paginator();
        let listed = pages.items().send().try_collect().await;
        let listed = listed.map_err(listing("egress-only internet gateways"))?;
        let here = listed
            .into_iter()
            .filter(|found| found.attachments().iter().any(|attachment| attachment.vpc_id() == Some(vpc)));
        Ok(here.filter_map(|found| found.egress_only_internet_gateway_id).collect())
    }

    pub(super) async fn subnets(&self, by: Filter) -> Result<Vec<String>, Error> {
        let pages = self.ec2.describe_subnets().filters(by).into_paginator();
        let listed = pages.items().send().try_collect().await.map_err(listing("subnets"))?;
        Ok(listed.into_iter().filter_map(|found| found.subnet_id).collect())
    }

    /// All but the main one, which goes with the VPC.
    pub(super) async fn route_tables(&self, by: Filter) -> Result<Vec<RouteTable>, Error> {
        let pages = self.ec2.describe_route_tables().filters(by).into_paginator();
        let listed = pages.items().send().try_collect().await.map_err(listing("route tables"))?;
        let main = |of: &[RouteTableAssociation]| of.iter().any(|association| association.main == Some(true));
        let others = listed.into_iter().filter(|found| !main(found.associations()));
        let read = others.filter_map(|found| {
            let associations = found.associations.unwrap_or_default().into_iter();
            Some(RouteTable {
                id: found.route_table_id?,
                associations: associations.filter_map(|of| of.route_table_association_id).collect(),
            })
        });
        Ok(read.collect())
    }

    /// All but the default one, which goes with the VPC.
    pub(super) async fn acls(&self, by: Filter) -> Result<Vec<String>, Error> {
        let pages = self.ec2.describe_network_acls().filters(by).into_paginator();
        let listed = pages.items().send().try_collect().await.map_err(listing("network ACLs"))?;
        let others = listed.into_iter().filter(|found| found.is_default != Some(true));
        Ok(others.filter_map(|found| found.network_acl_id).collect())
    }

    /// Peering connections that are there, whichever side asked for them.
    pub(super) async fn peerings(&self, vpc: &str) -> Result<Vec<String>, Error> {
        let mut names = BTreeSet::new();
        for side in ["requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"] {
            let pages = self.ec2.describe_vpc_peering_connections().filters(filter(side, [vpc]));
            let listed = pages.into_paginator().items().send().try_collect().await;
            for found in listed.map_err(listing("peering connections"))? {
                let state = found.status().and_then(|status| status.code()).map_or("", |code| code.as_str());
                let there = !["deleted", "deleting", "expired", "failed", "rejected"].contains(&state);
                names.extend(found.vpc_peering_connection_id.filter(|_| there));
            }
        }
        Ok(names.into_iter().map(|id| format!("peering connection {id}")).collect())
    }

    /// VPN gateways that are attached. EC2 has no pages of them.
    pub(super) async fn vpn_gateways(&self, vpc: &str) -> Result<Vec<String>, Error> {
        let listed =
            self.ec2.describe_vpn_gateways().filters(filter("attachment.vpc-id", [vpc])).send().await;
        let listed = listed.map_err(listing("VPN gateways"))?.vpn_gateways.unwrap_or_default();
        let attached = listed.into_iter().filter(|found| {
            found.vpc_attachments().iter().any(|attachment| {
                let state = attachment.state().map_or("", |state| state.as_str());
                attachment.vpc_id() == Some(vpc) && state != "detached"
            })
        });
        Ok(attached.filter_map(|found| found.vpn_gateway_id).map(|id| format!("VPN gateway {id}")).collect())
    }

    /// The ids of the rules of a group that refer to one of these groups, and whether each is outbound.
    pub(super) async fn rules_that_refer(
        &self,
        group: &str,
        to: &BTreeSet<&str>,
    ) -> Result<Vec<(String, bool)>, Error> {
        let pages = self.ec2.describe_security_group_rules().filters(filter("group-id", [group]));
        let listed = pages.into_paginator().items().send().try_collect().await;
        let listed = listed.map_err(listing("security group rules"))?;
        let referring = listed.into_iter().filter(|rule| {
            let of = rule.referenced_group_info().and_then(|of| of.group_id());
            rule.group_id() == Some(group) && of.is_some_and(|of| to.contains(of))
        });
        let read = referring.filter_map(|rule| {
            let outbound = rule.is_egress == Some(true);
            Some((rule.security_group_rule_id?, outbound))
        });
        Ok(read.collect())
    }
}
