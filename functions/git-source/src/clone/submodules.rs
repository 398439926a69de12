//! The submodules of a commit, each checked before anything connects: its URL by the rules of the action's own, and by
//! the list of the stack.

use super::gitmodules::{self, Entry};
use super::repository::{File, Repository};
use super::{Failure, Settings, log};
use crate::config::{self, GitUrl};
use crate::exit_status::ExitStatus;
use std::fmt;

/// A repository whose files belong to the artifact.
#[derive(Debug)]
pub(super) struct Parent<'a> {
    pub(super) repository: &'a Repository,
    pub(super) url: &'a GitUrl,
    pub(super) commit: &'a str,
    /// Where its files are in the artifact: empty, or a path that ends in `/`.
    pub(super) path: &'a str,
    /// 0 for the repository itself.
    pub(super) depth: u64,
}

/// A submodule that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Submodule {
    /// Its path in its parent.
    pub(super) path: String,
    pub(super) url: GitUrl,
    pub(super) commit: String,
    /// Its path in the artifact, quoted.
    name: String,
}

impl fmt::Display for Submodule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

/// The submodules that `git clone --recurse-submodules` would fetch.
pub(super) fn list(
    parent: &Parent<'_>,
    files: &[File],
    settings: &Settings,
) -> Result<Vec<Submodule>, Failure> {
    let links: Vec<&File> = files.iter().filter(|file| file.is_submodule()).collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let entries = gitmodules::read(parent.repository, files)?;
    let mut modules = Vec::new();
    for link in links {
        let text = String::from_utf8_lossy(&link.path);
        let name = log::quoted(&format!("{}{text}", parent.path));
        let Some(entry) = entries.get(&link.path) else {
            log::say(&format!("the submodule {name} is left out: it has no entry in .gitmodules"));
            continue;
        };
        if entry.update.as_deref() == Some("none") {
            log::say(&format!("the submodule {name} is left out: .gitmodules says `update = none`"));
            continue;
        }
        let path = std::str::from_utf8(&link.path)
            .map_err(|_| invalid(&name, "has a path that is not UTF-8"))?
            .to_owned();
        let url = url(parent, entry, &name, settings)?;
        modules.push(Submodule { path, url, commit: link.object.clone(), name });
    }
    Ok(modules)
}

fn url(parent: &Parent<'_>, entry: &Entry, name: &str, settings: &Settings) -> Result<GitUrl, Failure> {
    match entry.update.as_deref() {
        None | Some("checkout" | "rebase" | "merge") => {}
        Some(other) => {
            let value = log::quoted(other);
            return Err(invalid(name, &format!("has `update = {value}`, which git refuses")));
        }
    }
    let text = entry.url.as_deref().filter(|url| !url.is_empty());
    let text = text.ok_or_else(|| invalid(name, "has no URL in .gitmodules"))?;
    let resolved = resolve(&parent.url.to_string(), text);
    let not_allowed = |sentence: String| Failure::new(ExitStatus::SubmoduleNotAllowed, sentence);
    let url = config::git_url(&format!("the URL of the submodule {name},"), &resolved, &settings.hosts)
        .map_err(|refused| not_allowed(refused.to_string()))?;
    let paths = &settings.submodule_paths;
    if !paths.is_empty() && !paths.iter().any(|pattern| pattern.matches(&url)) {
        return Err(not_allowed(format!(
            "the submodule {name} is at {url}, which is not in SubmodulePaths; have the owner of the stack add it"
        )));
    }
    Ok(url)
}

fn invalid(name: &str, what: &str) -> Failure {
    Failure::new(ExitStatus::SubmoduleInvalid, format!("the submodule {name} {what}"))
}

/// `./other.git` and `../other.git` are meant relative to the URL of the repository that names them (git's
/// `relative_url`).
fn resolve(base: &str, url: &str) -> String {
    if !url.starts_with("./") && !url.starts_with("../") {
        return url.to_owned();
    }
    let (mut base, mut url, mut separator) = (base.strip_suffix('/').unwrap_or(base), url, '/');
    loop {
        if let Some(rest) = url.strip_prefix("../") {
            url = rest;
            if let Some((parent, _)) = base.rsplit_once('/') {
                base = parent;
            } else if let Some((parent, _)) = base.rsplit_once(':') {
                (base, separator) = (parent, ':');
            }
        } else if let Some(rest) = url.strip_prefix("./") {
            url = rest;
        } else {
            break;
        }
    }
    format!("{base}{separator}{}", url.strip_suffix('/').unwrap_or(url))
}

#[cfg(test)]
mod tests;
