//! Security groups, their rules, and the network interfaces that use them.

use super::ec2::{NetworkInterface, SecurityGroup, SecurityGroupRule};
use super::error::Error;
use super::owned::Place;
use super::{Aws, ON_DELETE_TAG, TAG, on_delete};
use crate::observation::{Group, Holder, Interface};
use shared::aws::ec2::{Filter, Tag};
use std::collections::{BTreeMap, BTreeSet};

/// Values that EC2 takes in one filter.
const AT_MOST: usize = 200;

/// The value of a tag.
pub(super) fn tag(tags: &[Tag], key: &str) -> Option<String> {
    tags.iter().find(|tag| tag.key == key).map(|tag| tag.value.clone())
}

impl Aws {
    /// The security groups that were made for a domain of this account and Region, without their rules.
    pub(super) async fn owned_groups(&self) -> Result<Vec<Group>, Error> {
        let listed = self.security_groups(Filter::new("tag-key", [TAG])).await?;
        Ok(listed.iter().filter_map(|found| owned(found, &self.region)).collect())
    }

    /// The security groups that a filter lets through.
    pub(super) async fn security_groups(&self, by: Filter) -> Result<Vec<SecurityGroup>, Error> {
        self.list("DescribeSecurityGroups", "security groups", by).await
    }

    /// These groups with the ids of their rules.
    pub(super) async fn with_rules(&self, groups: Vec<Group>) -> Result<Vec<Group>, Error> {
        if groups.is_empty() {
            return Ok(groups);
        }
        let mut groups: BTreeMap<_, _> = groups.into_iter().map(|group| (group.id.clone(), group)).collect();
        let mut listed = Vec::new();
        for some in groups.keys().collect::<Vec<_>>().chunks(AT_MOST) {
            let by = Filter::new("group-id", some.iter().copied());
            listed.extend(self.group_rules(by).await?);
        }
        for rule in listed {
            if let Some(group) = rule.group_id.and_then(|id| groups.get_mut(&id)) {
                let rules = if rule.is_egress { &mut group.outbound } else { &mut group.inbound };
                rules.push(rule.security_group_rule_id);
            }
        }
        Ok(groups.into_values().collect())
    }

    /// The rules that a filter lets through.
    pub(super) async fn group_rules(&self, by: Filter) -> Result<Vec<SecurityGroupRule>, Error> {
        self.list("DescribeSecurityGroupRules", "security group rules", by).await
    }

    /// The network interfaces that a filter lets through.
    pub(super) async fn network_interfaces(&self, by: Filter) -> Result<Vec<NetworkInterface>, Error> {
        self.list("DescribeNetworkInterfaces", "network interfaces", by).await
    }

    /// The security groups of each of these network interfaces that EC2 lists.
    pub(super) async fn groups_of_interfaces(
        &self,
        ids: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
        let mut used = BTreeMap::new();
        for some in ids.iter().collect::<Vec<_>>().chunks(AT_MOST) {
            let by = Filter::new("network-interface-id", some.iter().copied());
            for found in self.network_interfaces(by).await? {
                let groups = found.group_set.into_iter().filter_map(|group| group.group_id);
                used.insert(found.network_interface_id, groups.collect());
            }
        }
        Ok(used)
    }

    /// The network interfaces in these groups, and who has them.
    pub(super) async fn interfaces_in(&self, groups: &[Group], ours: &Ours) -> Result<Vec<Interface>, Error> {
        Ok(self.raw_interfaces_in(groups).await?.iter().map(|found| interface(found, ours, true)).collect())
    }

    /// The network interfaces in these groups, as EC2 tells them.
    pub(super) async fn raw_interfaces_in(&self, groups: &[Group]) -> Result<Vec<NetworkInterface>, Error> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let ids: BTreeSet<_> = groups.iter().map(|group| group.id.as_str()).collect();
        let mut found = self.network_interfaces(Filter::new("group-id", ids.iter().copied())).await?;
        found.retain(|found| {
            found.group_set.iter().any(|group| group.group_id.as_deref().is_some_and(|id| ids.contains(id)))
        });
        Ok(found)
    }
}

