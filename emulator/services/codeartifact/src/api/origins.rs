//! Where the packages of a group may come from: modes by origin, and repositories that are allowed one by one.

use super::groups::shown;
use super::pages::paged;
use crate::CodeArtifact;
use crate::failure::invalid;
use crate::names::DomainId;
use crate::pattern;
use crate::store::{Domain, ORIGINS};
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Map, Value, json};

pub(super) fn update(service: &CodeArtifact, call: &Call) -> Answer {
    let input = &call.input;
    let id = DomainId::of(&service.context, input);
    let named = text(input, "packageGroup");
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    domain.group(&id, named)?;
    let modes: Vec<_> = input["restrictions"].as_object().into_iter().flatten().collect();
    if named == pattern::ROOT && modes.iter().any(|(_, mode)| *mode == "INHERIT") {
        return Err(invalid("The root package group has no parent to inherit from."));
    }
    let added = listed(&id, domain, &input["addAllowedRepositories"])?;
    let removed = listed(&id, domain, &input["removeAllowedRepositories"])?;
    let group = domain.group_mut(&id, named)?;
    for (origin, mode) in modes {
        if let Some(restriction) = group.restrictions.get_mut(origin.as_str()) {
            mode.as_str().unwrap_or_default().clone_into(&mut restriction.mode);
        }
    }
    let mut updates = Map::new();
    for (change, given) in [("ADDED", added), ("REMOVED", removed)] {
        for (origin, repository) in given {
            let Some(restriction) = group.restrictions.get_mut(origin) else { continue };
            let held = &mut restriction.repositories;
            let changed =
                if change == "ADDED" { held.insert(repository.clone()) } else { held.remove(&repository) };
            if changed {
                let told = updates.entry(origin).or_insert_with(|| json!({}));
                let before = told[change].as_array().cloned().unwrap_or_default();
                told[change] = before.into_iter().chain([repository.into()]).collect();
            }
        }
    }
    Ok(json!({"packageGroup": shown(&id, domain, named)?, "allowedRepositoryUpdates": updates}))
}

pub(super) fn list(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let store = service.store();
    let group = store.domain(&id)?.group(&id, text(&call.input, "packageGroup"))?;
    let allowed = group.restrictions.get(text(&call.input, "originRestrictionType"));
    let names = allowed.into_iter().flat_map(|restriction| &restriction.repositories);
    paged("allowedRepositories", names.map(|name| (name.clone(), name.clone().into())), &call.input)
}

/// The entries of a list of repositories: each with its origin, and a repository that is there.
fn listed(id: &DomainId, domain: &Domain, given: &Value) -> Result<Vec<(&'static str, String)>, Failure> {
    let entry = |one: &Value| {
        let (origin, name) = (text(one, "originRestrictionType"), text(one, "repositoryName"));
        let known = ORIGINS.into_iter().find(|known| *known == origin);
        let known =
            known.ok_or_else(|| invalid("Each allowed repository needs an originRestrictionType."))?;
        domain.repository(id, name)?;
        Ok((known, name.to_owned()))
    };
    given.as_array().into_iter().flatten().map(entry).collect()
}
