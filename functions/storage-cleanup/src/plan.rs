//! Decides the next action. Data is deleted only when that was asked for, and after its backup if one was; a VPC only when
//! nothing of others is in it; and nothing at all while anything needs a person, such as a domain that still exists.

mod actions;
mod network;

pub use actions::{CleanupAction, Order};

use crate::blockers::blockers;
use crate::observation::{Domain, FileSystem, Holder, Interface, Observation, Outcome, Owner, Scope, State};
use crate::spec::{Spec, Storage, Target, Vpc};
use shared::reconcile::output::{Output, attributes};
use shared::reconcile::progress::{self, Remaining, Tracked, Waiting};
use shared::reconcile::step::Plan;
use shared::text;
use std::time::Duration;

/// The keys of every answer: ids of file systems that stay, separated by commas.
pub const OUTPUT: &[&str] = &["FileSystemsKept"];

/// Between looks at what AWS does within a minute or two.
const SOON: Duration = Duration::from_secs(10);
/// Between looks at a backup, which takes as long as there is data.
const LATER: Duration = Duration::from_mins(1);
/// How many things a sentence names.
const NAMED: usize = 5;

/// The next action for this spec and observation.
#[must_use]
pub fn plan(spec: &Spec, observed: &Observation) -> Plan<CleanupAction> {
    let spec = &spec.within(observed.scope);
    // After a rollback a domain that exists does not block: it belongs to others, or its own stack lives on.
    let lives = || spec.domain().is_some_and(|id| matches!(observed.domains.get(id), Some(Domain::There(_))));
    if spec.target == Target::Nothing || observed.scope == Scope::Network && lives() {
        return Plan::Done(output(&Observation::default()));
    }
    leaving(spec, observed)
        .or_else(|| blocked(spec, observed))
        .or_else(|| network::tags(spec, observed))
        .or_else(|| mount_targets(spec, observed))
        .or_else(|| file_systems(spec, observed))
        .or_else(|| groups(spec, observed))
        .or_else(|| network::contents(spec, observed))
        .unwrap_or_else(|| Plan::Done(output(observed)))
}

/// What a domain that is being deleted has says nothing yet about what it leaves behind.
fn leaving(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let leaving = observed.domains.iter().filter(|(_, domain)| **domain == Domain::Leaving).map(|(id, _)| id);
    wait(spec, observed, Tracked::all("domains", leaving.cloned(), &progress::State::Deleting), SOON)
}

/// Everything that needs a person is told before anything is deleted, or before anything more is.
fn blocked(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let told = blockers(spec, observed).into_iter();
    let told: Vec<_> =
        told.map(|found| format!("{} {}: {}", found.kind, shortened(&found.names), found.reason)).collect();
    (!told.is_empty()).then(|| {
        Plan::Stuck(format!("nothing more is deleted until a person has seen to this: {}", told.join("; ")))
    })
}

fn mount_targets(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let (mut standing, mut waits) = (Vec::new(), Vec::new());
    let tracked = |id: &str, state: &progress::State| Tracked::all("mount targets", [id], state);
    for mount in observed.own_mounts() {
        match (&mount.state, mount.owner) {
            (State::Leaving, _) => waits.extend(tracked(&mount.id, &progress::State::Deleting)),
            // AWS accepts the deletion of a mount target in every one of these states.
            (State::Up | State::Busy | State::Broken, Owner::Domain) => standing.push(mount.id.clone()),
            _ => waits.extend(tracked(&mount.id, &progress::State::InterfaceNotListed)),
        }
    }
    if !standing.is_empty() {
        return Some(Plan::Act(CleanupAction::DeleteMountTargets(standing), remaining(spec, observed)));
    }
    waits.sort_by(|one, other| one.state.cmp(&other.state));
    wait(spec, observed, waits, SOON)
}

/// What to do with one file system.
enum Next {
    Start(Order),
    Delete(Option<String>),
    Wait(progress::State, Duration),
}

fn file_systems(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    if spec.storage == Storage::Keep {
        return None;
    }
    let (mut start, mut delete, mut waits, mut pause) = (vec![], vec![], vec![], LATER);
    for file_system in observed.proven() {
        match next(spec.storage, file_system) {
            Next::Start(order) => start.push(order),
            Next::Delete(point) => delete.push((file_system.id.clone(), point)),
            Next::Wait(state, time) => {
                waits.extend(Tracked::all("file systems", [&*file_system.id], &state));
                pause = pause.min(time);
            }
        }
    }
    if !start.is_empty() {
        return Some(Plan::Act(CleanupAction::StartBackups(start), remaining(spec, observed)));
    }
    if !delete.is_empty() {
        return Some(Plan::Act(CleanupAction::DeleteFileSystems(delete), remaining(spec, observed)));
    }
    wait(spec, observed, waits, pause)
}

