//! Trusted access of services, and the accounts that administer them.

use super::accounts::{existing, seconds, shown};
use super::lists::paged;
use crate::access::{Callers, organization, organization_mut};
use crate::store::Organization;
use crate::{Organizations, failure};
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Value, json};

pub(super) fn register(service: &Organizations, call: &Call) -> Answer {
    let now = service.now();
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let (id, principal) = (member(organization, call)?, principal(call)?);
    let services = organization.delegations.entry(id.to_owned()).or_default();
    if services.contains_key(principal) {
        let message = "The provided account is already a delegated administrator for your organization.";
        return Err(failure("AccountAlreadyRegisteredException", message));
    }
    services.insert(principal.to_owned(), now);
    Ok(json!({}))
}

/// The account of a call, which is not the management account: that one administers everything already.
fn member<'a>(organization: &Organization, call: &'a Call) -> Result<&'a str, Failure> {
    let id = existing(organization, call)?;
    if id == organization.management {
        let message =
            "You cannot register master account/yourself as delegated administrator for your organization.";
        return Err(failure("ConstraintViolationException", message));
    }
    Ok(id)
}

fn not_registered() -> Failure {
    let message = "The provided account is not a registered delegated administrator for your organization.";
    failure("AccountNotRegisteredException", message)
}

pub(super) fn deregister(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    let (id, principal) = (member(organization, call)?, principal(call)?);
    let services = organization.delegations.get_mut(id);
    if services.and_then(|services| services.remove(principal)).is_none() {
        return Err(not_registered());
    }
    organization.delegations.retain(|_, services| !services.is_empty());
    Ok(json!({}))
}

pub(super) fn list(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let wanted = if call.input.get("ServicePrincipal").is_some() { principal(call)? } else { "" };
    let administrators = organization
        .delegations
        .iter()
        .filter(|(_, services)| wanted.is_empty() || services.contains_key(wanted));
    let described = administrators.map(|(id, services)| {
        let mut account = shown(organization, id, service.now());
        let since = services.values().min().copied().unwrap_or_default();
        account["DelegationEnabledDate"] = seconds(since).into();
        (id.clone(), account)
    });
    paged("DelegatedAdministrators", described, &call.input)
}

pub(super) fn list_services(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let id = existing(organization, call)?;
    let services = organization.delegations.get(id).ok_or_else(not_registered)?;
    let described = services.iter().map(|(principal, since)| {
        let service = json!({"ServicePrincipal": principal, "DelegationEnabledDate": seconds(*since)});
        (principal.clone(), service)
    });
    paged("DelegatedServices", described, &call.input)
}

pub(super) fn enable(service: &Organizations, call: &Call) -> Answer {
    let now = service.now();
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    organization.trusted.entry(principal(call)?.to_owned()).or_insert(now);
    Ok(json!({}))
}

pub(super) fn disable(service: &Organizations, call: &Call) -> Answer {
    let mut store = service.store();
    let organization = organization_mut(&mut store, call)?;
    organization.trusted.remove(principal(call)?);
    Ok(json!({}))
}

pub(super) fn list_enabled(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let described = organization.trusted.iter().map(|(principal, since)| {
        let service: Value = json!({"ServicePrincipal": principal, "DateEnabled": seconds(*since)});
        (principal.clone(), service)
    });
    paged("EnabledServicePrincipals", described, &call.input)
}

/// The service that a call names.
fn principal(call: &Call) -> Result<&str, Failure> {
    let principal = text(&call.input, "ServicePrincipal");
    let known = principal.ends_with(".amazonaws.com");
    let unknown = || failure("InvalidInputException", "You specified an unrecognized service principal.");
    known.then_some(principal).ok_or_else(unknown)
}
