//! `CodeCommit`'s operations, one function each: checked input in, output or AWS's error out.

mod archives;
mod branches;
mod commits;
pub(crate) mod conditions;
mod differences;
mod files;
mod inputs;
mod merges;
mod pages;
mod permissions;
mod reading;
mod repositories;
mod tags;

use crate::CodeCommit;
use crate::failure::refusal;
use emulator_core::{Operation, Shapes};
use permissions::{on_all, on_archive, on_arn, on_each, on_renamed, on_repository};
use std::sync::LazyLock;

pub(crate) static SHAPES: LazyLock<Shapes> =
    LazyLock::new(|| Shapes::read(include_str!("../../shapes.json")).refusing(refusal));

/// What is served. The last four are no operations of AWS's model: `CodePipeline` has the archive of a commit made with them, and
/// `CodeBuild` clones.
pub(crate) const OPERATIONS: &[Operation<CodeCommit>] = &[
    Operation::waiting("CreateRepository", |s, call| Box::pin(repositories::create(s, call)), on_repository),
    Operation::new("GetRepository", repositories::get, on_repository),
    Operation::new("BatchGetRepositories", repositories::batch_get, on_each),
    Operation::new("ListRepositories", repositories::list, on_all),
    Operation::new("DeleteRepository", repositories::delete, on_repository),
    Operation::new("UpdateRepositoryName", repositories::rename, on_renamed),
    Operation::new("UpdateRepositoryDescription", repositories::describe, on_repository),
    Operation::new("UpdateRepositoryEncryptionKey", repositories::set_key, on_repository),
    Operation::waiting(
        "UpdateDefaultBranch",
        |s, call| Box::pin(branches::set_default(s, call)),
        on_repository,
    ),
    Operation::waiting("CreateBranch", |s, call| Box::pin(branches::create(s, call)), on_repository),
    Operation::waiting("GetBranch", |s, call| Box::pin(branches::get(s, call)), on_repository),
    Operation::waiting("ListBranches", |s, call| Box::pin(branches::list(s, call)), on_repository),
    Operation::waiting("DeleteBranch", |s, call| Box::pin(branches::delete(s, call)), on_repository),
    Operation::waiting("CreateCommit", |s, call| Box::pin(commits::create(s, call)), on_repository),
    Operation::waiting("PutFile", |s, call| Box::pin(files::put(s, call)), on_repository),
    Operation::waiting("DeleteFile", |s, call| Box::pin(files::delete(s, call)), on_repository),
    Operation::waiting("GetCommit", |s, call| Box::pin(reading::commit(s, call)), on_repository),
    Operation::waiting("GetFile", |s, call| Box::pin(reading::file(s, call)), on_repository),
    Operation::waiting("GetFolder", |s, call| Box::pin(reading::folder(s, call)), on_repository),
    Operation::waiting("GetBlob", |s, call| Box::pin(reading::blob(s, call)), on_repository),
    Operation::waiting("GetDifferences", |s, call| Box::pin(differences::get(s, call)), on_repository),
    Operation::waiting(
        "MergeBranchesByFastForward",
        |s, call| Box::pin(merges::fast_forward(s, call)),
        on_repository,
    ),
    Operation::new("TagResource", tags::add, on_arn),
    Operation::new("UntagResource", tags::remove, on_arn),
    Operation::new("ListTagsForResource", tags::list, on_arn),
    Operation::waiting("UploadArchive", |s, call| Box::pin(archives::upload(s, call)), on_archive),
    Operation::new("GetUploadArchiveStatus", archives::status, on_repository),
    Operation::new("CancelUploadArchive", archives::cancel, on_repository),
    Operation::new("GitPull", archives::pull, on_repository),
];
