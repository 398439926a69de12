//! What is read, in plain data.

use std::collections::BTreeMap;

/// What may be the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// The project, if one was asked for.
    pub project: Option<Project>,
    /// The domain that is known by its id; else all domains of the account and Region.
    pub domains: Vec<Domain>,
    /// The network and the role of the environment's domain.
    pub settings: Settings,
    /// The parameters that exist, by their whole names.
    pub parameters: BTreeMap<String, Parameter>,
}

/// A project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The domain it was made from. SageMaker knows it only of projects that people make in Studio.
    pub domain: Option<String>,
    /// Its tags.
    pub environment: Tags,
}

/// A domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domain {
    /// `d-...`.
    pub id: String,
    /// Its tags.
    pub environment: Tags,
}

/// The tags that name an environment: `EnvironmentName` and `EnvironmentType`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    pub name: Option<String>,
    pub kind: Option<String>,
}

/// What a domain gives to its users by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub vpc: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    /// The ARN of the execution role.
    pub role: String,
}

/// A parameter of Systems Manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Its text. The members of a list are separated by commas.
    Text(String),
    /// One whose value is encrypted.
    Secure,
}
