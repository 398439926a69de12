//! What a run will do to a domain, as a table for people.

use crate::goal::Goal;
use crate::plan::{self, Verdict};
use crate::seen::{AppState, Reports, Seen};
use shared::inventory::{CleanupAction, Item};

/// The table, in the order in which things go. Nothing for a domain that does not exist. It is whole only when the goal
/// asked for the whole picture ([`Goal::seen_whole`]).
#[must_use]
pub fn inventory(goal: &Goal, seen: &Seen) -> Vec<Item> {
    let Some(domain) = &seen.domain else {
        return Vec::new();
    };
    let mut items = Vec::new();
    let apps = seen.apps.iter().filter(|app| app.state != AppState::Failed);
    let apps = apps.map(|app| (app.id.to_string(), plan::of_app(&app.id, &app.state)));
    going(&mut items, plan::APPS, apps, "a space or user profile with a running app cannot be deleted");
    let failed = seen.apps.iter().filter(|app| app.state == AppState::Failed).map(|app| app.id.to_string());
    let reason = "failed apps cannot be deleted; they go with their owner and are in nobody's way";
    group(&mut items, plan::APPS, failed.collect(), CleanupAction::Report, reason);

    let (kept, go): (Vec<_>, Vec<_>) = seen.spaces.iter().partition(|space| goal.keeps_space(&space.name));
    let go = go.into_iter().map(|space| {
        let verdict = plan::of(&format!("space {}", space.name), &space.state);
        (space.name.clone(), verdict)
    });
    going(&mut items, plan::SPACES, go, "a user profile that owns a space cannot be deleted");
    let kept = kept.into_iter().map(|space| space.name.clone()).collect();
    group(&mut items, plan::SPACES, kept, CleanupAction::Keep, "asked to be kept");

    let owners = plan::owners(goal, seen);
    let stays = |profile| plan::keeps(goal, &owners, profile);
    let go = seen.profiles.iter().filter(|profile| stays(profile).is_none()).map(|profile| {
        let verdict = plan::of(&format!("user profile {}", profile.name), &profile.state);
        (profile.name.clone(), verdict)
    });
    let reason = "a domain with user profiles cannot be deleted; home directories stay on its file system";
    going(&mut items, plan::PROFILES, go, reason);
    for profile in &seen.profiles {
        if let Some(reason) = stays(profile) {
            group(&mut items, plan::PROFILES, vec![profile.name.clone()], CleanupAction::Keep, &reason);
        }
    }

    let name = goal.domain.clone();
    if goal.with_domain {
        let files = domain.file_system.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let verdict = plan::of(&format!("domain {name}"), &domain.state);
        let reason =
            format!("everything in it is gone by then; its file system{files} is not deleted with it");
        going(&mut items, plan::DOMAINS, std::iter::once((name, verdict)), &reason);
    } else {
        group(&mut items, plan::DOMAINS, vec![name], CleanupAction::Keep, "only what is in it was asked for");
    }
    if let Some(reports) = &seen.reports {
        told(&mut items, reports);
    }
    items
}

/// Things that go, and those among them that cannot.
fn going(
    items: &mut Vec<Item>,
    kind: &'static str,
    things: impl Iterator<Item = (String, Verdict)>,
    reason: &str,
) {
    let (mut names, mut blocking) = (Vec::new(), Vec::new());
    for (name, verdict) in things {
        match verdict {
            Verdict::Stuck(reason) => {
                blocking.push(Item { kind, names: vec![name], action: CleanupAction::Blocked, reason });
            }
            _ => names.push(name),
        }
    }
    group(items, kind, names, CleanupAction::Delete, reason);
    items.append(&mut blocking);
}

/// One line, unless it would be empty. A line of the same kind, action and reason takes further names.
fn group(
    items: &mut Vec<Item>,
    kind: &'static str,
    mut names: Vec<String>,
    action: CleanupAction,
    reason: &str,
) {
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
            Ok(names) => group(items, kind, names.clone(), CleanupAction::Report, meaning),
            Err(reason) => items.push(Item {
                kind,
                names: Vec::new(),
                action: CleanupAction::Report,
                reason: reason.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
