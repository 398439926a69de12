//! Operations on package groups.

use super::pages::paged;
use super::tags::merged;
use crate::CodeArtifact;
use crate::failure::{conflict, invalid};
use crate::names::DomainId;
use crate::pattern;
use crate::store::{Domain, Group, Tags, seconds};
use emulator_core::{Answer, Call, Failure, present, text};
use serde_json::{Map, Value, json};

pub(super) fn create(service: &CodeArtifact, call: &Call) -> Answer {
    let input = &call.input;
    let id = DomainId::of(&service.context, input);
    let named = text(input, "packageGroup");
    let tags = merged(Tags::new(), &input["tags"])?;
    let now = service.now();
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    pattern::check(named)?;
    if domain.groups.contains_key(named) {
        return Err(conflict(format!("Package group '{named}' in domain '{}' already exists.", id.name)));
    }
    let mut group = Group { tags, ..Group::new(now, "INHERIT") };
    describe_by(&mut group, input);
    domain.groups.insert(named.to_owned(), group);
    Ok(json!({"packageGroup": shown(&id, domain, named)?}))
}

pub(super) fn describe(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let store = service.store();
    Ok(json!({"packageGroup": shown(&id, store.domain(&id)?, text(&call.input, "packageGroup"))?}))
}

pub(super) fn update(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let named = text(&call.input, "packageGroup");
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    describe_by(domain.group_mut(&id, named)?, &call.input);
    Ok(json!({"packageGroup": shown(&id, domain, named)?}))
}

pub(super) fn delete(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let named = text(&call.input, "packageGroup");
    let mut store = service.store();
    let domain = store.domain_mut(&id)?;
    let shown = shown(&id, domain, named)?;
    if named == pattern::ROOT {
        return Err(invalid("The root package group cannot be deleted."));
    }
    domain.groups.remove(named);
    Ok(json!({"packageGroup": shown}))
}

pub(super) fn list(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let prefix = text(&call.input, "prefix");
    let store = service.store();
    let domain = store.domain(&id)?;
    let named = domain.groups.keys().filter(|pattern| pattern.starts_with(prefix));
    let items: Result<Vec<_>, Failure> =
        named.map(|named| Ok((named.clone(), shown(&id, domain, named)?))).collect();
    paged("packageGroups", items?, &call.input)
}

fn describe_by(group: &mut Group, input: &Value) {
    let given = [("description", &mut group.description), ("contactInfo", &mut group.contact)];
    for (member, held) in given {
        if let Some(text) = input[member].as_str() {
            text.clone_into(held);
        }
    }
}

pub(super) fn shown(id: &DomainId, domain: &Domain, named: &str) -> Result<Value, Failure> {
    let group = domain.group(id, named)?;
    let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let parent = parent(domain, named).map(|parent| reference(id, parent));
    let restrictions: Map<String, Value> = group
        .restrictions
        .keys()
        .map(|origin| ((*origin).to_owned(), restriction(id, domain, named, origin)))
        .collect();
    Ok(present(json!({
        "arn": id.group_arn(named),
        "pattern": named,
        "domainName": id.name,
        "domainOwner": id.owner,
        "createdTime": seconds(group.created),
        "contactInfo": told(&group.contact),
        "description": told(&group.description),
        "originConfiguration": {"restrictions": restrictions},
        "parent": parent,
    })))
}

/// What a group says of an origin, and what that means: the root group never inherits, so the way up ends.
fn restriction(id: &DomainId, domain: &Domain, named: &str, origin: &str) -> Value {
    let of = |named: &str| domain.groups.get(named).and_then(|group| group.restrictions.get(origin));
    let mut from = named;
    while of(from).is_some_and(|found| found.mode == "INHERIT") {
        let Some(outer) = parent(domain, from) else { break };
        from = outer;
    }
    let mode = |named: &str| of(named).map(|found| found.mode.clone());
    let inherited = (from != named).then(|| reference(id, from));
    let count = of(named).map(|found| found.repositories.len());
    present(json!({
        "mode": mode(named), "effectiveMode": mode(from), "inheritedFrom": inherited, "repositoriesCount": count,
    }))
}

fn parent<'a>(domain: &'a Domain, named: &str) -> Option<&'a str> {
    pattern::parent(domain.groups.keys().map(String::as_str), named)
}

fn reference(id: &DomainId, named: &str) -> Value {
    json!({"arn": id.group_arn(named), "pattern": named})
}
