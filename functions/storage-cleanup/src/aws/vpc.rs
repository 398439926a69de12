//! What is in a VPC that is to be deleted, and what of it is others'.

mod list;

use super::Aws;
use super::ec2::{NetworkInterface, SecurityGroup};
use super::error::Error;
use super::groups::{Ours, group, interface, refers};
use crate::observation::{Contents, Group, Holder, Interface, Observation};
use crate::spec::Spec;
use futures_util::future::{try_join, try_join4};
use shared::aws::ec2::Filter;
use std::collections::BTreeSet;

/// The name of the group that goes with its VPC.
const DEFAULT: &str = "default";

impl Aws {
    /// What is in a VPC. What is not known to go is others'.
    pub(super) async fn contents(
        &self,
        vpc: &str,
        spec: &Spec,
        observed: &Observation,
        mut ours: Ours,
    ) -> Result<Contents, Error> {
        // The spec's own domain is on its way out, or the plan waits for it.
        let but = spec.domain();
        let here = || Filter::new("vpc-id", [vpc]);
        let (endpoints, nat_gateways, internet_gateways, egress_gateways) = try_join4(
            self.endpoints(here()),
            self.nat_gateways(here()),
            self.internet_gateways(Filter::new("attachment.vpc-id", [vpc])),
            self.egress_gateways(vpc),
        )
        .await?;
        let (subnets, route_tables, acls, groups) = try_join4(
            self.subnets(here()),
            self.route_tables(here()),
            self.acls(here()),
            self.security_groups(here()),
        )
        .await?;
        let (interfaces, peerings, vpn_gateways, domains) = try_join4(
            self.network_interfaces(here()),
            self.peerings(vpc),
            self.vpn_gateways(vpc),
            self.domains_in(vpc, but),
        )
        .await?;
        let owned: BTreeSet<_> = observed.groups.iter().map(|group| group.id.as_str()).collect();
        let (groups, default_rules) =
            try_join(self.going(&groups, &owned), self.default_rules(&groups, &owned)).await?;
        ours.interfaces.extend(endpoints.interfaces);
        ours.interfaces.extend(nat_gateways.interfaces);
        let (others, interfaces) = parted(&interfaces, observed, &ours);
        let others = others.iter().map(Interface::named).chain(peerings).chain(vpn_gateways);
        let others = others.chain(endpoints.others);
        Ok(Contents {
            endpoints: endpoints.things,
            nat_gateways: nat_gateways.things,
            internet_gateways,
            egress_gateways,
            interfaces,
            subnets,
            route_tables,
            acls,
            groups,
            default_rules,
            others: others.chain(domains.into_iter().map(|id| format!("domain {id}"))).collect(),
        })
    }

    /// The groups of the VPC that go with it, with their rules.
    async fn going(&self, groups: &[SecurityGroup], owned: &BTreeSet<&str>) -> Result<Vec<Group>, Error> {
        let going = groups.iter().filter(|found| found.group_name != DEFAULT).map(group);
        self.with_rules(going.filter(|found| !owned.contains(found.id.as_str())).collect()).await
    }

    /// The rules of the default group that keep other groups from going.
    async fn default_rules(
        &self,
        groups: &[SecurityGroup],
        owned: &BTreeSet<&str>,
    ) -> Result<Option<Group>, Error> {
        let is_default = |found: &&SecurityGroup| found.group_name == DEFAULT;
        let others = groups.iter().filter(|found| !is_default(found)).map(|found| found.group_id.as_str());
        let going: BTreeSet<_> = others.chain(owned.iter().copied()).collect();
        let default = groups.iter().find(is_default).filter(|found| !refers(found, &going).is_empty());
        let Some(mut default) = default.map(group) else {
            return Ok(None);
        };
        for (id, outbound) in self.rules_that_refer(&default.id, &going).await? {
            let rules = if outbound { &mut default.outbound } else { &mut default.inbound };
            rules.push(id);
        }
        Ok(Some(default))
    }
}

/// The network interfaces of others, and those that go. Those that go before the VPC's contents are looked at are neither.
fn parted(
    interfaces: &[NetworkInterface],
    observed: &Observation,
    ours: &Ours,
) -> (Vec<Interface>, Vec<Interface>) {
    let earlier: BTreeSet<_> = observed.own_mounts().map(|mount| &mount.interface).collect();
    let earlier: BTreeSet<_> =
        earlier.into_iter().chain(observed.interfaces.iter().map(|found| &found.id)).collect();
    let rest = interfaces.iter().map(|found| interface(found, ours, false));
    rest.filter(|found| !earlier.contains(&found.id)).partition(|found| found.holder == Holder::Other)
}
