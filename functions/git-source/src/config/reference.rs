//! What of a repository is cloned, by git's own rules for names, and never anything that a command could take for an
//! option.

use super::Wrong;
use std::fmt;

/// One commit of a repository, by the name its owner gave it or by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The commit a branch points at.
    Branch(String),
    /// The commit a tag points at.
    Tag(String),
    /// This very commit; 40 or 64 hexadecimal digits in lower case.
    Commit(String),
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(name) => write!(out, "branch `{name}`"),
            Self::Tag(name) => write!(out, "tag `{name}`"),
            Self::Commit(id) => write!(out, "commit `{id}`"),
        }
    }
}

/// The longest name of a branch or tag: git keeps a reference in a file, and that is how long a file's name may be.
const LONGEST: usize = 255;

/// Whether this is a full commit id, SHA-1 or SHA-256.
#[must_use]
pub(crate) fn is_commit_id(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn branch(name: &str) -> Result<Reference, Wrong> {
    let full = format!("refs/heads/{name}");
    gix_validate::reference::branch_name(full.as_str().into())
        .map_err(|error| against_rules(&error, "branch"))?;
    short_name(name, "refs/heads/")?;
    Ok(Reference::Branch(name.to_owned()))
}

pub(super) fn tag(name: &str) -> Result<Reference, Wrong> {
    let full = format!("refs/tags/{name}");
    gix_validate::reference::name(full.as_str().into()).map_err(|error| against_rules(&error, "tag"))?;
    short_name(name, "refs/tags/")?;
    Ok(Reference::Tag(name.to_owned()))
}

pub(super) fn commit(id: &str) -> Result<Reference, Wrong> {
    if is_commit_id(id) {
        return Ok(Reference::Commit(id.to_ascii_lowercase()));
    }
    Err(Wrong::new(
        "is not a full commit id",
        "give all 40 (SHA-1) or 64 (SHA-256) hexadecimal digits; a short id can mean two commits",
    ))
}

fn against_rules(error: &gix_validate::reference::name::Error, what: &str) -> Wrong {
    let rule = error.to_string();
    Wrong::new(
        format!("breaks git's rules for names ({})", rule.trim_end_matches('.')),
        format!("give the name of an existing {what}, as `git ls-remote` shows it after the last prefix"),
    )
}

/// What git would allow and we do not: names that look like options, and the full names that git itself resolves
/// differently in different commands.
fn short_name(name: &str, prefix: &str) -> Result<(), Wrong> {
    if name.starts_with('-') {
        return Err(Wrong::new("starts with a dash, which commands take for an option", "rename it"));
    }
    if name.starts_with("refs/") {
        let short = name.strip_prefix(prefix).unwrap_or("main");
        return Err(Wrong::new("is a full reference", format!("write the short name, such as `{short}`")));
    }
    if name == "@" {
        return Err(Wrong::new("is git's word for HEAD", "write the name itself"));
    }
    if name.len() > LONGEST {
        return Err(Wrong::new(format!("has more than {LONGEST} bytes"), "rename it"));
    }
    Ok(())
}
