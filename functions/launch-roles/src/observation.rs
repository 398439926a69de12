//! What is read, in plain data.

use std::collections::BTreeMap;

/// The roles asked for that exist, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    pub roles: BTreeMap<String, Role>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `/`, or `/service-role/`.
    pub path: String,
    /// The services that may assume it, such as `sagemaker.amazonaws.com`.
    pub trusts: Vec<String>,
    /// Whether the stack that asks has it, or a stack that is nested in it.
    pub made_here: bool,
}
