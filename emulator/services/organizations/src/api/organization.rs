//! The organization itself and its root.

use super::lists::paged;
use crate::access::{Callers, account_of, organization, organization_mut};
use crate::store::{Account, Organization, State};
use crate::{Organizations, failure};
use emulator_core::{Answer, Call, random_id, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) async fn create(service: &Organizations, call: &Call) -> Answer {
    let management = account_of(&call.caller).unwrap_or_default().to_owned();
    let described = {
        let mut store = service.store();
        if store.of(&management).is_some() {
            let message = "The provided account is already a member of an organization.";
            return Err(failure("AlreadyInOrganizationException", message));
        }
        let features = match text(&call.input, "FeatureSet") {
            "" => "ALL",
            given => given,
        };
        let root = format!("r-{}", random_id(4));
        let account = Account {
            name: "Management".to_owned(),
            email: format!("{management}@example.com"),
            parent: root.clone(),
            state: State::Active,
            joined_method: "INVITED",
            joined: service.now(),
        };
        let created = Organization {
            id: format!("o-{}", random_id(10)),
            management: management.clone(),
            features: features.to_owned(),
            root,
            units: BTreeMap::new(),
            accounts: BTreeMap::from([(management.clone(), account)]),
            requests: BTreeMap::new(),
            delegations: BTreeMap::new(),
            trusted: BTreeMap::new(),
            tags: BTreeMap::new(),
        };
        let described = shown(&created);
        store.organizations.insert(management, created);
        described
    };
    service.tell_members().await?;
    Ok(described)
}

pub(super) fn describe(service: &Organizations, call: &Call) -> Answer {
    organization(&service.store(), call, Callers::Members).map(shown)
}

fn shown(organization: &Organization) -> Value {
    let Organization { id, management, features, accounts, .. } = organization;
    json!({"Organization": {
        "Id": id,
        "Arn": organization.arn(id),
        "FeatureSet": features,
        "MasterAccountId": management,
        "MasterAccountArn": organization.arn(management),
        "MasterAccountEmail": accounts.get(management).map(|account| account.email.as_str()),
        "AvailablePolicyTypes": [],
    }})
}

pub(super) async fn delete(service: &Organizations, call: &Call) -> Answer {
    {
        let mut store = service.store();
        let organization = organization_mut(&mut store, call)?;
        if organization.accounts.len() > 1 || !organization.units.is_empty() {
            let message = "The organization isn't empty. To delete an organization, you must first remove all accounts except the management account, delete all OUs, and delete all policies.";
            return Err(failure("OrganizationNotEmptyException", message));
        }
        let management = organization.management.clone();
        store.organizations.remove(&management);
    }
    service.tell_members().await?;
    Ok(json!({}))
}

pub(super) fn list_roots(service: &Organizations, call: &Call) -> Answer {
    let store = service.store();
    let organization = organization(&store, call, Callers::Administrators)?;
    let root = &organization.root;
    let shown = json!({"Id": root, "Arn": organization.arn(root), "Name": "Root", "PolicyTypes": []});
    paged("Roots", std::iter::once((root.clone(), shown)), &call.input)
}
