//! What follows from changed references: the event of each, the default branch of a repository that had none, and the start of
//! pipelines that poll.

use crate::CodeCommit;
use crate::git::NOTHING;
use crate::store::Repository;
use emulator_core::{BranchChange, Branches, Failure, present};
use serde_json::{Value, json};

pub(crate) const STATE_CHANGE: &str = "CodeCommit Repository State Change";

const BRANCH: &str = "refs/heads/";
const TAG: &str = "refs/tags/";

/// A reference that names another object than before. An id of zeros stands for no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// `refs/heads/main`
    pub(crate) reference: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Change {
    /// A change of a branch.
    pub(crate) fn of_branch(branch: &str, old: &str, new: &str) -> Self {
        Self { reference: format!("{BRANCH}{branch}"), old: old.into(), new: new.into() }
    }

    /// The branch, if it exists now.
    fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix(BRANCH).filter(|_| self.new != NOTHING)
    }
}

impl CodeCommit {
    /// Tells the world of changed references, by whom.
    pub(crate) async fn announce(
        &self,
        repository: &Repository,
        caller: &str,
        changes: &[Change],
    ) -> Result<(), Failure> {
        let first = changes.iter().find_map(Change::branch);
        if let (None, Some(first)) = (&repository.default_branch, first) {
            repository.git.set_head(first).await?;
            self.edit(&repository.id, |known| {
                known.default_branch.get_or_insert_with(|| first.to_owned());
            });
        }
        self.edit(&repository.id, |_| {});
        let resources = [self.arn(&repository.name)];
        for detail in changes.iter().filter_map(|change| detail(repository, caller, change)) {
            self.context.emit("aws.codecommit", STATE_CHANGE, &resources, &detail);
        }
        let branches = self.context.common::<Branches>();
        for branch in changes.iter().filter_map(Change::branch) {
            branches.changed(&BranchChange {
                account: self.context.account.clone(),
                region: self.context.region.clone(),
                repository: repository.name.clone(),
                branch: branch.to_owned(),
            });
        }
        Ok(())
    }
}

/// What an event says; none for references that are neither branches nor tags.
fn detail(repository: &Repository, caller: &str, change: &Change) -> Option<Value> {
    let full = &change.reference;
    let (kind, name) = match (full.strip_prefix(BRANCH), full.strip_prefix(TAG)) {
        (Some(name), _) => ("branch", name),
        (None, Some(name)) => ("tag", name),
        (None, None) => return None,
    };
    let given = |id: &str| (id != NOTHING).then(|| id.to_owned());
    let (old, new) = (given(&change.old), given(&change.new));
    let event = match (&old, &new) {
        (None, _) => "referenceCreated",
        (Some(_), Some(_)) => "referenceUpdated",
        (Some(_), None) => "referenceDeleted",
    };
    Some(present(json!({
        "event": event,
        "repositoryName": repository.name,
        "repositoryId": repository.id,
        "referenceType": kind,
        "referenceName": name,
        "referenceFullName": full,
        "commitId": new,
        "oldCommitId": old,
        "callerUserArn": caller,
    })))
}
