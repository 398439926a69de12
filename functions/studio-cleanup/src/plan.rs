//! What to do next with a domain. Apps go first, then spaces, then user profiles, then, if it is asked for, the domain:
//! SageMaker refuses each while one of the kind before it is left. What needs the acknowledgement of a person
//! ([`crate::blocker`]) stops the run before anything is deleted. On each level what can be deleted is deleted; then
//! what blocks for good is told; only then is anything waited for.
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
use crate::observation::{AppId, AppState, Observation, Profile, Space, State};
use crate::spec::Spec;
use level::Level;
use shared::reconcile::output::{Output, attributes};
use shared::reconcile::progress::{self, Remaining, Tracked};
use shared::reconcile::step::Plan;
use shared::text::{self, counted};
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
pub struct CleanupAction {
    /// The domain's id.
    pub domain: String,
    /// What goes.
    pub batch: Batch,
}

/// What one action deletes.
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
impl fmt::Display for CleanupAction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.targets() {
            (DOMAINS, _) => write!(out, "deleting domain {}", self.domain),
            (kind, names) => write!(out, "deleting {}", counted(names.len(), kind)),
        }
    }
}

impl CleanupAction {
    /// What is deleted: the kind, and the names.
    fn targets(&self) -> (&'static str, Vec<String>) {
        match &self.batch {
            Batch::Apps(apps) => (APPS, apps.iter().map(ToString::to_string).collect()),
            Batch::Spaces(names) => (SPACES, names.clone()),
            Batch::Profiles(names) => (PROFILES, names.clone()),
            Batch::Domain => (DOMAINS, vec![self.domain.clone()]),
        }
    }

    /// What is deleted, for the progress of the run.
    pub(crate) fn resources(&self) -> Vec<Tracked> {
        let (kind, names) = self.targets();
        Tracked::all(kind, names, &progress::State::ActedOn)
    }
}

pub(crate) const APPS: &str = "apps";
pub(crate) const SPACES: &str = "spaces";
pub(crate) const PROFILES: &str = "user profiles";
pub(crate) const DOMAINS: &str = "domains";

/// What is to be done about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// It can be deleted.
    Delete,
    /// It is on its way to something else: being deleted, or becoming deletable.
    Wait(progress::State),
    /// It cannot go without a person.
    Stuck(String),
    /// It blocks nothing.
    Ignore,
}

/// The treatment of an app, by its state.
pub(crate) fn of_app(id: &AppId, state: &AppState) -> Treatment {
    match state {
        AppState::Running => Treatment::Delete,
        AppState::Starting => Treatment::Wait(progress::State::Starting),
        AppState::Leaving => Treatment::Wait(progress::State::Deleting),
        AppState::Failed => Treatment::Ignore,
        AppState::Unknown(status) => Treatment::Stuck(unknown(&id.to_string(), status)),
    }
}

/// The treatment of anything else. `what` names it: `space draft`.
pub(crate) fn of(what: &str, state: &State) -> Treatment {
    match state {
        State::Standing | State::Refused { recently: false, .. } => Treatment::Delete,
        State::Changing => Treatment::Wait(progress::State::Changing),
        State::Leaving => Treatment::Wait(progress::State::Deleting),
        State::Refused { recently: true, why } => {
            let why =
                why.as_deref().map(|why| why.trim_end_matches(['.', ' '])).filter(|why| !why.is_empty());
            let why = why.unwrap_or("it gives no reason");
            Treatment::Stuck(format!(
                "SageMaker could not delete {what}: {why}. Remove that cause, and start the clean-up again ten minutes after \
                 the failure."
            ))
        }
        State::Unknown(status) => Treatment::Stuck(unknown(what, status)),
    }
}

fn unknown(what: &str, status: &str) -> String {
    format!(
        "{what} has the status `{status}`, which this version does not know. Delete it in the SageMaker console, or take a \
         newer version, and start the clean-up again."
    )
}

/// The user profiles that stay because they own a kept space: each in lower case, with that space.
pub(crate) fn owners(spec: &Spec, observed: &Observation) -> BTreeMap<String, String> {
    let kept = observed.spaces.iter().filter(|space| spec.keeps_space(&space.name));
    kept.filter_map(|space| Some((space.owner.as_ref()?.to_ascii_lowercase(), space.name.clone()))).collect()
}

/// Whether a user profile stays, and why.
pub(crate) fn keeps(spec: &Spec, owners: &BTreeMap<String, String>, profile: &Profile) -> Option<String> {
    if spec.keeps_profile(&profile.name) {
        return Some("asked to be kept".to_owned());
    }
    let space = owners.get(&profile.name.to_ascii_lowercase())?;
    Some(format!("it owns space {space}, which is kept"))
}

/// The next action.
pub(crate) fn plan(spec: &Spec, observed: &Observation) -> Plan<CleanupAction> {
    next(spec, observed).unwrap_or_else(|| Plan::Done(output(spec, observed)))
}

