//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::answer;
use crate::observation::{Account, Observation};
use crate::spec::{Properties, Spec};
use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::list_accounts_for_parent::ListAccountsForParentError;
use aws_sdk_organizations::types::{Account as Member, AccountState, AccountStatus};
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::aws::SdkConfig;
use shared::drivers::cloudformation::{LookUp, Origin};
use shared::error::{Cause, Class, cause};
use shared::reconcile::output::Output;
use std::collections::BTreeSet;

/// How many units are read at once. Organizations throttles an account early, and the SDK's retries do the rest.
const AT_ONCE: usize = 4;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("OUIds holds {unit}, which is no unit of this organization: correct it")]
    NoUnit { unit: String, source: Cause },
    #[error(
        "could not read the organization: only its management account and delegated administrators may; in the management account, \
         register this account with `aws organizations register-delegated-administrator --service-principal \
         member.org.stacksets.cloudformation.amazonaws.com --account-id`, and see that the role of the function may call Organizations"
    )]
    Denied(#[source] Cause),
    #[error("could not read the organization")]
    Organization(#[source] Cause),
    #[error("could not list the {kind} of {unit}")]
    List { kind: &'static str, unit: String, source: Cause },
}

/// The function.
#[derive(Clone, Debug)]
pub struct OuAccounts {
    client: Client,
}

/// What a unit has.
struct Unit {
    accounts: Vec<Account>,
    units: Vec<String>,
}

impl OuAccounts {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }
}

impl LookUp for OuAccounts {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    /// One for each resource: another list of units changes its attribute, and replaces nothing.
    fn physical_id(_properties: &Properties) -> String {
        "ou-accounts".to_owned()
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read(origin)
    }

    /// The accounts of the units and of all units below them.
    async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        let mut observed = Observation { management: self.management().await?, accounts: Vec::new() };
        let mut seen: BTreeSet<String> = spec.units.iter().cloned().collect();
        let mut level = spec.units.clone();
        while !level.is_empty() {
            let units = stream::iter(level).map(|unit| async move { self.unit(&unit).await });
            let units: Vec<Unit> = units.buffered(AT_ONCE).try_collect().await?;
            level = Vec::new();
            for unit in units {
                observed.accounts.extend(unit.accounts);
                level.extend(unit.units.into_iter().filter(|unit| seen.insert(unit.clone())));
            }
        }
        Ok(observed)
    }

    fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
        answer::answer(spec, observed)
    }
}

impl OuAccounts {
    async fn management(&self) -> Result<String, Error> {
        let asked = self.client.describe_organization().send().await;
        let found = asked.map_err(|error| denied_or(cause(error), Error::Organization))?;
        Ok(found.organization.and_then(|organization| organization.master_account_id).unwrap_or_default())
    }

    async fn unit(&self, unit: &str) -> Result<Unit, Error> {
        let mut accounts = Vec::new();
        // A page may be empty and have another one after it.
        let mut pages = self.client.list_accounts_for_parent().parent_id(unit).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                let missing = error
                    .as_service_error()
                    .is_some_and(ListAccountsForParentError::is_parent_not_found_exception);
                denied_or(cause(error), |source| {
                    let unit = unit.to_owned();
                    if missing {
                        Error::NoUnit { unit, source }
                    } else {
                        Error::List { kind: "accounts", unit, source }
                    }
                })
            })?;
            accounts.extend(page.accounts.unwrap_or_default().into_iter().filter_map(account));
        }
        let mut units = Vec::new();
        let mut pages =
            self.client.list_organizational_units_for_parent().parent_id(unit).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| {
                let list = |source| Error::List { kind: "units", unit: unit.to_owned(), source };
                denied_or(cause(error), list)
            })?;
            units
                .extend(page.organizational_units.unwrap_or_default().into_iter().filter_map(|unit| unit.id));
        }
        Ok(Unit { accounts, units })
    }
}

/// An account that may not read the organization gets another sentence than the call that failed.
fn denied_or(source: Cause, other: impl FnOnce(Cause) -> Error) -> Error {
    if source.class() == Class::Denied { Error::Denied(source) } else { other(source) }
}

/// `Status` was retired on 2026-09-09: it counts only where there is no `State`.
fn account(member: Member) -> Option<Account> {
    let active = match (&member.state, &member.status) {
        (Some(state), _) => *state == AccountState::Active,
        (None, status) => *status == Some(AccountStatus::Active),
    };
    Some(Account { id: member.id?, active })
}