/// What is known of the owners of network interfaces.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// Network interfaces of mount targets, endpoints and NAT gateways that go.
    pub(super) interfaces: BTreeSet<String>,
    /// Ids of file systems that lose their mount targets and of domains that are gone: AWS writes them on the interfaces
    /// it makes for them.
    pub(super) names: BTreeSet<String>,
    /// Network interfaces of mount targets that somebody else made.
    pub(super) foreign: BTreeSet<String>,
    /// Ids of the file systems that exist and are others'.
    pub(super) standing: BTreeSet<String>,
}

/// Network interfaces that live as long as what EC2 made them for. They outlast it by moments: then it is on no list any
/// more, and what is on the lists is dealt with for itself.
const BOUND: &[&str] = &["gateway_load_balancer_endpoint", "natGateway", "nat_gateway", "vpc_endpoint"];

/// The words of what is written on a network interface: AWS names there what it made it for, such as `fs-0123456789abcdef0`.
pub(super) fn names(found: &NetworkInterface) -> impl Iterator<Item = &str> {
    let word = |c: char| c == '-' || c.is_ascii_alphanumeric();
    found.description.split(move |c| !word(c))
}

/// A network interface, and who has it. `theirs`: whether it is in a group of `SageMaker`'s. That alone does not say that
/// AWS removes it: a function of somebody else may use the group too.
pub(super) fn interface(found: &NetworkInterface, ours: &Ours, theirs: bool) -> Interface {
    let id = found.network_interface_id.clone();
    let description = found.description.clone();
    let named = names(found).any(|word| ours.names.contains(word));
    let of_others = names(found).any(|word| ours.standing.contains(word));
    let mounted = description.starts_with("EFS mount target for ");
    let bound = BOUND.contains(&found.interface_type.as_str());
    let managed = found.requester_managed;
    let foreign = ours.foreign.contains(&id) || mounted && of_others;
    let ours = bound || ours.interfaces.contains(&id);
    let service = named || theirs && description.to_ascii_lowercase().contains("sagemaker");
    let holder = match found.status.as_str() {
        _ if foreign => Holder::Other,
        // One that a person made and keeps in a group of SageMaker's, for a virtual machine to come.
        "available" if theirs && !managed && !service && !ours => Holder::Other,
        // That of another service, such as a load balancer, may be so for a while, and only the service can delete it.
        "available" if !managed || theirs || named || ours => Holder::Nobody,
        "detaching" => Holder::Leaving,
        // Its file system is ours, or is gone already.
        _ if ours || mounted && (named || managed) => Holder::Leaving,
        _ if managed && service => Holder::Service,
        _ => Holder::Other,
    };
    Interface { id, holder, description }
}

/// The rules of a group that refer to one of these: by the ids of those.
pub(super) fn refers<'a>(group: &SecurityGroup, to: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let rules = group.ip_permissions.iter().chain(&group.ip_permissions_egress);
    let groups = rules.flat_map(|rule| &rule.groups);
    let referred: BTreeSet<_> =
        groups.filter_map(|group| to.get(group.group_id.as_deref()?).copied()).collect();
    referred.into_iter().collect()
}

/// A group that was made for a domain here. The tag alone does not say so, because anyone may write it: `SageMaker` also puts
/// the id of the domain into the name, `security-group-for-inbound-nfs-d-...`, which nobody can change.
fn owned(found: &SecurityGroup, region: &str) -> Option<Group> {
    let account = found.owner_id.as_deref()?;
    let place = match &found.security_group_arn {
        Some(arn) => {
            Place::of(arn, "ec2").filter(|place| place.region == region && place.account == account)?
        }
        None => Place { partition: None, region, account },
    };
    let domain = tag(&found.tag_set, TAG)?;
    let id = place.domain(&domain)?;
    let named = [&found.group_name, &found.group_description].into_iter().any(|text| text.contains(id));
    named.then_some(())?;
    Some(Group {
        domain,
        on_delete: on_delete(tag(&found.tag_set, ON_DELETE_TAG).as_deref()),
        ..group(found)
    })
}

/// A group without its rules.
pub(super) fn group(found: &SecurityGroup) -> Group {
    Group {
        id: found.group_id.clone(),
        name: found.group_name.clone(),
        vpc: found.vpc_id.clone(),
        ..Group::default()
    }
}

#[cfg(test)]
mod tests;
