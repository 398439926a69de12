//! New commits of a branch.

use super::inputs::{branch, is_id, tip};
use crate::CodeCommit;
use crate::change::{Files, clean};
use crate::events::Change;
use crate::failure::{failure, no_branch};
use crate::git::{Author, Entry, Mode, NOTHING, NewCommit};
use crate::store::Repository;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use emulator_core::{Answer, Call, Failure, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// AWS's limits: files in a request, bytes of a message, letters of a name.
const MOST_FILES: usize = 100;
const LONGEST_MESSAGE: usize = 256 * 1024;
const LONGEST_NAME: usize = 255;

/// A branch that gets a commit.
pub(super) struct Branch<'a> {
    pub(super) repository: Repository,
    name: &'a str,
    /// The commit that it names; none if the repository is empty.
    tip: Option<String>,
}

/// The members with which an operation calls what all have.
pub(super) struct Signature<'a> {
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) message: &'a str,
}

pub(super) async fn create(service: &CodeCommit, call: &Call) -> Answer {
    let input = &call.input;
    let branch = open(service, call).await?;
    let mut files = branch.files().await?;
    let list = |member: &str| input[member].as_array().map(Vec::as_slice).unwrap_or_default();
    let (put, deleted, modes) = (list("putFiles"), list("deleteFiles"), list("setFileModes"));
    match put.len() + deleted.len() + modes.len() {
        0 => return Err(failure("FileEntryRequired", "The commit has no files to add, update or delete")),
        1..=MOST_FILES => {}
        _ => {
            let told = format!("A commit can name {MOST_FILES} files at most");
            return Err(failure("MaximumFileEntriesExceeded", told));
        }
    }
    for file in deleted {
        files.delete(text(file, "filePath"))?;
    }
    for file in modes {
        files.set_mode(text(file, "filePath"), Mode::named(text(file, "fileMode")))?;
    }
    for file in put {
        put_file(&branch.repository, &mut files, file).await?;
    }
    if input["keepEmptyFolders"] == true {
        let empty = branch.repository.git.store(&[]).await?;
        for folder in files.emptied() {
            files.keep(&folder, &empty);
        }
    }
    let message = text(input, "commitMessage");
    let signature = Signature { name: text(input, "authorName"), email: text(input, "email"), message };
    let (commit, tree) = branch.commit(service, call, &files, &signature, "NoChange").await?;
    let [added, updated, deleted] = files.shown();
    Ok(json!({
        "commitId": commit, "treeId": tree, "filesAdded": added, "filesUpdated": updated, "filesDeleted": deleted,
    }))
}

/// Puts a file with a content of its own, or with that of another file.
async fn put_file(repository: &Repository, files: &mut Files, file: &Value) -> Result<(), Failure> {
    let path = text(file, "filePath");
    let mode = file["fileMode"].as_str().map(Mode::named);
    let (content, source) = (file["fileContent"].as_str(), text(&file["sourceFile"], "filePath"));
    match (content, source) {
        (Some(content), "") => {
            let id = repository.git.store(&decoded(content)?).await?;
            files.put(path, Entry { mode: mode.unwrap_or(Mode::Normal), id })
        }
        (None, "") => {
            let told = format!("{path} has neither a content nor a source file");
            Err(failure("SourceFileOrContentRequired", told))
        }
        (Some(_), _) => {
            let told = format!("{path} has a content and a source file");
            Err(failure("FileContentAndSourceFileSpecified", told))
        }
        (None, source) => {
            let known = files.source(source)?.clone();
            if file["sourceFile"]["isMove"] == true {
                if clean(source)? == clean(path)? {
                    return Err(failure("RestrictedSourceFile", format!("{path} is moved to itself")));
                }
                files.delete(source)?;
            }
            files.put(path, Entry { mode: mode.unwrap_or(known.mode), id: known.id })
        }
    }
}

/// The content of a file, which is Base64 in JSON.
pub(super) fn decoded(content: &str) -> Result<Vec<u8>, Failure> {
    let wrong = |_| Failure::new("SerializationException", "The content of the file is not Base64");
    BASE64_STANDARD.decode(content).map_err(wrong)
}

