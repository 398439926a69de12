//! Commits of one file.

use super::commits::{Signature, decoded, open};
use crate::CodeCommit;
use crate::change::clean;
use crate::git::{Entry, Mode};
use emulator_core::{Answer, Call, text};
use serde_json::json;

pub(super) async fn put(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let branch = open(service, call).await?;
    let mut files = branch.files().await?;
    let path = clean(text(input, "filePath"))?;
    let id = branch.repository.git.store(&decoded(text(input, "fileContent"))?).await?;
    let known = files.before(&path).map(|entry| entry.mode);
    let mode = input["fileMode"].as_str().map(Mode::named).or(known).unwrap_or(Mode::Normal);
    files.put(&path, Entry { mode, id: id.clone() })?;
    let default = format!("{} {path}", if known.is_some() { "Edited" } else { "Added" });
    let (commit, tree) =
        branch.commit(service, call, &files, &signature(call, &default), "SameFileContent").await?;
    Ok(json!({"commitId": commit, "treeId": tree, "blobId": id}))
}

pub(super) async fn delete(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let branch = open(service, call).await?;
    let mut files = branch.files().await?;
    let path = clean(text(input, "filePath"))?;
    let gone = files.delete(&path)?;
    if input["keepEmptyFolders"] == true {
        let empty = branch.repository.git.store(&[]).await?;
        for folder in files.emptied() {
            files.keep(&folder, &empty);
        }
    }
    let default = format!("Deleted {path}");
    let (commit, tree) =
        branch.commit(service, call, &files, &signature(call, &default), "FileDoesNotExist").await?;
    Ok(json!({"commitId": commit, "treeId": tree, "blobId": gone.id, "filePath": path}))
}

/// The author and the message; a default message if the input has none.
fn signature<'a>(call: &'a Call, default: &'a str) -> Signature<'a> {
    let message = text(&call.input, "commitMessage");
    let message = if message.is_empty() { default } else { message };
    Signature { name: text(&call.input, "name"), email: text(&call.input, "email"), message }
}
