//! Decides the next move. Data goes only when that was asked for, and after its backup if one was; a VPC goes only when
//! nothing of others is in it; and nothing at all goes while its domain is there.

mod moves;
mod network;

pub use moves::{Move, Order};

use crate::goal::{Goal, Storage, Target, Vpc};
use crate::inventory::size;
use crate::seen::{Domain, FileSystem, Holder, Interface, Outcome, Seen, State};
use shared::step::{Left, Output, Plan, Waiting, counted};
use std::time::Duration;

/// The keys of every answer: ids of file systems that stay, separated by commas.
pub const OUTPUT: &[&str] = &["FileSystemsKept"];

/// Between looks at what AWS does within a minute or two.
const SOON: Duration = Duration::from_secs(10);
/// Between looks at a backup, which takes as long as there is data.
const LATER: Duration = Duration::from_mins(1);
/// How many things a sentence names.
const NAMED: usize = 5;

/// The next move for this goal in this world.
#[must_use]
pub fn plan(goal: &Goal, seen: &Seen) -> Plan<Move> {
    if goal.target == Target::Nothing {
        return Plan::Done(output(&Seen::default()));
    }
    domains(goal, seen)
        .or_else(|| vault(seen))
        .or_else(|| network::marks(goal, seen))
        .or_else(|| mount_targets(goal, seen))
        .or_else(|| file_systems(goal, seen))
        .or_else(|| groups(goal, seen))
        .or_else(|| network::contents(goal, seen))
        .unwrap_or_else(|| Plan::Done(output(seen)))
}

/// A domain that is there keeps all that is its own.
fn domains(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    if let Target::Domain(id) = &goal.target
        && let Some(Domain::There(status)) = seen.domains.get(id)
    {
        return Some(Plan::Stuck(format!(
            "domain {id} is still there ({status}): delete it first; nothing of it was touched"
        )));
    }
    let leaving = seen.domains.iter().filter(|(_, domain)| **domain == Domain::Leaving).map(|(id, _)| id);
    let on: Vec<_> = leaving.map(|id| format!("domain {id}, which is being deleted")).collect();
    wait(goal, seen, &on, SOON)
}

/// Without a place for the backup nothing is begun.
fn vault(seen: &Seen) -> Option<Plan<Move>> {
    seen.no_vault.as_ref().map(|name| {
        Plan::Stuck(format!(
            "there is no backup vault {name} in this Region: make it, or name another; nothing was touched"
        ))
    })
}

fn mount_targets(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    let mounts = || seen.file_systems.iter().flat_map(|file_system| &file_system.mounts);
    let mut standing = Vec::new();
    for mount in mounts() {
        match &mount.state {
            // AWS takes the deletion of a mount target in every one of these states.
            State::Up | State::Busy | State::Broken => standing.push(mount.id.clone()),
            State::Leaving => {}
            State::Unknown(word) => return Some(unknown("mount target", &mount.id, word)),
        }
    }
    if !standing.is_empty() {
        return Some(Plan::Move(Move::DeleteMountTargets(standing), left(goal, seen)));
    }
    let leaving = mounts().count();
    let on = (leaving > 0).then(|| format!("{} being deleted", counted(leaving, "mount targets")));
    wait(goal, seen, on.as_slice(), SOON)
}

/// What to do with one file system.
enum Fate {
    Start(Order),
    Delete(Option<String>),
    Wait(String, Duration),
    Stuck(String),
}

fn file_systems(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    if goal.storage == Storage::Keep {
        return None;
    }
    let (mut start, mut delete, mut waits, mut stuck, mut pause) = (vec![], vec![], vec![], vec![], LATER);
    for file_system in &seen.file_systems {
        match fate(goal.storage, file_system) {
            Fate::Start(order) => start.push(order),
            Fate::Delete(point) => delete.push((file_system.id.clone(), point)),
            Fate::Stuck(why) => stuck.push(why),
            Fate::Wait(on, time) => {
                waits.push(on);
                pause = pause.min(time);
            }
        }
    }
    // What can go on goes on, before a person is told of what cannot.
    if !start.is_empty() {
        return Some(Plan::Move(Move::StartBackups(start), left(goal, seen)));
    }
    if !delete.is_empty() {
        return Some(Plan::Move(Move::DeleteFileSystems(delete), left(goal, seen)));
    }
    if !stuck.is_empty() {
        return Some(Plan::Stuck(stuck.join("; ")));
    }
    wait(goal, seen, &waits, pause)
}

