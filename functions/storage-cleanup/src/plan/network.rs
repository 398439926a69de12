//! The part of the plan that deletes a VPC.

use super::{Move, SOON, interfaces, left as all_left, shortened, wait};
use crate::goal::{Goal, Target, Vpc};
use crate::seen::{Contents, Group, Network, Seen};
use shared::step::{Plan, counted};

/// Whether the VPC may go at all; then the marks by which later steps find what belongs together.
pub(super) fn marks(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    match (&goal.target, goal.vpc, seen.networks.as_slice()) {
        (_, Vpc::Delete, [one, other, ..]) => Some(Plan::Stuck(format!(
            "what the domain left is in more than one VPC ({}, {}): delete them one by one, by their ids",
            one.id, other.id
        ))),
        (_, Vpc::Delete, [Network { id, default: true, .. }]) => Some(Plan::Stuck(format!(
            "{id} is the default VPC of this Region, which others count on: ask for it to be kept"
        ))),
        (_, Vpc::Delete, [Network { id, owner: Some(owner), .. }]) => Some(Plan::Stuck(format!(
            "{id} belongs to account {owner}, which shares it: only that account can delete it"
        ))),
        (Target::Domain(_), Vpc::Delete, [network]) => mark(goal, seen, network),
        (Target::Vpc(id), ..) => {
            let mark = goal.mark(id);
            let unmarked = seen.file_systems.iter().filter(|found| found.mark.as_ref() != Some(&mark));
            let unmarked: Vec<_> = unmarked.map(|found| found.id.clone()).collect();
            let marking = || Move::MarkFileSystems { mark: mark.clone(), file_systems: unmarked.clone() };
            (!unmarked.is_empty()).then(|| Plan::Move(marking(), all_left(goal, seen)))
        }
        _ => None,
    }
}

fn mark(goal: &Goal, seen: &Seen, network: &Network) -> Option<Plan<Move>> {
    let file_systems = seen.file_systems.iter().map(|found| &found.domain);
    let domain = file_systems.chain(seen.groups.iter().map(|found| &found.domain)).next()?;
    let marking = || Move::MarkVpc { vpc: network.id.clone(), domain: domain.clone() };
    (network.mark.as_ref() != Some(domain)).then(|| Plan::Move(marking(), all_left(goal, seen)))
}

/// What is in the VPC, then the VPC.
pub(super) fn contents(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    let network = seen.networks.first().filter(|_| goal.vpc == Vpc::Delete)?;
    let has = &network.contents;
    if !has.others.is_empty() {
        return Some(Plan::Stuck(format!(
            "{} holds what belongs to others: {}; nothing in it was deleted, see to these or ask for it to be kept",
            network.id,
            shortened(&has.others.iter().cloned().collect::<Vec<_>>())
        )));
    }
    let go = |next: Move| Some(Plan::Move(next, all_left(goal, seen)));
    let endpoints = ids(&has.endpoints, |found| (!found.leaving).then_some(&found.id));
    if !endpoints.is_empty() {
        return go(Move::DeleteEndpoints(endpoints));
    }
    let gateways = ids(&has.nat_gateways, |found| (!found.leaving).then_some(&found.id));
    if !gateways.is_empty() {
        return go(Move::DeleteNatGateways(gateways));
    }
    let leaving = [(has.endpoints.len(), "VPC endpoints"), (has.nat_gateways.len(), "NAT gateways")];
    let leaving = leaving.into_iter().filter(|(count, _)| *count > 0);
    let leaving = leaving.map(|(count, kind)| format!("{} being deleted", counted(count, kind)));
    wait(goal, seen, &leaving.collect::<Vec<_>>(), SOON)
        .or_else(|| interfaces(goal, seen, &has.interfaces))
        .or_else(|| go(empty(network, seen)))
}

/// The next of what goes at once.
fn empty(network: &Network, seen: &Seen) -> Move {
    let has = &network.contents;
    let groups = || seen.groups.iter().chain(&has.groups);
    if !has.internet_gateways.is_empty() {
        let gateways = has.internet_gateways.clone();
        return Move::DeleteInternetGateways { vpc: network.id.clone(), gateways };
    }
    if !has.egress_gateways.is_empty() {
        return Move::DeleteEgressGateways(has.egress_gateways.clone());
    }
    if !has.subnets.is_empty() {
        return Move::DeleteSubnets(has.subnets.clone());
    }
    if !has.route_tables.is_empty() {
        return Move::DeleteRouteTables(has.route_tables.clone());
    }
    if !has.acls.is_empty() {
        return Move::DeleteAcls(has.acls.clone());
    }
    let rules = groups().chain(&has.default_rules).filter(|group| group.has_rules());
    let rules: Vec<Group> = rules.cloned().collect();
    if !rules.is_empty() {
        return Move::RevokeRules(rules);
    }
    let groups: Vec<_> = groups().map(|group| group.id.clone()).collect();
    if !groups.is_empty() {
        return Move::DeleteGroups(groups);
    }
    Move::DeleteVpc(network.id.clone())
}

fn ids<T>(things: &[T], id: impl Fn(&T) -> Option<&String>) -> Vec<String> {
    things.iter().filter_map(|thing| id(thing).cloned()).collect()
}

/// How much of VPCs is left, in the order in which it goes.
pub(super) fn left(seen: &Seen) -> Vec<(&'static str, usize)> {
    let count = |of: fn(&Contents) -> usize| seen.networks.iter().map(|network| of(&network.contents)).sum();
    vec![
        ("VPC endpoints", count(|has| has.endpoints.len())),
        ("NAT gateways", count(|has| has.nat_gateways.len())),
        ("other network interfaces", count(|has| has.interfaces.len())),
        ("internet gateways", count(|has| has.internet_gateways.len() + has.egress_gateways.len())),
        ("subnets", count(|has| has.subnets.len())),
        ("route tables", count(|has| has.route_tables.len())),
        ("network ACLs", count(|has| has.acls.len())),
        ("other security groups", count(|has| has.groups.len())),
        ("VPCs", seen.networks.len()),
    ]
}
