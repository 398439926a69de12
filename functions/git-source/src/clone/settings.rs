//! What a clone is told, from the environment of the build: by the function that starts it, and by the project.

use super::{Failure, Limits};
use crate::build::variable;
use crate::config::{self, AllowedHosts, GitUrl, Reference};
use crate::exit_status::ExitStatus;
use crate::settings::ALLOWED_GIT_HOSTS;
use shared::env;
use std::collections::BTreeMap;
use std::fmt;

/// What to clone, from where, and how much of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The job of `CodePipeline` that gets the artifact.
    pub job: String,
    /// The name or ARN of the secret that holds the private key.
    pub secret: String,
    /// The repository.
    pub url: GitUrl,
    /// The one commit of it.
    pub reference: Reference,
    /// Whether the files of submodules belong to the artifact.
    pub submodules: bool,
    /// Whether Git LFS objects belong to the artifact.
    pub lfs: bool,
    /// How many commits to fetch; 0 is all.
    pub depth: u32,
    /// Hosts that may be connected to.
    pub hosts: AllowedHosts,
    /// Repositories that submodules may come from; empty is any on the allowed hosts.
    pub submodule_paths: Vec<Pattern>,
    /// Lines of `known_hosts`, parted by commas or newlines.
    pub known_hosts: String,
    /// How much may be taken.
    pub limits: Limits,
    /// Pauses before another try at a host that cannot be reached, in milliseconds.
    pub pauses: Vec<u64>,
    /// Where git, ssh and git-lfs are looked for, as in the environment variable `PATH`.
    pub path: String,
}

/// `HOST[:PORT]/PATH`, where `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Reads one entry of the list.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let text = text.trim().trim_end_matches('/');
        Self(text.strip_suffix(".git").unwrap_or(text).to_owned())
    }

    /// Whether a repository is meant, with or without `.git` at its end.
    #[must_use]
    pub fn matches(&self, url: &GitUrl) -> bool {
        matches(self.0.as_bytes(), url.place().as_bytes())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
        Some((first, rest)) => {
            text.split_first().is_some_and(|(its, text)| first == its && matches(rest, text))
        }
    }
}

/// Pauses of the build before it tries a host again. Together with four connection time-outs of 20 s that is under two
/// minutes.
const PAUSES: [u64; 3] = [2_000, 5_000, 10_000];

impl Settings {
    /// The settings of this build.
    ///
    /// # Errors
    /// When a variable is missing or wrong. The function and the template write none that is; somebody else may.
    pub fn from_environment() -> Result<Self, Failure> {
        Self::read(env::optional)
    }

    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let wrong = |name: &str, what: String| Failure::new(ExitStatus::Other, format!("{name}: {what}"));
        let required = |name: &str| get(name).ok_or_else(|| wrong(name, "the variable is not set".into()));
        let hosts = AllowedHosts::read(&required(ALLOWED_GIT_HOSTS)?)
            .map_err(|error| wrong(ALLOWED_GIT_HOSTS, error.to_string()))?;
        // By the rules of the action, although the function has checked it: a build can be started by others.
        let properties = variable::OF_PROPERTIES
            .iter()
            .filter_map(|(variable, property)| Some(((*property).to_owned(), get(variable)?)));
        let source = config::read(&properties.collect::<BTreeMap<_, _>>(), &hosts)
            .map_err(|refused| Failure::new(ExitStatus::Other, refused.to_string()))?;
        let number = |name: &str, default: u64| match get(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| wrong(name, format!("`{text}` is not a whole number"))),
        };
        let limits = Limits::default();
        let patterns = get(SUBMODULE_PATHS).unwrap_or_default();
        Ok(Self {
            job: required(variable::JOB_ID)?,
            secret: source.secret,
            url: source.url,
            reference: source.reference,
            submodules: source.submodules,
            lfs: source.lfs,
            depth: source.depth,
            hosts,
            submodule_paths: patterns
                .split(',')
                .filter(|text| !text.trim().is_empty())
                .map(Pattern::new)
                .collect(),
            known_hosts: get(GIT_KNOWN_HOSTS).unwrap_or_default(),
            limits: Limits {
                fetched_megabytes: number("MAX_FETCHED_MEGABYTES", limits.fetched_megabytes)?,
                lfs_megabytes: number("MAX_LFS_MEGABYTES", limits.lfs_megabytes)?,
                artifact_megabytes: number("MAX_ARTIFACT_MEGABYTES", limits.artifact_megabytes)?,
                files: number("MAX_FILES", limits.files)?,
                submodules: number("MAX_SUBMODULES", limits.submodules)?,
                submodule_depth: number("MAX_SUBMODULE_DEPTH", limits.submodule_depth)?,
            },
            pauses: PAUSES.to_vec(),
            path: required("PATH")?,
        })
    }
}

/// Variables of the project.
const GIT_KNOWN_HOSTS: &str = "GIT_KNOWN_HOSTS";
const SUBMODULE_PATHS: &str = "SUBMODULE_PATHS";

#[cfg(test)]
mod tests;