/// The branch of a call, with the rules about the parent of its next commit.
pub(super) async fn open<'a>(service: &CodeCommit, call: &'a Call) -> Result<Branch<'a>, Failure> {
    let input = &call.input;
    let name = branch(input, "branchName")?;
    let repository = service.repository(text(input, "repositoryName"))?;
    let parent = text(input, "parentCommitId");
    if !parent.is_empty() && !is_id(parent) {
        return Err(failure("InvalidParentCommitId", format!("The parent commit ID {parent} is not valid")));
    }
    if !parent.is_empty() && repository.git.commit(parent).await?.is_none() {
        let told = format!("The parent commit {parent} does not exist");
        return Err(failure("ParentCommitDoesNotExist", told));
    }
    let references = repository.git.references().await?;
    if references.contains_key(&format!("refs/tags/{name}")) {
        return Err(failure("BranchNameIsTagName", format!("{name} is a tag")));
    }
    let empty = !references.keys().any(|one| one.starts_with("refs/heads/"));
    let tip = tip(&references, name).map(str::to_owned);
    match &tip {
        None if empty => {}
        None => return Err(no_branch(name)),
        Some(_) if parent.is_empty() => {
            return Err(failure("ParentCommitIdRequired", "A parent commit ID is required"));
        }
        Some(tip) if tip != parent => {
            let told = format!("The parent commit {parent} is not the tip of {name}, which is {tip}");
            return Err(failure("ParentCommitIdOutdated", told));
        }
        Some(_) => {}
    }
    Ok(Branch { repository, name, tip })
}

impl Branch<'_> {
    /// The files of the tip.
    pub(super) async fn files(&self) -> Result<Files, Failure> {
        Ok(Files::new(match &self.tip {
            Some(tip) => self.repository.git.files(tip).await?,
            None => BTreeMap::new(),
        }))
    }

    /// Makes the commit and moves the branch to it: ids of commit and tree. Files that are as before are an error of this code.
    pub(super) async fn commit(
        &self,
        service: &CodeCommit,
        call: &Call,
        files: &Files,
        signature: &Signature<'_>,
        unchanged: &str,
    ) -> Result<(String, String), Failure> {
        let Signature { name, email, message } = *signature;
        check(name, email, message)?;
        let git = &self.repository.git;
        let tree = git.store_tree(files.now()).await?;
        let parent = match &self.tip {
            Some(tip) => git.commit(tip).await?,
            None => None,
        };
        if parent.as_ref().is_some_and(|parent| parent.tree == tree) {
            let told = format!("The branch {} has these files already", self.name);
            return Err(failure(unchanged, told));
        }
        // AWS names the caller if the call names nobody.
        let caller = call.caller.arn.rsplit(['/', ':']).next().unwrap_or_default();
        let author = Author {
            name: [name, caller].into_iter().map(plain).find(|name| !name.is_empty()).unwrap_or_default(),
            email: email.into(),
            at: service.context.clock.now().as_second(),
        };
        let parent = parent.map(|parent| parent.id);
        let new = NewCommit { tree: &tree, parent: parent.as_deref(), message, author: &author };
        let commit = git.store_commit(&new).await?;
        let old = parent.as_deref().unwrap_or(NOTHING);
        if !git.update(&format!("refs/heads/{}", self.name), old, &commit).await? {
            let told = format!("The branch {} was updated by another request", self.name);
            return Err(failure("ParentCommitIdOutdated", told));
        }
        let change = Change::of_branch(self.name, old, &commit);
        service.announce(&self.repository, &call.caller.arn, &[change]).await?;
        Ok((commit, tree))
    }
}

/// A name without what git leaves out of it, or does not take.
fn plain(name: &str) -> String {
    let kept: String = name.chars().filter(|one| !one.is_control() && !"<>".contains(*one)).collect();
    kept.trim_matches(|one: char| one.is_whitespace() || ".,:;\"\\'".contains(one)).to_owned()
}

fn check(name: &str, email: &str, message: &str) -> Result<(), Failure> {
    if name.chars().count() > LONGEST_NAME {
        return Err(failure("NameLengthExceeded", format!("A name has {LONGEST_NAME} letters at most")));
    }
    if message.len() > LONGEST_MESSAGE {
        return Err(failure("CommitMessageLengthExceeded", "The message is larger than 256 KB"));
    }
    let part = |character: char| character.is_control() || "<>".contains(character);
    if email.contains(part) || email.contains(' ') || (!email.is_empty() && !email.contains('@')) {
        return Err(failure("InvalidEmail", format!("The email address {email} is not valid")));
    }
    Ok(())
}
