//! From every start of a small world, with every move cut short after any number of its calls, the plan ends; and on the
//! way it never does what cannot be undone without having been asked to.

mod worlds;

use super::*;
use crate::samples::{VPC, goal};
use crate::seen::{Contents, Network, Proof, Recovery};
use proptest::collection::vec as list;
use proptest::prelude::*;
use proptest::sample::select;
use worlds::worlds;

/// More looks than the longest way through the largest world takes.
const LOOKS: usize = 200;

/// What AWS does between two looks.
fn tick(seen: &mut Seen) {
    let later = |state: &mut State| {
        if *state == State::Busy {
            *state = State::Up;
        }
        *state != State::Leaving
    };
    seen.domains.retain(|_, domain| *domain != Domain::Leaving);
    for found in &mut seen.file_systems {
        found.mounts.retain_mut(|mount| {
            // EC2 lists the network interface a moment later.
            if mount.owner == Owner::Unknown {
                mount.owner = Owner::Domain;
            }
            later(&mut mount.state)
        });
        if let Some(Recovery { outcome, .. }) = &mut found.backup {
            match outcome {
                Outcome::Running { .. } => *outcome = Outcome::Made("arn:point".to_owned()),
                Outcome::Failed { just_now, .. } => *just_now = false,
                _ => {}
            }
        }
    }
    seen.file_systems.retain_mut(|found| later(&mut found.state));
    let stays = |found: &Interface| ![Holder::Leaving, Holder::Service].contains(&found.holder);
    seen.interfaces.retain(stays);
    for Network { contents, .. } in &mut seen.networks {
        contents.interfaces.retain(stays);
        contents.endpoints.retain(|found| !found.leaving);
        contents.nat_gateways.retain(|found| !found.leaving);
        // Such as refer to nothing any more are not asked for.
        contents.default_rules.take_if(|default| !default.has_rules());
    }
}

/// Makes the first `calls` calls of a move, as AWS would; fails when it would be wrong to make them.
fn act(goal: &Goal, seen: &mut Seen, next: &Move, calls: usize) {
    assert!(seen.domains.is_empty(), "{next} while the domain is there");
    let find = |seen: &mut Seen, id: &str| seen.file_systems.iter().position(|found| found.id == id).unwrap();
    match next {
        Move::MarkVpc { domain, .. } => seen.networks[0].mark = (calls > 0).then(|| domain.clone()),
        Move::MarkFileSystems { mark, file_systems } => {
            for id in file_systems.iter().take(calls) {
                let at = find(seen, id);
                seen.file_systems[at].mark = Some(mark.clone());
            }
        }
        Move::DeleteMountTargets(ids) => {
            let own = |id: &String| seen.own_mounts().any(|m| m.id == *id && m.owner == Owner::Domain);
            assert!(ids.iter().all(own), "others made it");
            let mounts = seen.file_systems.iter_mut().flat_map(|found| &mut found.mounts);
            mounts
                .filter(|m| ids.iter().take(calls).any(|id| *id == m.id))
                .for_each(|m| m.state = State::Leaving);
        }
        Move::StartBackups(orders) => {
            assert_eq!(goal.storage, Storage::Backup);
            for order in orders.iter().take(calls) {
                let at = find(seen, &order.file_system);
                let outcome = Outcome::Running { percent: "0".to_owned(), bytes: 0 };
                seen.file_systems[at].backup = Some(Recovery { job: "job-new".to_owned(), outcome });
            }
        }
        Move::DeleteFileSystems(gone) => {
            assert_ne!(goal.storage, Storage::Keep, "data was to be kept");
            for (id, _) in gone.iter().take(calls) {
                let at = find(seen, id);
                let found = &mut seen.file_systems[at];
                assert!(found.mounts.is_empty() && found.consumers.is_empty(), "others use it");
                assert_eq!(found.proof, Proof::Both, "one proof is not enough");
                let made = matches!(&found.backup, Some(Recovery { outcome: Outcome::Made(_), .. }));
                assert!(goal.storage == Storage::Delete || made, "there is no backup yet");
                found.state = State::Leaving;
            }
        }
        Move::RevokeRules(groups) => {
            let gone: Vec<_> = groups.iter().take(calls).map(|group| &group.id).collect();
            let inside = seen.networks.iter_mut().map(|network| &mut network.contents);
            let inside = inside.flat_map(|has| has.groups.iter_mut().chain(&mut has.default_rules));
            let all = seen.groups.iter_mut().chain(inside).filter(|group| gone.contains(&&group.id));
            all.for_each(|group| group.inbound.clear());
        }
        Move::DeleteInterfaces(ids) => {
            let free = |found: &Interface| !ids.iter().take(calls).any(|id| *id == found.id);
            seen.interfaces.retain(free);
            seen.networks.iter_mut().for_each(|network| network.contents.interfaces.retain(free));
        }
        Move::DeleteGroups(ids) => {
            let stays = |found: &crate::seen::Group| {
                let goes = ids.iter().take(calls).any(|id| *id == found.id);
                assert!(!goes || !found.has_rules(), "AWS refuses");
                !goes
            };
            seen.groups.retain(stays);
            seen.networks.iter_mut().for_each(|network| network.contents.groups.retain(stays));
        }
        _ => act_in_vpc(goal, &mut seen.networks, next, calls),
    }
}

