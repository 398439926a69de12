//! What a run will do to a domain, as a table for people.

use crate::blocker::{Blocker, blockers};
use crate::observation::{AppState, Domain, Observation, Reports, Space};
use crate::plan::{self, Treatment};
use crate::spec::Spec;
use shared::reconcile::inventory::{Item, Name, PlannedAction};

/// The table, in the order in which things go. Nothing for a domain that does not exist. It is complete only when the spec
/// asked for the whole picture ([`Spec::observing_everything`]).
#[must_use]
pub fn inventory(spec: &Spec, observed: &Observation) -> Vec<Item> {
    let Some(domain) = &observed.domain else {
        return Vec::new();
    };
    let mut items = Vec::new();
    let apps = || observed.apps.iter().filter(|app| app.state != AppState::Failed);
    let go = apps().filter(|app| !spec.keeps_app(&app.id.owner));
    let go = go.map(|app| (app.id.to_string(), plan::of_app(&app.id, &app.state)));
    going(&mut items, plan::APPS, go, "a space or user profile with a running app cannot be deleted");
    let kept = apps().filter(|app| spec.keeps_app(&app.id.owner)).map(|app| app.id.to_string());
    group(
        &mut items,
        plan::APPS,
        kept.collect::<Vec<_>>(),
        PlannedAction::Keep,
        "its space or user profile is kept",
    );
    let failed =
        observed.apps.iter().filter(|app| app.state == AppState::Failed).map(|app| app.id.to_string());
    let reason = "failed apps cannot be deleted; SageMaker removes them with their space or user profile";
    group(&mut items, plan::APPS, failed.collect::<Vec<_>>(), PlannedAction::Report, reason);
    spaces(&mut items, spec, observed);

    let owners = plan::owners(spec, observed);
    let stays = |profile| plan::keeps(spec, &owners, profile);
    let go = observed.profiles.iter().filter(|profile| stays(profile).is_none()).map(|profile| {
        let treatment = plan::of(&format!("user profile {}", profile.name), &profile.state);
        (profile.name.clone(), treatment)
    });
    let reason = "a domain with user profiles cannot be deleted; home directories stay on the file system of the domain";
    going(&mut items, plan::PROFILES, go, reason);
    for profile in &observed.profiles {
        if let Some(reason) = stays(profile) {
            group(&mut items, plan::PROFILES, vec![profile.name.clone()], PlannedAction::Keep, &reason);
        }
    }

    itself(&mut items, spec, observed, domain);
    if let Some(reports) = &observed.reports {
        told(&mut items, reports);
    }
    items
}

/// The spaces. One with a volume is told with its size, and is blocked while nobody accepted its loss.
fn spaces(items: &mut Vec<Item>, spec: &Spec, observed: &Observation) {
    let blockers = blockers(spec, observed);
    let blocked = |name: &str| {
        let mut volumes = blockers.iter();
        volumes.any(|blocker| matches!(blocker, Blocker::Volume { space, .. } if space == name))
    };
    let (kept, go): (Vec<_>, Vec<_>) =
        observed.spaces.iter().partition(|space| spec.keeps_space(&space.name));
    let (blocked, go): (Vec<_>, Vec<_>) = go.into_iter().partition(|space| blocked(&space.name));
    let reason = "the EBS volume of a space is deleted with it: copy what is needed, or accept the loss with \
                  --delete-space-storage (DeleteSpaceStorage)";
    let blocked = blocked.into_iter().map(named).collect::<Vec<_>>();
    group(items, plan::SPACES, blocked, PlannedAction::Blocked, reason);
    let (stored, go): (Vec<_>, Vec<_>) = go.into_iter().partition(|space| space.volume.is_some());
    for (spaces, reason) in [
        (stored, "with their EBS volumes and all that is stored there"),
        (go, "a user profile that owns a space cannot be deleted"),
    ] {
        let spaces = spaces.into_iter().map(|space| {
            let treatment = plan::of(&format!("space {}", space.name), &space.state);
            (named(space), treatment)
        });
        going(items, plan::SPACES, spaces, reason);
    }
    let kept = kept.into_iter().map(named).collect::<Vec<_>>();
    group(items, plan::SPACES, kept, PlannedAction::Keep, "asked to be kept");
}

/// `thesis (100 GB)`, or just the name where there is no volume.
fn named(space: &Space) -> Name {
    Name { id: space.name.clone(), note: space.volume.map(|gigabytes| format!("{gigabytes} GB")) }
}

/// The domain itself.
fn itself(items: &mut Vec<Item>, spec: &Spec, observed: &Observation, domain: &Domain) {
    let name = spec.domain.clone();
    let mut projects =
        blockers(spec, observed).into_iter().filter(|it| matches!(it, Blocker::Project { .. }));
    if let Some(blocker) = projects.next() {
        group(items, plan::DOMAINS, vec![name], PlannedAction::Blocked, &blocker.to_string());
    } else if spec.with_domain {
        let treatment = plan::of(&format!("domain {name}"), &domain.state);
        let reason = match &domain.file_system {
            Some(id) => format!("after all that is in it; its file system {id} is not deleted with it"),
            None => "after all that is in it; it has no file system".to_owned(),
        };
        going(items, plan::DOMAINS, std::iter::once((name, treatment)), &reason);
    } else {
        group(items, plan::DOMAINS, vec![name], PlannedAction::Keep, "only its contents are deleted");
    }
}

/// Things that go, and those among them that cannot.
fn going(
    items: &mut Vec<Item>,
    kind: &'static str,
    things: impl Iterator<Item = (impl Into<Name>, Treatment)>,
    reason: &str,
) {
    let (mut names, mut blocking) = (Vec::<Name>::new(), Vec::new());
    for (name, treatment) in things {
        match treatment {
            Treatment::Stuck(reason) => {
                blocking.push(Item {
                    kind,
                    names: vec![name.into()],
                    action: PlannedAction::Blocked,
                    reason,
                });
            }
            _ => names.push(name.into()),
        }
    }
    group(items, kind, names, PlannedAction::Delete, reason);
    items.append(&mut blocking);
}

/// One line, unless it would be empty. A line of the same kind, action and reason takes further names.
fn group<T: Into<Name>>(
    items: &mut Vec<Item>,
    kind: &'static str,
    names: Vec<T>,
    action: PlannedAction,
    reason: &str,
) {
    let mut names: Vec<Name> = names.into_iter().map(Into::into).collect();
    if names.is_empty() {
        return;
    }
    match items.iter_mut().find(|item| item.kind == kind && item.action == action && item.reason == reason) {
        Some(item) => item.names.append(&mut names),
        None => items.push(Item { kind, names, action, reason: reason.to_owned() }),
    }
}

/// What goes on without the domain; also when nobody could look.
fn told(items: &mut Vec<Item>, reports: &Reports) {
    let servers = "they outlive the domain and go on costing money: delete them if nobody needs them";
    let pipelines =
        "they go on running and may write to what is deleted here: stop them if nobody waits for them";
    for (kind, found, meaning) in [
        ("tracking servers", &reports.tracking_servers, servers),
        ("running pipelines", &reports.running_pipelines, pipelines),
    ] {
        match found {
            Ok(names) => group(items, kind, names.clone(), PlannedAction::Report, meaning),
            Err(reason) => items.push(Item {
                kind,
                names: Vec::new(),
                action: PlannedAction::Report,
                reason: reason.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
