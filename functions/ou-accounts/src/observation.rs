//! What is read, in plain data.

use crate::spec::Spec;
use std::collections::BTreeSet;

/// The part of the organization that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The id of the management account.
    pub management: String,
    /// The accounts of the units and of those below them. An account is listed as often as its unit was reached.
    pub accounts: Vec<Account>,
}

impl Observation {
    /// The accounts that are active, without the management account and the one that the spec leaves out.
    #[must_use]
    pub fn usable(&self, spec: &Spec) -> BTreeSet<String> {
        let usable = |id: &str| id != self.management && spec.without.as_deref() != Some(id);
        let active = self.accounts.iter().filter(|account| account.active && usable(&account.id));
        active.map(|account| account.id.clone()).collect()
    }
}

/// A member of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Whether it can be used: neither closed or suspended, nor on the way there, nor still to be activated.
    pub active: bool,
}