/// `error` is what AWS calls a file system whose key is lost, for example: it can be deleted, and that was asked for, but
/// not be read for a backup.
fn fate(storage: Storage, file_system: &FileSystem) -> Fate {
    let FileSystem { id, arn, state, backup, .. } = file_system;
    match (state, storage, backup.as_ref().map(|backup| &backup.outcome)) {
        (State::Unknown(word), ..) => Fate::Stuck(unknown_state("file system", id, word)),
        (State::Leaving, ..) => Fate::Wait(format!("file system {id}, which is being deleted"), SOON),
        (State::Busy, ..) => Fate::Wait(format!("file system {id}, which AWS is changing"), SOON),
        (_, Storage::Backup, Some(Outcome::Made(point))) => Fate::Delete(Some(point.clone())),
        (_, Storage::Backup, Some(Outcome::Running { percent, bytes })) => {
            let so_far = size(*bytes);
            Fate::Wait(format!("the backup of file system {id}, {percent} % done, {so_far} so far"), LATER)
        }
        (_, Storage::Backup, Some(Outcome::Failed { why, just_now: true })) => Fate::Stuck(format!(
            "the backup of file system {id} failed: {why}; see to that and ask again, or ask for Storage keep"
        )),
        (State::Broken, Storage::Backup, _) => Fate::Stuck(format!(
            "file system {id} is in the state error, in which AWS Backup cannot read it: ask for Storage keep or delete"
        )),
        (State::Up, Storage::Backup, _) => Fate::Start(Order {
            file_system: id.clone(),
            arn: arn.clone(),
            after: backup.as_ref().map(|backup| backup.job.clone()),
        }),
        (State::Up | State::Broken, Storage::Delete | Storage::Keep, _) => Fate::Delete(None),
    }
}

fn groups(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    if seen.groups.is_empty() {
        return None;
    }
    let rules: Vec<_> = seen.groups.iter().filter(|group| group.has_rules()).cloned().collect();
    if !rules.is_empty() {
        return Some(Plan::Move(Move::RevokeRules(rules), left(goal, seen)));
    }
    if let Some(plan) = interfaces(goal, seen, &seen.interfaces) {
        return Some(plan);
    }
    // A group of the VPC that goes as well loses its rules, and then goes: all groups together, with the VPC.
    let ours = |group: &str| seen.networks.iter().any(|network| network.contents.has_group(group));
    let others: Vec<_> = seen.referrers.iter().filter(|(from, _)| !ours(from)).collect();
    if others.is_empty() {
        let ids = || seen.groups.iter().map(|group| group.id.clone()).collect();
        let alone = seen.referrers.is_empty();
        return alone.then(|| Plan::Move(Move::DeleteGroups(ids()), left(goal, seen)));
    }
    let named = others.into_iter().map(|(from, to)| format!("{from} to {to}")).collect::<Vec<_>>();
    Some(Plan::Stuck(format!(
        "security groups of others have rules that refer to those that are to go ({}): remove these rules",
        shortened(&named)
    )))
}

/// Network interfaces that keep something else from going: those that nobody has go, the others are waited for or told.
fn interfaces(goal: &Goal, seen: &Seen, interfaces: &[Interface]) -> Option<Plan<Move>> {
    let held_by = |holder: Holder| interfaces.iter().filter(move |found| found.holder == holder);
    let free: Vec<_> = held_by(Holder::Nobody).map(|found| found.id.clone()).collect();
    if !free.is_empty() {
        return Some(Plan::Move(Move::DeleteInterfaces(free), left(goal, seen)));
    }
    let others: Vec<_> = held_by(Holder::Other).map(Interface::named).collect();
    if !others.is_empty() {
        return Some(Plan::Stuck(format!(
            "network interfaces of others use what is to go: {}; detach or delete them",
            shortened(&others)
        )));
    }
    let count = interfaces.len();
    let on =
        (count > 0).then(|| format!("{} that AWS removes by itself", counted(count, "network interfaces")));
    wait(goal, seen, on.as_slice(), SOON)
}

/// Nothing to wait for is no wait.
fn wait(goal: &Goal, seen: &Seen, on: &[String], pause: Duration) -> Option<Plan<Move>> {
    let on = shortened(on);
    (!on.is_empty()).then(|| Plan::Wait(Waiting { on, left: left(goal, seen), pause }))
}

fn unknown(kind: &str, id: &str, word: &str) -> Plan<Move> {
    Plan::Stuck(unknown_state(kind, id, word))
}

fn unknown_state(kind: &str, id: &str, word: &str) -> String {
    format!("{kind} {id} is in the state {word:?}, which is not known here: look at it in the console")
}

/// The first few, and how many more.
fn shortened(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let shown = names[..names.len() - more].join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// What is left to do, in the order in which it goes.
fn left(goal: &Goal, seen: &Seen) -> Left {
    let going = |count: usize| if goal.storage == Storage::Keep { 0 } else { count };
    let mounts = seen.file_systems.iter().map(|file_system| file_system.mounts.len()).sum();
    let mut counts = vec![
        ("mount targets", mounts),
        ("file systems", going(seen.file_systems.len())),
        ("network interfaces", seen.interfaces.len()),
        ("security groups", seen.groups.len()),
    ];
    if goal.vpc == Vpc::Delete {
        counts.extend(network::left(seen));
    }
    Left::new(counts)
}

fn output(seen: &Seen) -> Output {
    let kept: Vec<_> = seen.file_systems.iter().map(|file_system| file_system.id.as_str()).collect();
    OUTPUT.iter().map(|key| ((*key).to_owned(), kept.join(", "))).collect()
}

#[cfg(test)]
mod converges;
#[cfg(test)]
mod tests;
