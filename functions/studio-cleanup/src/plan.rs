//! What to do next with a domain. Apps go first, then spaces, then user profiles, then, if it is asked for, the domain:
//! SageMaker refuses each while one of the kind before it is left. What needs the acknowledgement of a person
//! ([`crate::blocker`]) stops the run before anything is deleted. On each level what can be deleted is deleted; then
//! what stands in the way for good is told; only then is anything waited for.
//!
//! | SageMaker's status | of an app | of a space, a user profile or a domain |
//! |---|---|---|
//! | `InService` | deleted | deleted |
//! | `Pending` | waited for: only an app in service can be deleted | waited for |
//! | `Updating` | | waited for |
//! | `Deleting` | waited for | waited for |
//! | `Deleted` | never seen: gone | |
//! | `Failed` | ignored and reported: it cannot be deleted, and SageMaker deletes its owner all the same | deleted |
//! | `Update_Failed` | | deleted |
//! | `Delete_Failed` | | deleted again, unless it failed in the last ten minutes: then stuck, with the reason |
//! | any other | stuck | stuck |
//!
//! What is kept is not touched, whatever its status. A user profile that owns a kept space is kept too, because SageMaker
//! would refuse to delete it.

mod level;

use crate::blocker::blockers;
use crate::goal::Goal;
use crate::seen::{AppId, AppState, Profile, Seen, Space, State};
use level::Level;
use shared::step::{Left, Output, Plan, counted};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Deletions in one step: with eight at a time, a matter of seconds.
pub const AT_MOST: usize = 100;
/// Deleting an app takes minutes, now and then twenty.
const APPS_PAUSE: Duration = Duration::from_secs(15);
/// Deleting a space or a user profile takes seconds.
const PAUSE: Duration = Duration::from_secs(10);
/// The longest text of one output: four fit in what CloudFormation takes.
const OUTPUT: usize = 700;

/// Deletions of one kind, in one domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The domain's id.
    pub domain: String,
    /// What goes.
    pub batch: Batch,
}

/// What one move deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Apps.
    Apps(Vec<AppId>),
    /// Spaces, by name.
    Spaces(Vec<String>),
    /// User profiles, by name.
    Profiles(Vec<String>),
    /// The domain itself, without its file system.
    Domain,
}

/// `deleting 12 apps`.
impl fmt::Display for Move {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.batch {
            Batch::Apps(apps) => write!(out, "deleting {}", counted(apps.len(), APPS)),
            Batch::Spaces(names) => write!(out, "deleting {}", counted(names.len(), SPACES)),
            Batch::Profiles(names) => write!(out, "deleting {}", counted(names.len(), PROFILES)),
            Batch::Domain => write!(out, "deleting domain {}", self.domain),
        }
    }
}

pub(crate) const APPS: &str = "apps";
pub(crate) const SPACES: &str = "spaces";
pub(crate) const PROFILES: &str = "user profiles";
pub(crate) const DOMAINS: &str = "domains";

/// What is to be done about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can be deleted.
    Delete,
    /// It is on its way to something else: being deleted, or becoming deletable.
    Wait(&'static str),
    /// It cannot go without a person.
    Stuck(String),
    /// It blocks nothing.
    Ignore,
}

/// The treatment of an app, by its state.
pub(crate) fn of_app(id: &AppId, state: &AppState) -> Verdict {
    match state {
        AppState::Running => Verdict::Delete,
        AppState::Starting => Verdict::Wait("starting"),
        AppState::Leaving => Verdict::Wait("being deleted"),
        AppState::Failed => Verdict::Ignore,
        AppState::Unknown(status) => Verdict::Stuck(unknown(&id.to_string(), status)),
    }
}

/// The treatment of anything else. `what` names it: `space draft`.
pub(crate) fn of(what: &str, state: &State) -> Verdict {
    match state {
        State::Standing | State::Refused { recently: false, .. } => Verdict::Delete,
        State::Changing => Verdict::Wait("being changed"),
        State::Leaving => Verdict::Wait("being deleted"),
        State::Refused { recently: true, why } => {
            let why =
                why.as_deref().map(|why| why.trim_end_matches(['.', ' '])).filter(|why| !why.is_empty());
            let why = why.unwrap_or("it gives no reason");
            Verdict::Stuck(format!(
                "SageMaker could not delete {what}: {why}. Remove that cause, and start the clean-up again ten minutes after \
                 the failure."
            ))
        }
        State::Unknown(status) => Verdict::Stuck(unknown(what, status)),
    }
}

fn unknown(what: &str, status: &str) -> String {
    format!(
        "{what} has the status `{status}`, which this version does not know. Delete it in the SageMaker console, or take a \
         newer version, and start the clean-up again."
    )
}

/// The user profiles that stay because they own a kept space: each in lower case, with that space.
pub(crate) fn owners(goal: &Goal, seen: &Seen) -> BTreeMap<String, String> {
    let kept = seen.spaces.iter().filter(|space| goal.keeps_space(&space.name));
    kept.filter_map(|space| Some((space.owner.as_ref()?.to_ascii_lowercase(), space.name.clone()))).collect()
}

/// Whether a user profile stays, and why.
pub(crate) fn keeps(goal: &Goal, owners: &BTreeMap<String, String>, profile: &Profile) -> Option<String> {
    if goal.keeps_profile(&profile.name) {
        return Some("asked to be kept".to_owned());
    }
    let space = owners.get(&profile.name.to_ascii_lowercase())?;
    Some(format!("it owns space {space}, which is kept"))
}

