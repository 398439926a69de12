//! From every small observation, with every action cut short after any number of its calls, the plan ends; and on the
//! way it never does what cannot be undone without having been asked to.

mod observations;

use super::*;
use crate::observation::{Contents, Network, Proof, Recovery};
use crate::samples::{VPC, spec};
use observations::observations;
use proptest::collection::vec as list;
use proptest::prelude::*;
use proptest::sample::select;

/// More steps than the longest run takes.
const MAX_STEPS: usize = 200;

/// What AWS does between two looks.
fn tick(observed: &mut Observation) {
    let later = |state: &mut State| {
        if *state == State::Busy {
            *state = State::Up;
        }
        *state != State::Leaving
    };
    observed.domains.retain(|_, domain| *domain != Domain::Leaving);
    for found in &mut observed.file_systems {
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
    observed.file_systems.retain_mut(|found| later(&mut found.state));
    let stays = |found: &Interface| ![Holder::Leaving, Holder::Service].contains(&found.holder);
    observed.interfaces.retain(stays);
    for Network { contents, .. } in &mut observed.networks {
        contents.interfaces.retain(stays);
        contents.endpoints.retain(|found| !found.leaving);
        contents.nat_gateways.retain(|found| !found.leaving);
        // Such as refer to nothing any more are not asked for.
        contents.default_rules.take_if(|default| !default.has_rules());
    }
}

/// Makes the first `calls` calls of an action, as AWS would; fails when it would be wrong to make them.
fn act(spec: &Spec, observed: &mut Observation, next: &CleanupAction, calls: usize) {
    assert!(observed.domains.is_empty(), "{next} while the domain is there");
    let find = |observed: &mut Observation, id: &str| {
        observed.file_systems.iter().position(|found| found.id == id).unwrap()
    };
    match next {
        CleanupAction::TagVpc { domain, .. } => {
            observed.networks[0].own_tag = (calls > 0).then(|| domain.clone());
        }
        CleanupAction::TagFileSystems { own_tag, file_systems } => {
            for id in file_systems.iter().take(calls) {
                let at = find(observed, id);
                observed.file_systems[at].own_tag = Some(own_tag.clone());
            }
        }
        CleanupAction::DeleteMountTargets(ids) => {
            let own = |id: &String| observed.own_mounts().any(|m| m.id == *id && m.owner == Owner::Domain);
            assert!(ids.iter().all(own), "others made it");
            let mounts = observed.file_systems.iter_mut().flat_map(|found| &mut found.mounts);
            mounts
                .filter(|m| ids.iter().take(calls).any(|id| *id == m.id))
                .for_each(|m| m.state = State::Leaving);
        }
        CleanupAction::StartBackups(orders) => {
            assert_eq!(spec.storage, Storage::Backup);
            for order in orders.iter().take(calls) {
                let at = find(observed, &order.file_system);
                let outcome = Outcome::Running { percent: "0".to_owned(), bytes: 0 };
                observed.file_systems[at].backup = Some(Recovery { job: "job-new".to_owned(), outcome });
            }
        }
        CleanupAction::DeleteFileSystems(gone) => {
            assert_ne!(spec.storage, Storage::Keep, "data was to be kept");
            for (id, _) in gone.iter().take(calls) {
                let at = find(observed, id);
                let found = &mut observed.file_systems[at];
                assert!(found.mounts.is_empty() && found.consumers.is_empty(), "others use it");
                assert_eq!(found.proof, Proof::Both, "one proof is not enough");
                let made = matches!(&found.backup, Some(Recovery { outcome: Outcome::Made(_), .. }));
                assert!(spec.storage == Storage::Delete || made, "there is no backup yet");
                found.state = State::Leaving;
            }
        }
        CleanupAction::RevokeRules(groups) => {
            let gone: Vec<_> = groups.iter().take(calls).map(|group| &group.id).collect();
            let inside = observed.networks.iter_mut().map(|network| &mut network.contents);
            let inside = inside.flat_map(|has| has.groups.iter_mut().chain(&mut has.default_rules));
            let all = observed.groups.iter_mut().chain(inside).filter(|group| gone.contains(&&group.id));
            all.for_each(|group| group.inbound.clear());
        }
        CleanupAction::DeleteInterfaces(ids) => {
            let free = |found: &Interface| !ids.iter().take(calls).any(|id| *id == found.id);
            observed.interfaces.retain(free);
            observed.networks.iter_mut().for_each(|network| network.contents.interfaces.retain(free));
        }
        CleanupAction::DeleteGroups(ids) => {
            let stays = |found: &crate::observation::Group| {
                let goes = ids.iter().take(calls).any(|id| *id == found.id);
                assert!(!goes || !found.has_rules(), "AWS refuses");
                !goes
            };
            observed.groups.retain(stays);
            observed.networks.iter_mut().for_each(|network| network.contents.groups.retain(stays));
        }
        _ => act_in_vpc(spec, &mut observed.networks, next, calls),
    }
}

fn act_in_vpc(spec: &Spec, networks: &mut Vec<Network>, next: &CleanupAction, calls: usize) {
    let network = &mut networks[0];
    assert_eq!(spec.vpc, Vpc::Delete, "the VPC was to be kept");
    assert!(network.contents.others.is_empty() && !network.default, "others are in the VPC");
    let has = &mut network.contents;
    let drop = |from: &mut Vec<String>| drop(from.drain(..calls.min(from.len())));
    match next {
        CleanupAction::DeleteEndpoints(ids) => {
            let going =
                has.endpoints.iter_mut().filter(|found| ids.iter().take(calls).any(|id| *id == found.id));
            going.for_each(|found| found.leaving = true);
        }
        CleanupAction::DeleteNatGateways(_) => {
            has.nat_gateways.iter_mut().take(calls).for_each(|found| found.leaving = true);
        }
        CleanupAction::DeleteEgressGateways(_) => drop(&mut has.egress_gateways),
        CleanupAction::DeleteInternetGateways { .. } => drop(&mut has.internet_gateways),
        CleanupAction::DeleteSubnets(_) => drop(&mut has.subnets),
        CleanupAction::DeleteRouteTables(_) => {
            has.route_tables.truncate(has.route_tables.len().saturating_sub(calls));
        }
        CleanupAction::DeleteAcls(_) => drop(&mut has.acls),
        CleanupAction::DeleteVpc(_) => {
            assert_eq!(*has, Contents::default(), "AWS refuses");
            networks.truncate(1 - calls.min(1));
        }
        other => panic!("no such thing: {other}"),
    }
}

/// Whether a person is needed.
fn is_blocked(spec: &Spec, observed: &Observation) -> bool {
    let unknown = |state: &State| matches!(state, State::Unknown(_));
    let network = observed.networks.first().filter(|_| spec.vpc == Vpc::Delete);
    let data = spec.storage != Storage::Keep
        && observed.proven().any(|found| {
            let failed = matches!(
                &found.backup,
                Some(Recovery { outcome: Outcome::Failed { just_now: true, .. }, .. })
            );
            let backup = spec.storage == Storage::Backup;
            let used =
                !found.consumers.is_empty() || found.mounts.iter().any(|mount| mount.owner == Owner::Other);
            used || unknown(&found.state) || backup && (failed || found.state == State::Broken)
        });
    let uncertain = spec.vpc == Vpc::Delete && spec.domain().is_some() && observed.vpcs.is_empty();
    data || uncertain
        || observed.file_systems.iter().any(|found| found.proof == Proof::Token)
        || observed.domains.values().any(|domain| *domain != Domain::Leaving)
        || observed.own_mounts().any(|mount| unknown(&mount.state))
        || observed.interfaces.iter().any(|found| found.holder == Holder::Other)
        || !observed.referrers.is_empty()
        || network.is_some_and(|network| network.default || !network.contents.others.is_empty())
}

proptest! {
    #[test]
    fn every_observation_comes_to_an_end(
        mut observed in observations(),
        storage in select(vec![Storage::Keep, Storage::Backup, Storage::Delete]),
        vpc in select(vec![Vpc::Keep, Vpc::Delete]),
        cuts in list(0_usize..5, MAX_STEPS),
        of_vpc in any::<bool>(),
    ) {
        let mut spec = spec(storage, vpc);
        if of_vpc {
            spec.target = Target::Vpc(VPC.to_owned());
            // What a domain has that is there is not among what is seen.
            observed.domains.retain(|_, domain| *domain == Domain::Leaving);
        }
        for (look, cut) in cuts.into_iter().enumerate() {
            match plan(&spec, &observed) {
                Plan::Done(_) => {
                    prop_assert!(observed.groups.is_empty() && observed.interfaces.is_empty());
                    prop_assert!(observed.own_mounts().next().is_none());
                    prop_assert!(storage == Storage::Keep || observed.proven().next().is_none());
                    prop_assert!(vpc == Vpc::Keep || observed.networks.is_empty());
                    return Ok(());
                }
                Plan::Stuck(why) => {
                    prop_assert!(is_blocked(&spec, &observed), "stuck without a reason: {why}");
                    return Ok(());
                }
                // Every third action is whole, so that luck alone does not keep the run from ending.
                Plan::Act(next, _) => act(&spec, &mut observed, &next, if look % 3 == 0 { usize::MAX } else { cut }),
                Plan::Wait(_) => {}
            }
            tick(&mut observed);
        }
        prop_assert!(false, "no end after {MAX_STEPS} looks: {observed:?}");
    }
}
