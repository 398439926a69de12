//! What exists: domains, and in each its repositories and package groups.

use crate::failure::missing;
use crate::names::{DomainId, Named};
use crate::pattern;
use emulator_core::{Failure, epoch_seconds};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Tags = BTreeMap<String, String>;

/// The kinds of origin that a package group restricts.
pub(crate) const ORIGINS: [&str; 3] = ["EXTERNAL_UPSTREAM", "INTERNAL_UPSTREAM", "PUBLISH"];

/// The state of all accounts and Regions.
#[derive(Default)]
pub(crate) struct Store {
    domains: BTreeMap<DomainId, Domain>,
}

pub(crate) struct Domain {
    pub(crate) created: i64,
    pub(crate) key: String,
    pub(crate) tags: Tags,
    pub(crate) policy: Option<Policy>,
    pub(crate) repositories: BTreeMap<String, Repository>,
    /// Package groups by their patterns; the root group is always there.
    pub(crate) groups: BTreeMap<String, Group>,
}

#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) document: String,
    pub(crate) revision: String,
}

pub(crate) struct Repository {
    /// The account that made it.
    pub(crate) administrator: String,
    pub(crate) created: i64,
    pub(crate) description: String,
    pub(crate) upstreams: Vec<String>,
    pub(crate) connection: Option<String>,
    pub(crate) tags: Tags,
    pub(crate) policy: Option<Policy>,
}

pub(crate) struct Group {
    pub(crate) created: i64,
    pub(crate) description: String,
    pub(crate) contact: String,
    pub(crate) tags: Tags,
    pub(crate) restrictions: BTreeMap<&'static str, Restriction>,
}

#[derive(Clone)]
pub(crate) struct Restriction {
    pub(crate) mode: String,
    /// The repositories of `ALLOW_SPECIFIC_REPOSITORIES`.
    pub(crate) repositories: BTreeSet<String>,
}

impl Domain {
    pub(crate) fn new(created: i64, key: String, tags: Tags) -> Self {
        let root = Group::new(created, "ALLOW");
        let groups = BTreeMap::from([(pattern::ROOT.to_owned(), root)]);
        Self { created, key, tags, policy: None, repositories: BTreeMap::new(), groups }
    }

    pub(crate) fn repository(&self, id: &DomainId, name: &str) -> Result<&Repository, Failure> {
        self.repositories.get(name).ok_or_else(|| no_repository(id, name))
    }

    pub(crate) fn repository_mut(&mut self, id: &DomainId, name: &str) -> Result<&mut Repository, Failure> {
        self.repositories.get_mut(name).ok_or_else(|| no_repository(id, name))
    }

    pub(crate) fn group(&self, id: &DomainId, pattern: &str) -> Result<&Group, Failure> {
        self.groups.get(pattern).ok_or_else(|| no_group(id, pattern))
    }

    pub(crate) fn group_mut(&mut self, id: &DomainId, pattern: &str) -> Result<&mut Group, Failure> {
        self.groups.get_mut(pattern).ok_or_else(|| no_group(id, pattern))
    }
}

impl Group {
    /// A group whose origins are all treated like this.
    pub(crate) fn new(created: i64, mode: &str) -> Self {
        let restriction = Restriction { mode: mode.into(), repositories: BTreeSet::new() };
        let restrictions = ORIGINS.map(|origin| (origin, restriction.clone())).into();
        let (description, contact) = (String::new(), String::new());
        Self { created, description, contact, tags: Tags::new(), restrictions }
    }
}

impl Store {
    pub(crate) fn find(&self, id: &DomainId) -> Option<&Domain> {
        self.domains.get(id)
    }

    pub(crate) fn domain(&self, id: &DomainId) -> Result<&Domain, Failure> {
        self.domains.get(id).ok_or_else(|| no_domain(id))
    }

    pub(crate) fn domain_mut(&mut self, id: &DomainId) -> Result<&mut Domain, Failure> {
        self.domains.get_mut(id).ok_or_else(|| no_domain(id))
    }

    pub(crate) fn put(&mut self, id: DomainId, domain: Domain) {
        self.domains.insert(id, domain);
    }

    pub(crate) fn remove(&mut self, id: &DomainId) -> Option<Domain> {
        self.domains.remove(id)
    }

    /// The domains of a Region.
    pub(crate) fn in_region(&self, region: &str) -> impl Iterator<Item = (&DomainId, &Domain)> {
        self.domains.iter().filter(move |(id, _)| id.region == region)
    }

    /// The tags of what an ARN names.
    pub(crate) fn tags(&self, arn: &str) -> Option<&Tags> {
        let (id, named) = DomainId::read(arn)?;
        let domain = self.domains.get(&id)?;
        match named {
            Named::Domain => Some(&domain.tags),
            Named::Repository(name) => domain.repositories.get(&name).map(|repository| &repository.tags),
            Named::Group(pattern) => domain.groups.get(&pattern).map(|group| &group.tags),
        }
    }

    pub(crate) fn tags_mut(&mut self, arn: &str) -> Option<&mut Tags> {
        let (id, named) = DomainId::read(arn)?;
        let domain = self.domains.get_mut(&id)?;
        match named {
            Named::Domain => Some(&mut domain.tags),
            Named::Repository(name) => {
                domain.repositories.get_mut(&name).map(|repository| &mut repository.tags)
            }
            Named::Group(pattern) => domain.groups.get_mut(&pattern).map(|group| &mut group.tags),
        }
    }
}

fn no_domain(id: &DomainId) -> Failure {
    let DomainId { name, owner, .. } = id;
    missing(format!("Domain not found. Domain '{name}' owned by account '{owner}' does not exist."))
}

fn no_repository(id: &DomainId, repository: &str) -> Failure {
    let DomainId { name, owner, .. } = id;
    missing(format!(
        "Repository not found. Repository '{repository}' in domain '{name}' owned by account '{owner}' does not exist."
    ))
}

fn no_group(id: &DomainId, pattern: &str) -> Failure {
    let DomainId { name, owner, .. } = id;
    missing(format!(
        "Package group not found. Package group '{pattern}' in domain '{name}' owned by account '{owner}' does not exist."
    ))
}

/// A moment as AWS's JSON writes it: seconds since 1970.
pub(crate) fn seconds(moment: i64) -> Value {
    json!(jiff::Timestamp::from_millisecond(moment).map_or(0.0, epoch_seconds))
}
