//! What exists: repositories by account, Region and name, and archives that were asked for.

use crate::git::Git;
use emulator_core::epoch_seconds;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

pub(crate) type Tags = BTreeMap<String, String>;

/// The state of all accounts and Regions.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) store: Mutex<Store>,
    /// Of the host that serves repositories over SSH.
    pub(crate) ssh_port: OnceLock<u16>,
}

/// An account in a Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) region: String,
}

#[derive(Default)]
pub(crate) struct Store {
    repositories: BTreeMap<Place, BTreeMap<String, Repository>>,
    /// How archives ended, by their ids.
    pub(crate) uploads: BTreeMap<String, Upload>,
}

/// A repository. Its commits are in the folder of `git`.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// None until the repository has a branch.
    pub(crate) default_branch: Option<String>,
    /// ARN of the key that encrypts it on AWS.
    pub(crate) key: String,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    pub(crate) tags: Tags,
    pub(crate) git: Git,
}

/// An archive of a commit.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) place: Place,
    pub(crate) repository: String,
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
}

impl Store {
    /// The repositories of an account in a Region by their names.
    pub(crate) fn of(&self, place: &Place) -> impl Iterator<Item = &Repository> {
        self.repositories.get(place).into_iter().flat_map(BTreeMap::values)
    }

    pub(crate) fn find(&self, place: &Place, name: &str) -> Option<&Repository> {
        self.repositories.get(place)?.get(name)
    }

    pub(crate) fn find_mut(&mut self, place: &Place, name: &str) -> Option<&mut Repository> {
        self.repositories.get_mut(place)?.get_mut(name)
    }

    pub(crate) fn by_id(&mut self, place: &Place, id: &str) -> Option<&mut Repository> {
        self.repositories.get_mut(place)?.values_mut().find(|repository| repository.id == id)
    }

    /// Adds a repository whose name is free.
    pub(crate) fn put(&mut self, place: Place, repository: Repository) {
        self.repositories.entry(place).or_default().insert(repository.name.clone(), repository);
    }

    pub(crate) fn remove(&mut self, place: &Place, name: &str) -> Option<Repository> {
        self.repositories.get_mut(place)?.remove(name)
    }
}

impl Repository {
    /// As the API shows it.
    pub(crate) fn shown(&self, place: &Place, ssh_port: Option<u16>) -> Value {
        let Place { account, region } = place;
        let name = &self.name;
        let host = format!("git-codecommit.{region}.amazonaws.com");
        let ssh = match ssh_port {
            Some(port) => format!("ssh://127.0.0.1:{port}/{region}/v1/repos/{name}"),
            None => format!("ssh://{host}/v1/repos/{name}"),
        };
        let shown = json!({
            "accountId": account,
            "repositoryId": self.id,
            "repositoryName": name,
            "repositoryDescription": Some(&self.description).filter(|text| !text.is_empty()),
            "defaultBranch": self.default_branch,
            "creationDate": seconds(self.created),
            "lastModifiedDate": seconds(self.modified),
            "cloneUrlHttp": format!("https://{host}/v1/repos/{name}"),
            "cloneUrlSsh": ssh,
            "Arn": format!("arn:aws:codecommit:{region}:{account}:{name}"),
            "kmsKeyId": self.key,
        });
        emulator_core::present(shown)
    }
}

/// Milliseconds as AWS's JSON has a time.
fn seconds(milliseconds: i64) -> f64 {
    jiff::Timestamp::from_millisecond(milliseconds).map(epoch_seconds).unwrap_or_default()
}
