//! What is in a repository: commits, files, folders, blobs.

use super::inputs::{self, is_id};
use crate::CodeCommit;
use crate::change::clean;
use crate::failure::{failure, no_file};
use crate::git::{Commit, Entry, Mode, Person};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Value, json};

/// AWS returns no larger file.
const LARGEST: usize = 6 * 1024 * 1024;

pub(super) async fn commit(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let id = text(&call.input, "commitId");
    if !is_id(id) {
        return Err(failure("InvalidCommitId", format!("The commit ID {id} is not valid")));
    }
    let found = repository.git.commit(id).await?;
    let found =
        found.ok_or_else(|| failure("CommitIdDoesNotExist", format!("Commit {id} does not exist")))?;
    Ok(json!({"commit": shown(&found)}))
}

fn shown(commit: &Commit) -> Value {
    let person = |one: &Person| json!({"name": one.name, "email": one.email, "date": one.date});
    json!({
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": commit.parents,
        "message": commit.message,
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "additionalData": "",
    })
}

pub(super) async fn file(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let path = clean(text(input, "filePath"))?;
    let repository = service.repository(text(input, "repositoryName"))?;
    let commit = inputs::commit(&repository, text(input, "commitSpecifier")).await?;
    let entry = repository.git.entry(&commit, &path).await?;
    let is_file = |entry: &Entry| !matches!(entry.mode, Mode::Folder | Mode::Submodule);
    let entry = entry.filter(is_file).ok_or_else(|| no_file(&path))?;
    let content = small(repository.git.blob(&entry.id).await?)?;
    Ok(json!({
        "commitId": commit,
        "blobId": entry.id,
        "filePath": path,
        "fileMode": entry.mode.name(),
        "fileSize": content.len(),
        "fileContent": BASE64_STANDARD.encode(content),
    }))
}

pub(super) async fn blob(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let id = text(&call.input, "blobId");
    if !is_id(id) {
        return Err(failure("InvalidBlobId", format!("The blob ID {id} is not valid")));
    }
    if repository.git.kind(id).await?.as_deref() != Some("blob") {
        return Err(failure("BlobIdDoesNotExist", format!("Blob {id} does not exist")));
    }
    let content = small(repository.git.blob(id).await?)?;
    Ok(json!({"content": BASE64_STANDARD.encode(content)}))
}

fn small(content: Vec<u8>) -> Result<Vec<u8>, Failure> {
    if content.len() > LARGEST {
        return Err(failure("FileTooLarge", "The file is larger than 6 MB: use git"));
    }
    Ok(content)
}

pub(super) async fn folder(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let given = text(input, "folderPath");
    let path = match given.trim_matches('/') {
        "" if given.is_empty() => return Err(failure("PathRequired", "A path is required")),
        "" => String::new(),
        path => clean(path)?,
    };
    let repository = service.repository(text(input, "repositoryName"))?;
    let commit = inputs::commit(&repository, text(input, "commitSpecifier")).await?;
    let git = &repository.git;
    let tree = match path.as_str() {
        "" => git.resolve(&format!("{commit}^{{tree}}")).await?,
        path => git.entry(&commit, path).await?.filter(|one| one.mode == Mode::Folder).map(|one| one.id),
    };
    let missing = || failure("FolderDoesNotExist", format!("Could not find folder {path}"));
    let tree = tree.ok_or_else(missing)?;
    let (mut folders, mut files, mut links, mut modules) = (vec![], vec![], vec![], vec![]);
    for (name, entry) in git.tree(&tree).await? {
        let absolute = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let (list, member) = match entry.mode {
            Mode::Folder => (&mut folders, "treeId"),
            Mode::Submodule => (&mut modules, "commitId"),
            Mode::Symlink => (&mut links, "blobId"),
            Mode::Normal | Mode::Executable => (&mut files, "blobId"),
        };
        let mut shown = json!({member: entry.id, "absolutePath": absolute, "relativePath": name});
        if member == "blobId" {
            shown["fileMode"] = entry.mode.name().into();
        }
        list.push(shown);
    }
    Ok(json!({
        "commitId": commit,
        "folderPath": path,
        "treeId": tree,
        "subFolders": folders,
        "files": files,
        "symbolicLinks": links,
        "subModules": modules,
    }))
}
