//! What inputs name in a repository: branches and commits.

use crate::failure::{failure, no_commit};
use crate::git::{NOTHING, References};
use crate::store::Repository;
use emulator_core::{Failure, text};
use serde_json::Value;

/// The branch in a member, whose name git would take.
pub(super) fn branch<'a>(input: &'a Value, member: &str) -> Result<&'a str, Failure> {
    let name = text(input, member);
    if name.is_empty() {
        return Err(failure("BranchNameRequired", "A branch name is required"));
    }
    let full = format!("refs/heads/{name}");
    if name.starts_with('-') || gix_validate::reference::name(full.as_str().into()).is_err() {
        return Err(failure("InvalidBranchName", format!("The branch name {name} is not valid")));
    }
    Ok(name)
}

/// The commit that a branch names.
pub(super) fn tip<'a>(references: &'a References, branch: &str) -> Option<&'a str> {
    references.get(&format!("refs/heads/{branch}")).map(String::as_str)
}

/// Whether a text is the id of an object.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 40 && text != NOTHING && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The commit that a specifier names: an id, a branch, a tag or the full name of a reference. Without one, the tip of the
/// default branch.
pub(super) async fn commit(repository: &Repository, specifier: &str) -> Result<String, Failure> {
    let default = repository.default_branch.as_deref();
    let names = match specifier {
        "" | "HEAD" => vec![format!("refs/heads/{}", default.ok_or_else(|| no_commit("HEAD"))?)],
        id if is_id(id) => vec![id.to_lowercase()],
        full if full.starts_with("refs/") => vec![full.to_owned()],
        name => vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")],
    };
    for name in names {
        if !is_id(&name) && gix_validate::reference::name(name.as_str().into()).is_err() {
            return Err(failure("InvalidCommit", format!("The commit specifier {specifier} is not valid")));
        }
        if let Some(found) = repository.git.resolve(&format!("{name}^{{commit}}")).await? {
            return Ok(found);
        }
    }
    Err(no_commit(specifier))
}
