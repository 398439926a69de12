//! External connections: the public repository that a repository fetches packages from. Nothing is fetched here.

use super::repositories;
use crate::CodeArtifact;
use crate::failure::{conflict, missing, too_many};
use crate::names::DomainId;
use emulator_core::{Answer, Call, text};
use serde_json::{Value, json};

/// The names that AWS has, each with the format of its packages.
const PUBLIC: &[(&str, &str)] = &[
    ("public:crates-io", "cargo"),
    ("public:maven-central", "maven"),
    ("public:maven-clojars", "maven"),
    ("public:maven-commonsware", "maven"),
    ("public:maven-googleandroid", "maven"),
    ("public:maven-gradleplugins", "maven"),
    ("public:npmjs", "npm"),
    ("public:nuget-org", "nuget"),
    ("public:pypi", "pypi"),
    ("public:ruby-gems-org", "ruby"),
];

pub(super) fn associate(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let (name, connection) = (text(&call.input, "repository"), text(&call.input, "externalConnection"));
    let mut store = service.store();
    let repository = store.domain_mut(&id)?.repository_mut(&id, name)?;
    if format_of(connection).is_none() {
        return Err(missing(format!("External connection '{connection}' does not exist.")));
    }
    match &repository.connection {
        Some(known) if known == connection => {
            Err(conflict(format!("Repository '{name}' has external connection '{connection}' already.")))
        }
        Some(known) => {
            Err(too_many(format!("Repository '{name}' has external connection '{known}': it can have one.")))
        }
        None => {
            repository.connection = Some(connection.to_owned());
            Ok(json!({"repository": repositories::shown(&id, name, repository)}))
        }
    }
}

pub(super) fn disassociate(service: &CodeArtifact, call: &Call) -> Answer {
    let id = DomainId::of(&service.context, &call.input);
    let (name, connection) = (text(&call.input, "repository"), text(&call.input, "externalConnection"));
    let mut store = service.store();
    let repository = store.domain_mut(&id)?.repository_mut(&id, name)?;
    if repository.connection.as_deref() != Some(connection) {
        return Err(missing(format!("Repository '{name}' has no external connection '{connection}'.")));
    }
    repository.connection = None;
    Ok(json!({"repository": repositories::shown(&id, name, repository)}))
}

pub(super) fn shown(name: &str) -> Value {
    json!({"externalConnectionName": name, "packageFormat": format_of(name), "status": "Available"})
}

fn format_of(connection: &str) -> Option<&'static str> {
    PUBLIC.iter().find(|(name, _)| *name == connection).map(|(_, format)| *format)
}