/// The next move.
pub(crate) fn plan(goal: &Goal, seen: &Seen) -> Plan<Move> {
    next(goal, seen).unwrap_or_else(|| Plan::Done(output(goal, seen)))
}

/// The next move, or nothing when nothing is left to do.
pub(crate) fn next(goal: &Goal, seen: &Seen) -> Option<Plan<Move>> {
    let domain = seen.domain.as_ref().filter(|_| !goal.idle)?;
    let blockers = blockers(goal, seen);
    if !blockers.is_empty() {
        let sentences = blockers.iter().map(ToString::to_string).collect::<Vec<_>>();
        return Some(Plan::Stuck(format!("{}. Nothing more is deleted before that.", sentences.join(". "))));
    }
    let apps = apps(goal, seen);
    let spaces = spaces(goal, seen);
    let profiles = profiles(goal, seen);
    let kept = kept(goal, seen);
    let left = Left::new([
        (APPS, apps.left),
        (SPACES, spaces.left),
        (PROFILES, profiles.left),
        (DOMAINS, usize::from(goal.with_domain)),
    ]);
    let by = |batch| Move { domain: goal.domain.clone(), batch };
    apps.next(&left, APPS_PAUSE, |apps| by(Batch::Apps(apps)))
        .or_else(|| spaces.next(&left, PAUSE, |names| by(Batch::Spaces(names))))
        .or_else(|| profiles.next(&left, PAUSE, |names| by(Batch::Profiles(names))))
        .or_else(|| {
            let what = format!("domain {}", goal.domain);
            let all = goal.with_domain.then(|| ((), of(&what, &domain.state)));
            let level = Level::new(DOMAINS, all.into_iter(), |()| goal.domain.clone());
            match kept {
                Some(kept) if goal.with_domain => Some(Plan::Stuck(format!(
                    "domain {} cannot be deleted while {kept} is kept in it: keep the domain too, or keep nothing.",
                    goal.domain
                ))),
                _ => level.next(&left, APPS_PAUSE, |_| by(Batch::Domain)),
            }
        })
}

/// Whether an app stands in the way of what comes after apps.
pub(crate) fn apps_in_the_way(goal: &Goal, seen: &Seen) -> bool {
    apps(goal, seen).left > 0
}

/// Whether a space stands in the way of what comes after spaces.
pub(crate) fn spaces_in_the_way(goal: &Goal, seen: &Seen) -> bool {
    spaces(goal, seen).left > 0
}

fn apps(goal: &Goal, seen: &Seen) -> Level<AppId> {
    let go = seen.apps.iter().filter(|app| !goal.keeps_app(&app.id.owner));
    Level::new(APPS, go.map(|app| (app.id.clone(), of_app(&app.id, &app.state))), ToString::to_string)
}

fn spaces(goal: &Goal, seen: &Seen) -> Level<String> {
    let go = seen.spaces.iter().filter(|space| !goal.keeps_space(&space.name));
    let verdict = |space: &Space| of(&format!("space {}", space.name), &space.state);
    Level::new(SPACES, go.map(|space| (space.name.clone(), verdict(space))), String::clone)
}

fn profiles(goal: &Goal, seen: &Seen) -> Level<String> {
    let owners = owners(goal, seen);
    let go = seen.profiles.iter().filter(|profile| keeps(goal, &owners, profile).is_none());
    let verdict = |profile: &Profile| of(&format!("user profile {}", profile.name), &profile.state);
    Level::new(PROFILES, go.map(|profile| (profile.name.clone(), verdict(profile))), String::clone)
}

/// Something that is kept, by kind and name.
fn kept(goal: &Goal, seen: &Seen) -> Option<String> {
    let space = seen.spaces.iter().find(|space| goal.keeps_space(&space.name));
    let owners = owners(goal, seen);
    let profile = seen.profiles.iter().find(|profile| keeps(goal, &owners, profile).is_some());
    let space = space.map(|space| format!("space {}", space.name));
    space.or_else(|| profile.map(|profile| format!("user profile {}", profile.name)))
}

/// The same keys on every answer.
fn output(goal: &Goal, seen: &Seen) -> Output {
    const UNSEEN: &str = "not looked at";
    let failed = seen.apps.iter().filter(|app| app.state == AppState::Failed).map(|app| app.id.to_string());
    let unseen = goal.idle || seen.stays.is_some();
    let failed = if unseen { UNSEEN.to_owned() } else { listed(&failed.collect::<Vec<_>>()) };
    let report = |names: Option<&Result<Vec<String>, String>>| match names {
        None => UNSEEN.to_owned(),
        Some(Ok(names)) => listed(names),
        Some(Err(why)) => cut(&format!("unknown: {why}")),
    };
    let reports = seen.reports.as_ref();
    Output::from([
        ("DomainId".to_owned(), goal.domain.clone()),
        ("FailedApps".to_owned(), failed),
        ("TrackingServers".to_owned(), report(reports.map(|reports| &reports.tracking_servers))),
        ("RunningPipelines".to_owned(), report(reports.map(|reports| &reports.running_pipelines))),
    ])
}

/// `a, b and 3 more`, or `none`.
fn listed(names: &[String]) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        if text.len() + name.len() > OUTPUT {
            return format!("{text} and {} more", names.len() - at);
        }
        text.push_str(if at == 0 { "" } else { ", " });
        text.push_str(name);
    }
    if text.is_empty() { "none".to_owned() } else { text }
}

fn cut(text: &str) -> String {
    text.chars().take(OUTPUT / 4 * 3).collect()
}

#[cfg(test)]
mod tests;
