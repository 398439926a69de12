//! Organizational units.

use super::lists::{no_parent, paged};
use super::tags;
use crate::access::{Callers, organization, organization_mut};
use crate::store::{Organization, Unit};
use crate::{Organizations, failure};
use emulator_core::{Answer, Call, Failure, random_id, text};
use serde_json::{Value, json};

/// How deep units may be nested below the root (quotas of Organizations).
const DEEPEST: usize = 5;

pub(super) fn create(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let (parent, name) = (text(&call.input, "ParentId"), text(&call.input, "Name"));
    if !organization.is_parent(parent) {
        return Err(no_parent(parent));
    }
    let mut depth = 1;
    let mut above = parent;
    while let Some(next) = organization.parent_of(above) {
        (above, depth) = (next, depth + 1);
    }
    if depth > DEEPEST {
        let message = "You have exceeded the maximum nesting of OUs: OU_DEPTH_LIMIT_EXCEEDED";
        return Err(failure("ConstraintViolationException", message));
    }
    unused(organization, parent, name)?;
    let id = format!("ou-{}-{}", organization.root.trim_start_matches("r-"), random_id(8));
    organization.units.insert(id.clone(), Unit { name: name.to_owned(), parent: parent.to_owned() });
    tags::keep(organization, &id, &call.input["Tags"]);
    Ok(json!({"OrganizationalUnit": shown(organization, &id)}))
}

pub(super) fn describe(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let id = existing(organization, call)?;
    Ok(json!({"OrganizationalUnit": shown(organization, id)}))
}

pub(super) fn update(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let id = existing(organization, call)?;
    let name = text(&call.input, "Name");
    if !name.is_empty() {
        let parent = organization.parent_of(id).unwrap_or_default();
        unused(organization, parent, name)?;
    }
    if let Some(unit) = organization.units.get_mut(id).filter(|_| !name.is_empty()) {
        name.clone_into(&mut unit.name);
    }
    Ok(json!({"OrganizationalUnit": shown(organization, id)}))
}

pub(super) fn delete(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let id = existing(organization, call)?;
    let inside = organization.accounts.values().any(|account| account.parent == id)
        || organization.units.values().any(|unit| unit.parent == id);
    if inside {
        let message = "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.";
        return Err(failure("OrganizationalUnitNotEmptyException", message));
    }
    organization.units.remove(id);
    organization.tags.remove(id);
    Ok(json!({}))
}

pub(super) fn list(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let parent = text(&call.input, "ParentId");
    if !organization.is_parent(parent) {
        return Err(no_parent(parent));
    }
    let inside = organization.units.iter().filter(|(_, unit)| unit.parent == parent);
    paged("OrganizationalUnits", inside.map(|(id, _)| (id.clone(), shown(organization, id))), &call.input)
}

/// The id of the unit that a call names.
fn existing<'a>(organization: &Organization, call: &'a Call) -> Result<&'a str, Failure> {
    let id = text(&call.input, "OrganizationalUnitId");
    let missing = || {
        let message = format!("We can't find an OU with the OrganizationalUnitId {id}");
        failure("OrganizationalUnitNotFoundException", message)
    };
    organization.units.contains_key(id).then_some(id).ok_or_else(missing)
}

/// Names of units are unique in their parent.
fn unused(organization: &Organization, parent: &str, name: &str) -> Result<(), Failure> {
    if organization.units.values().any(|unit| unit.parent == parent && unit.name == name) {
        let message = "An OU with the same name already exists.";
        return Err(failure("DuplicateOrganizationalUnitException", message));
    }
    Ok(())
}

fn shown(organization: &Organization, id: &str) -> Value {
    let name = organization.units.get(id).map(|unit| unit.name.as_str());
    json!({"Id": id, "Arn": organization.arn(id), "Name": name})
}
