//! The organizations, as plain data.

use std::collections::BTreeMap;

/// Every organization there is, by the id of its management account.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) organizations: BTreeMap<String, Organization>,
}

/// An organization.
#[derive(Debug)]
pub(crate) struct Organization {
    /// `o-...`.
    pub(crate) id: String,
    /// The id of the management account.
    pub(crate) management: String,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub(crate) features: String,
    /// The id of its root: `r-...`.
    pub(crate) root: String,
    /// By id: `ou-...`.
    pub(crate) units: BTreeMap<String, Unit>,
    /// By id.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// By id: `car-...`.
    pub(crate) requests: BTreeMap<String, Request>,
    /// When each service was delegated to each account, by account and service.
    pub(crate) delegations: BTreeMap<String, BTreeMap<String, i64>>,
    /// When each service got access to the organization.
    pub(crate) trusted: BTreeMap<String, i64>,
    /// Tags by the id of what has them.
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
}

/// An organizational unit.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) name: String,
    /// The id of the unit or the root that it is in.
    pub(crate) parent: String,
}

/// An account of an organization.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) parent: String,
    pub(crate) state: State,
    /// `CREATED` or `INVITED`.
    pub(crate) joined_method: &'static str,
    /// Milliseconds since 1970.
    pub(crate) joined: i64,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Active,
    /// Until this moment; closed then.
    PendingClosure(i64),
}

impl State {
    /// The word of the API.
    pub(crate) fn word(self, now: i64) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::PendingClosure(end) if now < end => "PENDING_CLOSURE",
            Self::PendingClosure(_) => "CLOSED",
        }
    }
}

/// A request for an account.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) name: String,
    pub(crate) account: String,
    /// Milliseconds since 1970.
    pub(crate) requested: i64,
    /// When the account is ready.
    pub(crate) end: i64,
}

impl Store {
    /// The organization that an account is in.
    pub(crate) fn of(&self, account: &str) -> Option<&Organization> {
        self.organizations.values().find(|organization| organization.accounts.contains_key(account))
    }

    /// The same, to change it.
    pub(crate) fn of_mut(&mut self, account: &str) -> Option<&mut Organization> {
        self.organizations.values_mut().find(|organization| organization.accounts.contains_key(account))
    }
}

impl Organization {
    /// The ARN of the organization, of its root, of a unit or of an account, by its id.
    pub(crate) fn arn(&self, id: &str) -> String {
        let Self { id: organization, management, .. } = self;
        let kind = match id.split('-').next() {
            Some("o") => return format!("arn:aws:organizations::{management}:organization/{organization}"),
            Some("ou") => "ou",
            Some("r") => "root",
            _ => "account",
        };
        format!("arn:aws:organizations::{management}:{kind}/{organization}/{id}")
    }

    /// Whether accounts and units can be in it.
    pub(crate) fn is_parent(&self, id: &str) -> bool {
        id == self.root || self.units.contains_key(id)
    }

    /// Whether it is the root, a unit or an account.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.is_parent(id) || self.accounts.contains_key(id)
    }

    /// The root or the unit that a unit or an account is in.
    pub(crate) fn parent_of(&self, id: &str) -> Option<&str> {
        let unit = self.units.get(id).map(|unit| unit.parent.as_str());
        unit.or_else(|| self.accounts.get(id).map(|account| account.parent.as_str()))
    }
}
