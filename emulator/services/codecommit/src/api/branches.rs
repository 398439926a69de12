//! Operations on branches.

use super::inputs::{branch, is_id, tip};
use super::pages::{PAGE, paged};
use crate::CodeCommit;
use crate::events::Change;
use crate::failure::{failure, no_branch, no_commit};
use crate::git::NOTHING;
use emulator_core::{Answer, Call, Order, present, text};
use serde_json::{Value, json};

pub(super) async fn create(service: &CodeCommit, call: &Call) -> Answer {
    let name = branch(&call.input, "branchName")?;
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let id = text(&call.input, "commitId");
    if !is_id(id) {
        return Err(failure("InvalidCommitId", format!("The commit ID {id} is not valid")));
    }
    let commit = repository.git.commit(id).await?.ok_or_else(|| no_commit(id))?;
    let reference = format!("refs/heads/{name}");
    if !repository.git.update(&reference, NOTHING, &commit.id).await? {
        return Err(failure("BranchNameExists", format!("Branch {name} already exists")));
    }
    let change = Change::of_branch(name, NOTHING, &commit.id);
    service.announce(&repository, &call.caller.arn, &[change]).await?;
    Ok(json!({}))
}

pub(super) async fn get(service: &CodeCommit, call: &Call) -> Answer {
    let name = text(&call.input, "repositoryName");
    if name.is_empty() {
        return Err(failure("RepositoryNameRequired", "A repository name is required"));
    }
    let branch = branch(&call.input, "branchName")?;
    let repository = service.repository(name)?;
    let references = repository.git.references().await?;
    let commit = tip(&references, branch).ok_or_else(|| no_branch(branch))?;
    Ok(json!({"branch": {"branchName": branch, "commitId": commit}}))
}

pub(super) async fn list(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let references = repository.git.references().await?;
    let names = references.keys().filter_map(|name| name.strip_prefix("refs/heads/"));
    let items = names.map(|name| (name.to_owned(), Value::from(name)));
    let page = paged(items, Order::Ascending, text(&call.input, "nextToken"), PAGE)?;
    Ok(present(json!({"branches": page.items, "nextToken": page.next})))
}

/// A branch that is not there is no error: then the answer names none.
pub(super) async fn delete(service: &CodeCommit, call: &Call) -> Answer {
    let name = branch(&call.input, "branchName")?;
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    if repository.default_branch.as_deref() == Some(name) {
        let told = format!("Branch {name} is the default branch");
        return Err(failure("DefaultBranchCannotBeDeleted", told));
    }
    let references = repository.git.references().await?;
    let Some(commit) = tip(&references, name) else { return Ok(json!({})) };
    if !repository.git.update(&format!("refs/heads/{name}"), commit, NOTHING).await? {
        return Ok(json!({}));
    }
    let change = Change::of_branch(name, commit, NOTHING);
    service.announce(&repository, &call.caller.arn, &[change]).await?;
    Ok(json!({"deletedBranch": {"branchName": name, "commitId": commit}}))
}

pub(super) async fn set_default(service: &CodeCommit, call: &Call) -> Answer {
    let name = branch(&call.input, "defaultBranchName")?;
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    if tip(&repository.git.references().await?, name).is_none() {
        return Err(no_branch(name));
    }
    repository.git.set_head(name).await?;
    service.edit(&repository.id, |known| known.default_branch = Some(name.into()));
    Ok(json!({}))
}
