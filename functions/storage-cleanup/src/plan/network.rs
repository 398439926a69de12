//! The part of the plan that deletes a VPC.

use super::{CleanupAction, SOON, interfaces, remaining as all_left, wait};
use crate::observation::{self, Contents, Group, Network, Observation};
use crate::spec::{Spec, Storage, Target, Vpc};
use shared::reconcile::progress::{State, Tracked};
use shared::reconcile::step::Plan;

/// The tags by which later steps and runs find what belongs together.
pub(super) fn tags(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    tag_vpc(spec, observed).or_else(|| tag_file_systems(spec, observed))
}

fn tag_vpc(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let network = observed.networks.first().filter(|_| spec.vpc == Vpc::Delete && spec.domain().is_some())?;
    let file_systems = observed.proven().map(|found| &found.domain);
    let domain = observed.groups.iter().map(|found| &found.domain).chain(file_systems).next()?;
    let tagging = || CleanupAction::TagVpc { vpc: network.id.clone(), domain: domain.clone() };
    (network.own_tag.as_ref() != Some(domain)).then(|| Plan::Act(tagging(), all_left(spec, observed)))
}

/// A kept file system outlasts all that says which VPC it was in.
fn tag_file_systems(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let vpc = match &spec.target {
        Target::Nothing => return None,
        Target::Vpc(id) => id,
        Target::Domain(_) if spec.storage != Storage::Keep => return None,
        Target::Domain(_) => {
            let mut vpcs = observed.groups.iter().map(|group| &group.vpc);
            let first = vpcs.next()?;
            vpcs.all(|vpc| vpc == first).then_some(first)?
        }
    };
    let own_tag = spec.own_tag(vpc);
    let untagged = observed.proven().filter(|found| found.own_tag.as_ref() != Some(&own_tag));
    // A tag cannot be written on what is being deleted.
    let untagged: Vec<_> = untagged
        .filter(|found| found.state != observation::State::Leaving)
        .map(|found| found.id.clone())
        .collect();
    let tagging =
        || CleanupAction::TagFileSystems { own_tag: own_tag.clone(), file_systems: untagged.clone() };
    (!untagged.is_empty()).then(|| Plan::Act(tagging(), all_left(spec, observed)))
}

/// What is in the VPC, then the VPC.
pub(super) fn contents(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let network = observed.networks.first().filter(|_| spec.vpc == Vpc::Delete)?;
    let has = &network.contents;
    let go = |next: CleanupAction| Some(Plan::Act(next, all_left(spec, observed)));
    let endpoints = ids(&has.endpoints, |found| (!found.leaving).then_some(&found.id));
    if !endpoints.is_empty() {
        return go(CleanupAction::DeleteEndpoints(endpoints));
    }
    let gateways = ids(&has.nat_gateways, |found| (!found.leaving).then_some(&found.id));
    if !gateways.is_empty() {
        return go(CleanupAction::DeleteNatGateways(gateways));
    }
    let deleting = |kind, ids: Vec<String>| Tracked::all(kind, ids, &State::Deleting);
    let endpoints = deleting("VPC endpoints", ids(&has.endpoints, |found| Some(&found.id)));
    let gateways = deleting("NAT gateways", ids(&has.nat_gateways, |found| Some(&found.id)));
    wait(spec, observed, [endpoints, gateways].concat(), SOON)
        .or_else(|| interfaces(spec, observed, &has.interfaces))
        .or_else(|| go(empty(network, observed)))
}

/// The next of what goes at once.
fn empty(network: &Network, observed: &Observation) -> CleanupAction {
    let has = &network.contents;
    let groups = || observed.groups.iter().chain(&has.groups);
    if !has.internet_gateways.is_empty() {
        let gateways = has.internet_gateways.clone();
        return CleanupAction::DeleteInternetGateways { vpc: network.id.clone(), gateways };
    }
    if !has.egress_gateways.is_empty() {
        return CleanupAction::DeleteEgressGateways(has.egress_gateways.clone());
    }
    if !has.subnets.is_empty() {
        return CleanupAction::DeleteSubnets(has.subnets.clone());
    }
    if !has.route_tables.is_empty() {
        return CleanupAction::DeleteRouteTables(has.route_tables.clone());
    }
    if !has.acls.is_empty() {
        return CleanupAction::DeleteAcls(has.acls.clone());
    }
    let rules = groups().chain(&has.default_rules).filter(|group| group.has_rules());
    let rules: Vec<Group> = rules.cloned().collect();
    if !rules.is_empty() {
        return CleanupAction::RevokeRules(rules);
    }
    let groups: Vec<_> = groups().map(|group| group.id.clone()).collect();
    if !groups.is_empty() {
        return CleanupAction::DeleteGroups(groups);
    }
    CleanupAction::DeleteVpc(network.id.clone())
}

fn ids<T>(things: &[T], id: impl Fn(&T) -> Option<&String>) -> Vec<String> {
    things.iter().filter_map(|thing| id(thing).cloned()).collect()
}

/// How much of VPCs is left, in the order in which it goes.
pub(super) fn remaining(observed: &Observation) -> Vec<(&'static str, usize)> {
    let count =
        |of: fn(&Contents) -> usize| observed.networks.iter().map(|network| of(&network.contents)).sum();
    vec![
        ("VPC endpoints", count(|has| has.endpoints.len())),
        ("NAT gateways", count(|has| has.nat_gateways.len())),
        ("other network interfaces", count(|has| has.interfaces.len())),
        ("internet gateways", count(|has| has.internet_gateways.len() + has.egress_gateways.len())),
        ("subnets", count(|has| has.subnets.len())),
        ("route tables", count(|has| has.route_tables.len())),
        ("network ACLs", count(|has| has.acls.len())),
        ("other security groups", count(|has| has.groups.len())),
        ("VPCs", observed.networks.len()),
    ]
}
