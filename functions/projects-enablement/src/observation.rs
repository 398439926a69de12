//! What is read, in plain data.

use crate::spec::Principal;
use std::collections::BTreeSet;

/// The state of projects in the account and Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// Whether projects are enabled.
    pub enabled: bool,
    /// The portfolio that SageMaker shares, once the account has accepted it.
    pub portfolio: Option<Portfolio>,
}

/// A portfolio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portfolio {
    /// `port-...`.
    pub id: String,
    /// Who has access.
    pub principals: BTreeSet<Principal>,
}
