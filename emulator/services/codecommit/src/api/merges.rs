//! Merges that move a branch forward.

use super::inputs::{branch, commit, tip};
use crate::CodeCommit;
use crate::events::Change;
use crate::failure::{failure, no_branch, no_commit};
use emulator_core::{Answer, Call, text};
use serde_json::json;

/// The target branch, or else the destination, gets the commit of the source, of which it has to be an ancestor.
pub(super) async fn fast_forward(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let repository = service.repository(text(input, "repositoryName"))?;
    let git = &repository.git;
    let source = commit(&repository, text(input, "sourceCommitSpecifier")).await?;
    let destination = commit(&repository, text(input, "destinationCommitSpecifier")).await?;
    let member =
        if text(input, "targetBranch").is_empty() { "destinationCommitSpecifier" } else { "targetBranch" };
    let target = branch(input, member)?;
    let references = git.references().await?;
    let old = tip(&references, target).ok_or_else(|| no_branch(target))?;
    if !git.is_ancestor(&destination, &source).await? || !git.is_ancestor(old, &source).await? {
        let told = "The branches have diverged: a fast-forward merge is not possible";
        return Err(failure("ManualMergeRequired", told));
    }
    let merged = git.commit(&source).await?.ok_or_else(|| no_commit(&source))?;
    if old != source {
        if !git.update(&format!("refs/heads/{target}"), old, &source).await? {
            let told = format!("Branch {target} was updated by another request");
            return Err(failure("ConcurrentReferenceUpdate", told));
        }
        let change = Change::of_branch(target, old, &source);
        service.announce(&repository, &call.caller.arn, &[change]).await?;
    }
    Ok(json!({"commitId": merged.id, "treeId": merged.tree}))
}
