//! What is in a repository: commits, trees and files.

use super::{EMPTY_TREE, Git};
use anyhow::anyhow;
use emulator_core::Failure;
use std::collections::BTreeMap;

/// What a tree says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Normal,
    Executable,
    Symlink,
    Folder,
    Submodule,
}

impl Mode {
    /// As git writes it.
    pub(crate) fn octal(self) -> &'static str {
        match self {
            Self::Normal => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Folder => "040000",
            Self::Submodule => "160000",
        }
    }

    /// As the API names it; a normal file if it names none.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "EXECUTABLE" => Self::Executable,
            "SYMLINK" => Self::Symlink,
            _ => Self::Normal,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Executable => "EXECUTABLE",
            Self::Symlink => "SYMLINK",
            _ => "NORMAL",
        }
    }

    fn read(octal: &str) -> Option<Self> {
        let all = [Self::Normal, Self::Executable, Self::Symlink, Self::Folder, Self::Submodule];
        // Old repositories have files that their group can write, too.
        let octal = if octal == "100664" { "100644" } else { octal };
        all.into_iter().find(|mode| mode.octal() == octal)
    }
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mode: Mode,
    pub(crate) id: String,
}

/// Who made a commit, and when: seconds since 1970 and the offset of the time zone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) date: String,
}

#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) id: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) message: String,
}

impl Git {
    /// The commit with this id, if there is one.
    pub(crate) async fn commit(&self, id: &str) -> Result<Option<Commit>, Failure> {
        let expression = format!("{id}^{{commit}}");
        if self.resolve(&expression).await?.as_deref() != Some(id) {
            return Ok(None);
        }
        let bytes = self.bytes(&["cat-file", "commit", id], &[]).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let commit = read_commit(id, &text);
        commit.map(Some).ok_or_else(|| Failure::internal(&anyhow!("{id} is no commit that can be read")))
    }

    /// The kind of an object: `blob`, `tree`, `commit` or `tag`; none if there is no such object.
    pub(crate) async fn kind(&self, id: &str) -> Result<Option<String>, Failure> {
        Ok(self.attempt(&["cat-file", "-t", id]).await?.map(|kind| kind.trim().to_owned()))
    }

    pub(crate) async fn blob(&self, id: &str) -> Result<Vec<u8>, Failure> {
        self.bytes(&["cat-file", "blob", id], &[]).await
    }

    /// What is at a path of a commit, which has no slash at either end.
    pub(crate) async fn entry(&self, commit: &str, path: &str) -> Result<Option<Entry>, Failure> {
        let listed = self.text(&["--literal-pathspecs", "ls-tree", "-z", commit, "--", path]).await?;
        Ok(entries(&listed).remove(path))
    }

    /// The entries of one tree by their names.
    pub(crate) async fn tree(&self, id: &str) -> Result<BTreeMap<String, Entry>, Failure> {
        Ok(entries(&self.text(&["ls-tree", "-z", id]).await?))
    }

    /// All files of a commit by their paths.
    pub(crate) async fn files(&self, commit: &str) -> Result<BTreeMap<String, Entry>, Failure> {
        Ok(entries(&self.text(&["ls-tree", "-r", "-z", commit]).await?))
    }

    /// The files of two commits that differ, by their paths, with what was there and what is. Without a first commit, all files
    /// of the second.
    pub(crate) async fn differences(
        &self,
        before: Option<&str>,
        after: &str,
    ) -> Result<Vec<(String, Option<Entry>, Option<Entry>)>, Failure> {
        let before = before.unwrap_or(EMPTY_TREE);
        let listed = self.text(&["diff-tree", "-r", "-z", "--no-renames", before, after]).await?;
        let mut parts = listed.split('\0');
        let mut found = Vec::new();
        while let (Some(head), Some(path)) = (parts.next().filter(|head| !head.is_empty()), parts.next()) {
            let words: Vec<_> = head.trim_start_matches(':').split(' ').collect();
            if let [old_mode, new_mode, old, new, _] = words[..] {
                let entry = |mode: &str, id: &str| Some(Entry { mode: Mode::read(mode)?, id: id.into() });
                found.push((path.to_owned(), entry(old_mode, old), entry(new_mode, new)));
            }
        }
        Ok(found)
    }
}

/// The lines of `ls-tree -z`: mode, kind and id, a tab, and the path.
fn entries(listed: &str) -> BTreeMap<String, Entry> {
    let lines = listed.split('\0').filter_map(|line| {
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split(' ');
        let (mode, id) = (Mode::read(words.next()?)?, words.nth(1)?);
        Some((path.to_owned(), Entry { mode, id: id.to_owned() }))
    });
    lines.collect()
}

/// Reads the text of a commit object: headers, an empty line, the message.
fn read_commit(id: &str, text: &str) -> Option<Commit> {
    let (head, message) = text.split_once("\n\n").unwrap_or((text.trim_end_matches('\n'), ""));
    let header = |name: &'static str| head.lines().filter_map(move |line| line.strip_prefix(name));
    Some(Commit {
        id: id.to_owned(),
        tree: header("tree ").next()?.to_owned(),
        parents: header("parent ").map(str::to_owned).collect(),
        author: person(header("author ").next()?)?,
        committer: person(header("committer ").next()?)?,
        message: message.to_owned(),
    })
}

/// `Name <email> 1700000000 +0000`.
fn person(line: &str) -> Option<Person> {
    let (name, rest) = line.split_once('<')?;
    let (email, date) = rest.split_once('>')?;
    Some(Person { name: name.trim().into(), email: email.into(), date: date.trim().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_read_with_parents_people_and_message() {
        let text = "tree t1\nparent p1\nparent p2\nauthor Ann A <ann@example.com> 1700000000 +0100\ncommitter Bo <> 1700000001 +0000\n\nMerge\n\nauthor x\n";
        let commit = read_commit("c1", text).unwrap();
        assert_eq!((&*commit.tree, commit.parents), ("t1", vec!["p1".to_owned(), "p2".to_owned()]));
        assert_eq!(commit.message, "Merge\n\nauthor x\n");
        let ann =
            Person { name: "Ann A".into(), email: "ann@example.com".into(), date: "1700000000 +0100".into() };
        assert_eq!(commit.author, ann);
        assert_eq!((&*commit.committer.name, &*commit.committer.email), ("Bo", ""));
        assert!(read_commit("c1", "tree t1\n\nno author").is_none());
    }

    #[test]
    fn trees_are_read_with_modes() {
        let found = entries(
            &["100755 blob b1\trun me.sh", "040000 tree t1\tsrc", "160000 commit c1\tsub", ""].join("\0"),
        );
        assert_eq!(found["run me.sh"], Entry { mode: Mode::Executable, id: "b1".into() });
        assert_eq!((found["src"].mode, found["sub"].mode), (Mode::Folder, Mode::Submodule));
        assert_eq!(found.len(), 3);
    }
}
