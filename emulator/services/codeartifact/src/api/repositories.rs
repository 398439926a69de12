//! Operations on repositories.

use super::SHAPES;
use super::pages::paged;
use super::tags::merged;
use crate::CodeArtifact;
use crate::failure::{conflict, invalid, too_many};
use crate::names::DomainId;
use crate::store::{Domain, Repository, Tags, seconds};
use emulator_core::{Answer, Call, Failure, present, text};
use serde_json::{Value, json};

/// AWS's quotas: repositories of a domain, direct upstreams of a repository.
const MOST: usize = 1000;
const MOST_UPSTREAMS: usize = 10;

pub(super) fn create(service: &CodeArtifact, call: &Call) -> Answer {
    let input = &call.input;
    let id = DomainId::of(&service.context, input);
    let name = text(input, "repository");
    let tags = merged(Tags::new(), &input["tags"])?;
    let now = service.now();
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    if domain.repositories.contains_key(name) {
        return Err(conflict(format!("Repository '{name}' in domain '{}' already exists.", id.name)));
    }
    if domain.repositories.len() >= MOST {
        return Err(too_many(format!("The domain has {MOST} repositories, which is its quota.")));
    }
    let upstreams = upstreams(&id, domain, name, &input["upstreams"])?;
    let repository = Repository {
        administrator: service.context.account.clone(),
        created: now,
        description: text(input, "description").to_owned(),
        upstreams,
        connection: None,
        tags,
        policy: None,
    };
    let shown = shown(&id, name, &repository);
    domain.repositories.insert(name.to_owned(), repository);
    Ok(json!({"repository": shown}))
}

pub(super) fn describe(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let name = text(&call.input, "repository");
    let store = service.store();
    let repository = store.domain(&id)?.repository(&id, name)?;
    Ok(json!({"repository": shown(&id, name, repository)}))
}

/// What is left out stays; a list of upstreams takes the place of the one before.
pub(super) fn update(service: &CodeArtifact, call: &Call) -> Answer {
    let input = &call.input;
    let id = DomainId::of(&service.context, input);
    let name = text(input, "repository");
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    domain.repository(&id, name)?;
    let upstreams = match &input["upstreams"] {
        Value::Null => None,
        given => Some(upstreams(&id, domain, name, given)?),
    };
    let repository = domain.repository_mut(&id, name)?;
    if let Some(description) = input["description"].as_str() {
        description.clone_into(&mut repository.description);
    }
    repository.upstreams = upstreams.unwrap_or_else(|| std::mem::take(&mut repository.upstreams));
    Ok(json!({"repository": shown(&id, name, repository)}))
}

pub(super) fn delete(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let name = text(&call.input, "repository");
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    let shown = shown(&id, name, domain.repository(&id, name)?);
    let users = domain.repositories.iter().filter(|(_, other)| other.upstreams.iter().any(|one| one == name));
    let users: Vec<_> = users.map(|(user, _)| user.as_str()).collect();
    if !users.is_empty() {
        return Err(conflict(format!("Repository '{name}' is an upstream of: {}.", users.join(", "))));
    }
    domain.repositories.remove(name);
    for group in domain.groups.values_mut() {
        group.restrictions.values_mut().for_each(|restriction| {
            restriction.repositories.remove(name);
        });
    }
    Ok(json!({"repository": shown}))
}

/// The repositories that the account made, or that are in a domain of its own.
pub(super) fn list(service: &CodeArtifact, call: &Call) -> Answer {
    let (account, prefix) = (&service.context.account, text(&call.input, "repositoryPrefix"));
    let store = service.store();
    let all = store.in_region(&service.context.region);
    let all = all.flat_map(|(id, domain)| domain.repositories.iter().map(move |(name, one)| (id, name, one)));
    let wanted = all.filter(|(id, name, one)| {
        (id.owner == *account || one.administrator == *account) && name.starts_with(prefix)
    });
    let items = wanted.map(|(id, name, one)| {
        let place = (id.name.clone(), id.owner.clone(), name.clone());
        (place, SHAPES.only("RepositorySummary", &shown(id, name, one)))
    });
    paged("repositories", items, &call.input)
}

pub(super) fn list_in_domain(service: &CodeArtifact, call: &Call) -> Answer {
    let input = &call.input;
    let id = DomainId::of(&service.context, input);
    let (administrator, prefix) = (text(input, "administratorAccount"), text(input, "repositoryPrefix"));
    let store = service.store();
    let wanted = store.domain(&id)?.repositories.iter().filter(|(name, one)| {
        (administrator.is_empty() || one.administrator == administrator) && name.starts_with(prefix)
    });
    let items =
        wanted.map(|(name, one)| (name.clone(), SHAPES.only("RepositorySummary", &shown(&id, name, one))));
    paged("repositories", items, input)
}

pub(super) fn shown(id: &DomainId, name: &str, repository: &Repository) -> Value {
    let description = Some(&repository.description).filter(|text| !text.is_empty());
    let upstreams: Vec<_> =
        repository.upstreams.iter().map(|upstream| json!({"repositoryName": upstream})).collect();
    let connections: Vec<_> =
        repository.connection.iter().map(|name| super::connections::shown(name)).collect();
    present(json!({
        "name": name,
        "administratorAccount": repository.administrator,
        "domainName": id.name,
        "domainOwner": id.owner,
        "arn": id.repository_arn(name),
        "description": description,
        "upstreams": upstreams,
        "externalConnections": connections,
        "createdTime": seconds(repository.created),
    }))
}

/// The upstreams of an input, which exist, each once, and do not lead back to the repository.
fn upstreams(id: &DomainId, domain: &Domain, name: &str, given: &Value) -> Result<Vec<String>, Failure> {
    let given = given.as_array().into_iter().flatten();
    let given: Vec<_> = given.map(|one| text(one, "repositoryName").to_owned()).collect();
    if given.len() > MOST_UPSTREAMS {
        return Err(too_many(format!(
            "A repository has at most {MOST_UPSTREAMS} direct upstream repositories."
        )));
    }
    for (place, upstream) in given.iter().enumerate() {
        if given[..place].contains(upstream) {
            return Err(invalid(format!("Repository '{upstream}' is given twice as an upstream.")));
        }
        if upstream != name {
            domain.repository(id, upstream)?;
        }
        if leads_to(domain, upstream, name) {
            return Err(invalid(format!(
                "Upstream '{upstream}' would make repository '{name}' its own upstream."
            )));
        }
    }
    Ok(given)
}

/// Whether a repository is another one, or has it among its upstreams at any distance. There is no circle among those that exist.
fn leads_to(domain: &Domain, from: &str, name: &str) -> bool {
    let mut waiting = vec![from];
    while let Some(next) = waiting.pop() {
        if next == name {
            return true;
        }
        let upstreams = domain.repositories.get(next).map(|one| one.upstreams.as_slice());
        waiting.extend(upstreams.unwrap_or_default().iter().map(String::as_str));
    }
    false
}
