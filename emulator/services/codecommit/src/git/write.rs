//! New objects of a repository: files, trees, commits.

use super::{Entry, Git};
use anyhow::anyhow;
use emulator_core::Failure;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The author of a commit, who is the committer, too.
#[derive(Debug)]
pub(crate) struct Author {
    pub(crate) name: String,
    pub(crate) email: String,
    /// Seconds since 1970.
    pub(crate) at: i64,
}

/// A commit to be made.
#[derive(Debug)]
pub(crate) struct NewCommit<'a> {
    pub(crate) tree: &'a str,
    pub(crate) parent: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) author: &'a Author,
}

impl Git {
    /// Stores the content of a file and returns its id.
    pub(crate) async fn store(&self, content: &[u8]) -> Result<String, Failure> {
        let id = self.bytes(&["hash-object", "-w", "--stdin"], content).await?;
        Ok(String::from_utf8_lossy(&id).trim().to_owned())
    }

    /// Stores the tree of these files and returns its id. An index of its own keeps two calls apart.
    pub(crate) async fn store_tree(&self, files: &BTreeMap<String, Entry>) -> Result<String, Failure> {
        let index = format!("index-{}", Uuid::new_v4().simple());
        let stored = self.through(&index, files).await;
        // Without files there is none.
        let _ = std::fs::remove_file(self.folder.join(&index));
        stored
    }

    async fn through(&self, index: &str, files: &BTreeMap<String, Entry>) -> Result<String, Failure> {
        let lines =
            files.iter().map(|(path, entry)| format!("{} {}\t{path}\0", entry.mode.octal(), entry.id));
        let lines: String = lines.collect();
        let variables = [("GIT_INDEX_FILE", index)];
        let filled = self.run(&["update-index", "-z", "--index-info"], lines.as_bytes(), &variables).await?;
        let written = self.run(&["write-tree"], &[], &variables).await?;
        if filled.status.success() && written.status.success() {
            return Ok(String::from_utf8_lossy(&written.stdout).trim().to_owned());
        }
        let told = [filled.stderr, written.stderr].concat();
        Err(Failure::internal(&anyhow!("git could not write a tree: {}", String::from_utf8_lossy(&told))))
    }

    /// Stores a commit and returns its id. No reference names it yet.
    pub(crate) async fn store_commit(&self, new: &NewCommit<'_>) -> Result<String, Failure> {
        let NewCommit { tree, parent, message, author } = new;
        let mut arguments = vec!["commit-tree", tree];
        arguments.extend(parent.iter().flat_map(|parent| ["-p", parent]));
        let date = format!("{} +0000", author.at);
        let (name, email) = (author.name.as_str(), author.email.as_str());
        let variables = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
            ("GIT_COMMITTER_DATE", &date),
        ];
        let output = self.run(&arguments, message.as_bytes(), &variables).await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(Failure::internal(&anyhow!("git commit-tree: {}", String::from_utf8_lossy(&output.stderr))))
    }
}