/// The next action, or nothing when nothing is left to do.
pub(crate) fn next(spec: &Spec, observed: &Observation) -> Option<Plan<CleanupAction>> {
    let domain = observed.domain.as_ref().filter(|_| !spec.idle)?;
    let blockers = blockers(spec, observed);
    if !blockers.is_empty() {
        let sentences = blockers.iter().map(ToString::to_string).collect::<Vec<_>>();
        return Some(Plan::Stuck(format!("{}. Nothing more is deleted before that.", sentences.join(". "))));
    }
    let apps = apps(spec, observed);
    let spaces = spaces(spec, observed);
    let profiles = profiles(spec, observed);
    let kept = kept(spec, observed);
    let remaining = Remaining::new([
        (APPS, apps.remaining),
        (SPACES, spaces.remaining),
        (PROFILES, profiles.remaining),
        (DOMAINS, usize::from(spec.with_domain)),
    ]);
    let by = |batch| CleanupAction { domain: spec.domain.clone(), batch };
    apps.next(&remaining, APPS_PAUSE, |apps| by(Batch::Apps(apps)))
        .or_else(|| spaces.next(&remaining, PAUSE, |names| by(Batch::Spaces(names))))
        .or_else(|| profiles.next(&remaining, PAUSE, |names| by(Batch::Profiles(names))))
        .or_else(|| {
            let what = format!("domain {}", spec.domain);
            let all = spec.with_domain.then(|| ((), of(&what, &domain.state)));
            let level = Level::new(DOMAINS, all.into_iter(), |()| spec.domain.clone());
            match kept {
                Some(kept) if spec.with_domain => Some(Plan::Stuck(format!(
                    "domain {} cannot be deleted while {kept} is kept in it: keep the domain too, or keep nothing.",
                    spec.domain
                ))),
                _ => level.next(&remaining, APPS_PAUSE, |_| by(Batch::Domain)),
            }
        })
}

/// Whether an app blocks what comes after apps.
pub(crate) fn apps_remain(spec: &Spec, observed: &Observation) -> bool {
    apps(spec, observed).remaining > 0
}

/// Whether a space blocks what comes after spaces.
pub(crate) fn spaces_remain(spec: &Spec, observed: &Observation) -> bool {
    spaces(spec, observed).remaining > 0
}

fn apps(spec: &Spec, observed: &Observation) -> Level<AppId> {
    let go = observed.apps.iter().filter(|app| !spec.keeps_app(&app.id.owner));
    Level::new(APPS, go.map(|app| (app.id.clone(), of_app(&app.id, &app.state))), ToString::to_string)
}

fn spaces(spec: &Spec, observed: &Observation) -> Level<String> {
    let go = observed.spaces.iter().filter(|space| !spec.keeps_space(&space.name));
    let treatment = |space: &Space| of(&format!("space {}", space.name), &space.state);
    Level::new(SPACES, go.map(|space| (space.name.clone(), treatment(space))), String::clone)
}

fn profiles(spec: &Spec, observed: &Observation) -> Level<String> {
    let owners = owners(spec, observed);
    let go = observed.profiles.iter().filter(|profile| keeps(spec, &owners, profile).is_none());
    let treatment = |profile: &Profile| of(&format!("user profile {}", profile.name), &profile.state);
    Level::new(PROFILES, go.map(|profile| (profile.name.clone(), treatment(profile))), String::clone)
}

/// Something that is kept, by kind and name.
fn kept(spec: &Spec, observed: &Observation) -> Option<String> {
    let space = observed.spaces.iter().find(|space| spec.keeps_space(&space.name));
    let owners = owners(spec, observed);
    let profile = observed.profiles.iter().find(|profile| keeps(spec, &owners, profile).is_some());
    let space = space.map(|space| format!("space {}", space.name));
    space.or_else(|| profile.map(|profile| format!("user profile {}", profile.name)))
}

/// The same keys on every answer.
fn output(spec: &Spec, observed: &Observation) -> Output {
    const NOT_OBSERVED: &str = "not looked at";
    let failed =
        observed.apps.iter().filter(|app| app.state == AppState::Failed).map(|app| app.id.to_string());
    let not_observed = spec.idle || observed.stays.is_some();
    let failed = if not_observed { NOT_OBSERVED.to_owned() } else { listed(&failed.collect::<Vec<_>>()) };
    let report = |names: Option<&Result<Vec<String>, String>>| match names {
        None => NOT_OBSERVED.to_owned(),
        Some(Ok(names)) => listed(names),
        Some(Err(why)) => text::truncate_chars(&format!("unknown: {why}"), OUTPUT / 4 * 3),
    };
    let reports = observed.reports.as_ref();
    attributes([
        ("DomainId", spec.domain.clone()),
        ("FailedApps", failed),
        ("TrackingServers", report(reports.map(|reports| &reports.tracking_servers))),
        ("RunningPipelines", report(reports.map(|reports| &reports.running_pipelines))),
    ])
}

/// The names that fit into an output, or `none`.
fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { text::list_in_bytes(names, OUTPUT) }
}

#[cfg(test)]
mod tests;
