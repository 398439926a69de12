//! What is read, in plain data.

/// The part of the organization that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The id of the management account.
    pub management: String,
    /// The accounts of the units and of those below them. An account is listed as often as its unit was reached.
    pub accounts: Vec<Account>,
}

/// A member of the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// Whether it can be used: neither closed or suspended, nor on the way there, nor still to be activated.
    pub active: bool,
}