/// `error` is what AWS calls a file system whose key is lost, for example: it can be deleted, and that was asked for. What
/// needs a person is among the blockers.
fn next(storage: Storage, file_system: &FileSystem) -> Next {
    let FileSystem { id, arn, state, backup, .. } = file_system;
    match (state, storage, backup.as_ref().map(|backup| &backup.outcome)) {
        (State::Leaving, ..) => Next::Wait(progress::State::Deleting, SOON),
        (State::Busy | State::Unknown(_), ..) => Next::Wait(progress::State::Changing, SOON),
        (_, Storage::Backup, Some(Outcome::Made(point))) => Next::Delete(Some(point.clone())),
        (_, Storage::Backup, Some(Outcome::Running { percent, bytes })) => {
            let (percent, bytes) = (percent.clone(), *bytes);
            Next::Wait(progress::State::BackingUp { percent, bytes }, LATER)
        }
        (State::Up | State::Broken, Storage::Backup, _) => Next::Start(Order {
            file_system: id.clone(),
            arn: arn.clone(),
            after: backup.as_ref().map(|backup| backup.job.clone()),
        }),
        (State::Up | State::Broken, Storage::Delete | Storage::Keep, _) => Next::Delete(None),
    }
}

fn groups(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    if observed.groups.is_empty() {
        return None;
    }
    let rules: Vec<_> = observed.groups.iter().filter(|group| group.has_rules()).cloned().collect();
    if !rules.is_empty() {
        return Some(Plan::Act(CleanupAction::RevokeRules(rules), remaining(spec, observed)));
    }
    if let Some(plan) = interfaces(spec, observed, &observed.interfaces) {
        return Some(plan);
    }
    // A group of the VPC that is deleted as well loses its rules first: all groups together, with the VPC.
    let ids = || observed.groups.iter().map(|group| group.id.clone()).collect();
    observed
        .referrers
        .is_empty()
        .then(|| Plan::Act(CleanupAction::DeleteGroups(ids()), remaining(spec, observed)))
}

/// Network interfaces that hold something else: those that nobody uses are deleted, the others are waited for.
fn interfaces(spec: &Spec, observed: &Observation, interfaces: &[Interface]) -> Option<Plan<CleanupAction>> {
    let held_by = |holder: Holder| interfaces.iter().filter(move |found| found.holder == holder);
    let free: Vec<_> = held_by(Holder::Nobody).map(|found| found.id.clone()).collect();
    if !free.is_empty() {
        return Some(Plan::Act(CleanupAction::DeleteInterfaces(free), remaining(spec, observed)));
    }
    let ids = interfaces.iter().map(|found| found.id.as_str());
    wait(spec, observed, Tracked::all("network interfaces", ids, &progress::State::RemovedByAws), SOON)
}

/// Nothing to wait for is no wait.
fn wait(
    spec: &Spec,
    observed: &Observation,
    resources: Vec<Tracked>,
    pause: Duration,
) -> Option<Plan<CleanupAction>> {
    Waiting::for_aws(resources, remaining(spec, observed), pause).map(Plan::Wait)
}

/// The first few, and how many more.
pub(crate) fn shortened<T: ToString>(names: &[T]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    text::list(&names, NAMED)
}

/// What is left to do, in the order in which it goes.
fn remaining(spec: &Spec, observed: &Observation) -> Remaining {
    let going = |count: usize| if spec.storage == Storage::Keep { 0 } else { count };
    let mut counts = vec![
        ("mount targets", observed.own_mounts().count()),
        ("file systems", going(observed.proven().count())),
        ("network interfaces", observed.interfaces.len()),
        ("security groups", observed.groups.len()),
    ];
    if spec.vpc == Vpc::Delete {
        counts.extend(network::remaining(observed));
    }
    Remaining::new(counts)
}

fn output(observed: &Observation) -> Output {
    let kept: Vec<_> = observed.file_systems.iter().map(|file_system| file_system.id.as_str()).collect();
    attributes(OUTPUT.iter().map(|key| (*key, kept.join(", "))))
}

#[cfg(test)]
mod converges;
#[cfg(test)]
mod tests;
