//! The errors that are answered in several places, and those for inputs that break a rule of the model.

use emulator_core::{Failure, Rule};

pub(crate) fn failure(code: &str, message: impl Into<String>) -> Failure {
    Failure::new(format!("{code}Exception"), message)
}

pub(crate) fn no_repository(name: &str) -> Failure {
    failure("RepositoryDoesNotExist", format!("{name} does not exist"))
}

pub(crate) fn no_branch(name: &str) -> Failure {
    failure("BranchDoesNotExist", format!("Branch {name} does not exist"))
}

pub(crate) fn no_commit(name: &str) -> Failure {
    failure("CommitDoesNotExist", format!("Commit {name} does not exist"))
}

pub(crate) fn no_file(path: &str) -> Failure {
    failure("FileDoesNotExist", format!("Could not find path {path}"))
}

/// Each member has errors of its own in `CodeCommit`: one if it is missing, one if it is wrong. None is the common error.
pub(crate) fn refusal(member: &str, rule: Rule) -> Option<Failure> {
    let missing = rule == Rule::Required;
    let (name, what) = match member {
        "repositoryNames" if missing => ("RepositoryNames", "list of repository names"),
        "repositoryName" | "repositoryNames" | "oldName" | "newName" => ("RepositoryName", "repository name"),
        "repositoryDescription" => ("RepositoryDescription", "repository description"),
        "branchName" | "defaultBranchName" | "targetBranch" => ("BranchName", "branch name"),
        "commitId" => ("CommitId", "commit ID"),
        "parentCommitId" => ("ParentCommitId", "parent commit ID"),
        "afterCommitSpecifier" | "sourceCommitSpecifier" | "destinationCommitSpecifier" => {
            ("Commit", "commit specifier")
        }
        "blobId" => ("BlobId", "blob ID"),
        "filePath" | "folderPath" => ("Path", "path"),
        "fileContent" if rule == Rule::Most => {
            let told = "The content of the file is larger than 6 MB.";
            return Some(failure("FileContentSizeLimitExceeded", told));
        }
        "fileContent" => ("FileContent", "file content"),
        "fileMode" => ("FileMode", "file mode"),
        "resourceArn" => ("ResourceArn", "resource ARN"),
        "tags" if missing => ("TagsMap", "map of tags"),
        "tagKeys" => ("TagKeysList", "list of tag keys"),
        "sortBy" => ("SortBy", "sort order"),
        "order" => ("Order", "order"),
        _ => return None,
    };
    Some(if missing {
        failure(&format!("{name}Required"), format!("A {what} is required"))
    } else {
        failure(&format!("Invalid{name}"), format!("The {what} is not valid"))
    })
}
