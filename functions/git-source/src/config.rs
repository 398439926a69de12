//! The action configuration of a pipeline, turned into a [`Source`] once. What is wrong with it is said in a sentence
//! that names the property, the value and the remedy, before any build is started.

mod reference;
mod url;

pub use reference::Reference;
pub(crate) use reference::is_commit_id;
pub use url::{AllowedHosts, GitUrl, NoHosts};

use crate::message::quoted;
use std::collections::BTreeMap;

/// The properties of the action type, as in `infra/`.
const URL: &str = "GitUrl";
const BRANCH: &str = "Branch";
const TAG: &str = "Tag";
const COMMIT: &str = "Commit";
const SECRET: &str = "SSHSecretKeyName";
const SUBMODULES: &str = "Submodules";
const LFS: &str = "Lfs";
const DEPTH: &str = "Depth";
/// Older pipelines carry it. Nothing depends on it: two executions of one pipeline may run at once.
const PIPELINE: &str = "PipelineName";
const PROPERTIES: [&str; 9] = [URL, BRANCH, TAG, COMMIT, SECRET, SUBMODULES, LFS, DEPTH, PIPELINE];

/// The longest value `CodePipeline` lets a pipeline have.
const LONGEST: usize = 1000;
/// The longest secret name; an ARN adds the partition, the Region and the account in front of it.
const LONGEST_SECRET: usize = 612;
/// The largest depth git takes.
const DEEPEST: u32 = 2_147_483_647;

/// What to clone, and with which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The repository.
    pub url: GitUrl,
    /// The one commit of it.
    pub reference: Reference,
    /// The name or ARN of the secret that holds the SSH key.
    pub secret: String,
    /// Whether submodules belong to the artifact.
    pub submodules: bool,
    /// Whether Git LFS objects belong to the artifact.
    pub lfs: bool,
    /// How many commits to fetch; 0 is all.
    pub depth: u32,
}

/// Why a configuration is refused: a sentence for the owner of the pipeline.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Refused(String);

/// What is wrong with one value, and what to do about it. The property and the value are put in front of it.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    what: String,
    remedy: String,
}

impl Wrong {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    fn about(self, property: &str, value: &str) -> Refused {
        Refused(format!("{property} {} {}: {}.", quoted(value), self.what, self.remedy))
    }
}

/// Reads an action configuration.
///
/// # Errors
/// [`Refused`], on the first thing that is wrong.
pub fn read(properties: &BTreeMap<String, String>, hosts: &AllowedHosts) -> Result<Source, Refused> {
    let property = |name: &str| properties.get(name).map(String::as_str).filter(|value| !value.is_empty());
    if let Some(name) = properties.keys().find(|name| !PROPERTIES.contains(&name.as_str())) {
        // Its value is not shown: nobody knows what it is.
        let known = PROPERTIES.join(", ");
        return Err(Refused(format!(
            "{} is not a property of this action: remove it or use {known}.",
            quoted(name)
        )));
    }
    for name in PROPERTIES {
        if property(name).is_some_and(|value| value.chars().count() > LONGEST) {
            let limit = format!("has more than {LONGEST} characters: shorten it");
            return Err(Refused(format!("{name} {limit}.")));
        }
    }
    Ok(Source {
        url: read_url(property(URL), hosts)?,
        reference: read_reference(property(BRANCH), property(TAG), property(COMMIT))?,
        secret: read_secret(property(SECRET))?,
        submodules: read_switch(SUBMODULES, property(SUBMODULES))?,
        lfs: read_switch(LFS, property(LFS))?,
        depth: read_depth(property(DEPTH))?,
    })
}

fn read_url(value: Option<&str>, hosts: &AllowedHosts) -> Result<GitUrl, Refused> {
    let value = value.ok_or_else(|| missing(URL, "the SSH address of the repository"))?;
    git_url(URL, value, hosts)
}

/// An address, which a refusal calls `name`.
pub(crate) fn git_url(name: &str, value: &str, hosts: &AllowedHosts) -> Result<GitUrl, Refused> {
    GitUrl::read(value, hosts).map_err(|wrong| wrong.about(name, &url::without_user(value)))
}

fn read_reference(
    branch: Option<&str>,
    tag: Option<&str>,
    commit: Option<&str>,
) -> Result<Reference, Refused> {
    match (branch, tag, commit) {
        (Some(name), None, None) => reference::branch(name).map_err(|wrong| wrong.about(BRANCH, name)),
        (None, Some(name), None) => reference::tag(name).map_err(|wrong| wrong.about(TAG, name)),
        (None, None, Some(id)) => reference::commit(id).map_err(|wrong| wrong.about(COMMIT, id)),
        (None, None, None) => Err(missing("one of Branch, Tag and Commit", "what to clone")),
        _ => {
            let set = [(BRANCH, branch), (TAG, tag), (COMMIT, commit)];
            let set: Vec<String> = set
                .iter()
                .filter_map(|(name, value)| value.map(|value| format!("{name} {}", quoted(value))))
                .collect();
            Err(Refused(format!("{} are set together: keep exactly one of them.", set.join(" and "))))
        }
    }
}

/// A secret's name or ARN. The value is never repeated: people have been known to paste the key itself.
fn read_secret(value: Option<&str>) -> Result<String, Refused> {
    let value = value
        .ok_or_else(|| missing(SECRET, "the name or ARN of the secret that holds the SSH private key"))?;
    let plain = |char: char| char.is_ascii_alphanumeric() || "/_+=.@-:".contains(char);
    let name_or_arn = value.starts_with("arn:") && value.contains(":secretsmanager:") || !value.contains(':');
    if value.starts_with('-') || !value.chars().all(plain) || !name_or_arn || value.len() > LONGEST_SECRET {
        let remedy = "give the name or the ARN of the secret, never the key itself";
        return Err(Refused(format!(
            "{SECRET} is not the name or ARN of a Secrets Manager secret: {remedy}."
        )));
    }
    Ok(value.to_owned())
}

fn read_switch(name: &str, value: Option<&str>) -> Result<bool, Refused> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(value) => {
            Err(Wrong::new("is neither true nor false", "write `true` or `false`").about(name, value))
        }
    }
}

fn read_depth(value: Option<&str>) -> Result<u32, Refused> {
    let Some(value) = value else { return Ok(1) };
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|depth| digits && *depth <= DEEPEST).ok_or_else(|| {
        let remedy = format!("write a whole number from 0 (all history) to {DEEPEST}");
        Wrong::new("is not a depth", remedy).about(DEPTH, value)
    })
}

fn missing(property: &str, meaning: &str) -> Refused {
    Refused(format!("{property} is missing: set it in the configuration of the action, to {meaning}."))
}

#[cfg(test)]
mod tests;
