//! The part of the plan that deletes a VPC.

use super::{Move, SOON, interfaces, left as all_left, wait};
use crate::goal::{Goal, Storage, Target, Vpc};
use crate::seen::{Contents, Group, Network, Seen, State};
use shared::step::{Plan, counted};

/// The tags by which later steps and runs find what belongs together.
pub(super) fn marks(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    mark_vpc(goal, seen).or_else(|| mark_file_systems(goal, seen))
}

fn mark_vpc(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    let network = seen.networks.first().filter(|_| goal.vpc == Vpc::Delete && goal.domain().is_some())?;
    let file_systems = seen.proven().map(|found| &found.domain);
    let domain = seen.groups.iter().map(|found| &found.domain).chain(file_systems).next()?;
    let marking = || Move::MarkVpc { vpc: network.id.clone(), domain: domain.clone() };
    (network.mark.as_ref() != Some(domain)).then(|| Plan::Move(marking(), all_left(goal, seen)))
}

/// A kept file system outlasts all that says which VPC it was in.
fn mark_file_systems(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    let vpc = match &goal.target {
        Target::Nothing => return None,
        Target::Vpc(id) => id,
        Target::Domain(_) if goal.storage != Storage::Keep => return None,
        Target::Domain(_) => {
            let mut vpcs = seen.groups.iter().map(|group| &group.vpc);
            let first = vpcs.next()?;
            vpcs.all(|vpc| vpc == first).then_some(first)?
        }
    };
    let mark = goal.mark(vpc);
    let unmarked = seen.proven().filter(|found| found.mark.as_ref() != Some(&mark));
    // A tag cannot be written on what is being deleted.
    let unmarked: Vec<_> =
        unmarked.filter(|found| found.state != State::Leaving).map(|found| found.id.clone()).collect();
    let marking = || Move::MarkFileSystems { mark: mark.clone(), file_systems: unmarked.clone() };
    (!unmarked.is_empty()).then(|| Plan::Move(marking(), all_left(goal, seen)))
}

/// What is in the VPC, then the VPC.
pub(super) fn contents(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    let network = seen.networks.first().filter(|_| goal.vpc == Vpc::Delete)?;
    let has = &network.contents;
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