fn act_in_vpc(goal: &Goal, networks: &mut Vec<Network>, next: &Move, calls: usize) {
    let network = &mut networks[0];
    assert_eq!(goal.vpc, Vpc::Delete, "the VPC was to be kept");
    assert!(network.contents.others.is_empty() && !network.default, "others are in the VPC");
    let has = &mut network.contents;
    let drop = |from: &mut Vec<String>| drop(from.drain(..calls.min(from.len())));
    match next {
        Move::DeleteEndpoints(ids) => {
            let going =
                has.endpoints.iter_mut().filter(|found| ids.iter().take(calls).any(|id| *id == found.id));
            going.for_each(|found| found.leaving = true);
        }
        Move::DeleteNatGateways(_) => {
            has.nat_gateways.iter_mut().take(calls).for_each(|found| found.leaving = true);
        }
        Move::DeleteEgressGateways(_) => drop(&mut has.egress_gateways),
        Move::DeleteInternetGateways { .. } => drop(&mut has.internet_gateways),
        Move::DeleteSubnets(_) => drop(&mut has.subnets),
        Move::DeleteRouteTables(_) => has.route_tables.truncate(has.route_tables.len().saturating_sub(calls)),
        Move::DeleteAcls(_) => drop(&mut has.acls),
        Move::DeleteVpc(_) => {
            assert_eq!(*has, Contents::default(), "AWS refuses");
            networks.truncate(1 - calls.min(1));
        }
        other => panic!("no such thing in this world: {other}"),
    }
}

/// Whether a person is needed.
fn is_blocked(goal: &Goal, seen: &Seen) -> bool {
    let unknown = |state: &State| matches!(state, State::Unknown(_));
    let network = seen.networks.first().filter(|_| goal.vpc == Vpc::Delete);
    let data = goal.storage != Storage::Keep
        && seen.proven().any(|found| {
            let failed = matches!(
                &found.backup,
                Some(Recovery { outcome: Outcome::Failed { just_now: true, .. }, .. })
            );
            let backup = goal.storage == Storage::Backup;
            let used =
                !found.consumers.is_empty() || found.mounts.iter().any(|mount| mount.owner == Owner::Other);
            used || unknown(&found.state) || backup && (failed || found.state == State::Broken)
        });
    let uncertain = goal.vpc == Vpc::Delete && goal.domain().is_some() && seen.vpcs.is_empty();
    data || uncertain
        || seen.file_systems.iter().any(|found| found.proof == Proof::Token)
        || seen.domains.values().any(|domain| *domain != Domain::Leaving)
        || seen.own_mounts().any(|mount| unknown(&mount.state))
        || seen.interfaces.iter().any(|found| found.holder == Holder::Other)
        || !seen.referrers.is_empty()
        || network.is_some_and(|network| network.default || !network.contents.others.is_empty())
}

proptest! {
    #[test]
    fn every_world_comes_to_an_end(
        mut seen in worlds(),
        storage in select(vec![Storage::Keep, Storage::Backup, Storage::Delete]),
        vpc in select(vec![Vpc::Keep, Vpc::Delete]),
        cuts in list(0_usize..5, LOOKS),
        of_vpc in any::<bool>(),
    ) {
        let mut goal = goal(storage, vpc);
        if of_vpc {
            goal.target = Target::Vpc(VPC.to_owned());
            // What a domain has that is there is not among what is seen.
            seen.domains.retain(|_, domain| *domain == Domain::Leaving);
        }
        for (look, cut) in cuts.into_iter().enumerate() {
            match plan(&goal, &seen) {
                Plan::Done(_) => {
                    prop_assert!(seen.groups.is_empty() && seen.interfaces.is_empty());
                    prop_assert!(seen.own_mounts().next().is_none());
                    prop_assert!(storage == Storage::Keep || seen.proven().next().is_none());
                    prop_assert!(vpc == Vpc::Keep || seen.networks.is_empty());
                    return Ok(());
                }
                Plan::Stuck(why) => {
                    prop_assert!(is_blocked(&goal, &seen), "stuck without a reason: {why}");
                    return Ok(());
                }
                // Every third move is whole, so that luck alone does not keep the world from ending.
                Plan::Move(next, _) => act(&goal, &mut seen, &next, if look % 3 == 0 { usize::MAX } else { cut }),
                Plan::Wait(_) => {}
            }
            tick(&mut seen);
        }
        prop_assert!(false, "no end after {LOOKS} looks: {seen:?}");
    }
}
