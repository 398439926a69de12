//! A change of files on the way to be a commit: which entries of a tree it adds, updates and deletes.

use crate::failure::{failure, no_file};
use crate::git::{Entry, Mode};
use emulator_core::Failure;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What keeps a folder in git that has no file.
const KEEPER: &str = ".gitkeep";

/// Bytes of a path.
const LONGEST: usize = 4000;

/// Files of a commit, and the ones that were there before.
pub(crate) struct Files {
    before: BTreeMap<String, Entry>,
    now: BTreeMap<String, Entry>,
    /// Paths that the request has named, each once.
    named: BTreeSet<String>,
}

impl Files {
    pub(crate) fn new(before: BTreeMap<String, Entry>) -> Self {
        Self { now: before.clone(), before, named: BTreeSet::new() }
    }

    pub(crate) fn now(&self) -> &BTreeMap<String, Entry> {
        &self.now
    }

    /// What was at a path before.
    pub(crate) fn before(&self, path: &str) -> Option<&Entry> {
        self.before.get(path)
    }

    /// The file that is at a path before the change, which moves or copies it.
    pub(crate) fn source(&self, path: &str) -> Result<&Entry, Failure> {
        let path = clean(path)?;
        self.before.get(&path).ok_or_else(|| no_file(&path))
    }

    pub(crate) fn put(&mut self, path: &str, entry: Entry) -> Result<(), Failure> {
        let path = self.name(path, "PutFileEntryConflict")?;
        for (place, _) in path.match_indices('/') {
            match self.now.get(&path[..place]).map(|entry| entry.mode) {
                Some(Mode::Submodule) => {
                    let told = format!("{path} is in a submodule");
                    return Err(failure("FilePathConflictsWithSubmodulePath", told));
                }
                Some(_) => {
                    let told = format!("{} is a file, and not a folder", &path[..place]);
                    return Err(failure("DirectoryNameConflictsWithFileName", told));
                }
                None => {}
            }
        }
        let inside = format!("{path}/");
        if self.now.range(inside.clone()..).next().is_some_and(|(other, _)| other.starts_with(&inside)) {
            return Err(failure("FileNameConflictsWithDirectoryName", format!("{path} is a folder")));
        }
        if self.now.get(&path).is_some_and(|entry| entry.mode == Mode::Submodule) {
            return Err(failure("FilePathConflictsWithSubmodulePath", format!("{path} is a submodule")));
        }
        self.now.insert(path, entry);
        Ok(())
    }

    pub(crate) fn delete(&mut self, path: &str) -> Result<Entry, Failure> {
        let path = self.name(path, "SamePathRequest")?;
        self.now.remove(&path).ok_or_else(|| no_file(&path))
    }

    pub(crate) fn set_mode(&mut self, path: &str, mode: Mode) -> Result<(), Failure> {
        let path = self.name(path, "SamePathRequest")?;
        self.now.get_mut(&path).ok_or_else(|| no_file(&path))?.mode = mode;
        Ok(())
    }

    /// The folders of which the change leaves nothing: git keeps a folder for its files only.
    pub(crate) fn emptied(&self) -> BTreeSet<String> {
        let gone = self.before.keys().filter(|path| !self.now.contains_key(*path));
        let folders = gone.filter_map(|path| path.rsplit_once('/')).map(|(folder, _)| folder.to_owned());
        let inside = |folder: &String| self.now.keys().any(|path| path.starts_with(&format!("{folder}/")));
        folders.filter(|folder| !inside(folder)).collect()
    }

    /// Keeps a folder that has no file any more.
    pub(crate) fn keep(&mut self, folder: &str, empty_file: &str) {
        let entry = Entry { mode: Mode::Normal, id: empty_file.into() };
        self.now.insert(format!("{folder}/{KEEPER}"), entry);
    }

    /// What was added, updated and deleted, as the API shows it.
    pub(crate) fn shown(&self) -> [Value; 3] {
        let shown = |(path, entry): (&String, &Entry)| json!({"absolutePath": path, "blobId": entry.id, "fileMode": entry.mode.name()});
        let added = self.now.iter().filter(|(path, _)| !self.before.contains_key(*path)).map(shown);
        let differs =
            |(path, entry): &(&String, &Entry)| self.before.get(*path).is_some_and(|before| before != *entry);
        let updated = self.now.iter().filter(differs).map(shown);
        let deleted = self.before.iter().filter(|(path, _)| !self.now.contains_key(*path)).map(shown);
        [added.collect(), updated.collect(), deleted.collect()]
    }

    /// Notes that the request names a path; a second time is an error with this code.
    fn name(&mut self, path: &str, twice: &str) -> Result<String, Failure> {
        let path = clean(path)?;
        if !self.named.insert(path.clone()) {
            return Err(failure(twice, format!("{path} is in the request more than once")));
        }
        Ok(path)
    }
}

/// The path of a file without a slash in front.
pub(crate) fn clean(path: &str) -> Result<String, Failure> {
    let inner = path.strip_prefix('/').unwrap_or(path);
    let wrong =
        |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    if path.is_empty() {
        return Err(failure("PathRequired", "A path is required"));
    }
    if inner.split('/').any(wrong) || inner.contains('\0') || inner.len() > LONGEST {
        return Err(failure("InvalidPath", format!("The path {path} is not valid")));
    }
    Ok(inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str) -> Entry {
        Entry { mode: Mode::Normal, id: id.into() }
    }

    fn files(paths: &[&str]) -> Files {
        Files::new(paths.iter().map(|path| ((*path).to_owned(), entry("old"))).collect())
    }

    #[track_caller]
    fn check(result: Result<(), Failure>, code: &str) {
        assert_eq!(result.unwrap_err().code, format!("{code}Exception"));
    }

    #[test]
    fn a_change_is_shown_by_what_it_does_to_files() {
        let mut change = files(&["a", "b", "src/c"]);
        change.put("/new", entry("new")).unwrap();
        change.put("a", entry("new")).unwrap();
        change.delete("src/c").unwrap();
        assert_eq!(change.emptied(), BTreeSet::from(["src".to_owned()]));
        let [added, updated, deleted] = change.shown();
        assert_eq!(added, json!([{"absolutePath": "new", "blobId": "new", "fileMode": "NORMAL"}]));
        assert_eq!(updated, json!([{"absolutePath": "a", "blobId": "new", "fileMode": "NORMAL"}]));
        assert_eq!(deleted, json!([{"absolutePath": "src/c", "blobId": "old", "fileMode": "NORMAL"}]));
        change.keep("src", "empty");
        assert!(change.now().contains_key("src/.gitkeep") && change.emptied().is_empty());
    }

    #[test]
    fn files_and_folders_do_not_have_the_same_name() {
        check(files(&["a"]).put("a/b", entry("1")), "DirectoryNameConflictsWithFileName");
        check(files(&["a/b"]).put("a", entry("1")), "FileNameConflictsWithDirectoryName");
        let module = Entry { mode: Mode::Submodule, id: "1".into() };
        let mut with_module = Files::new(BTreeMap::from([("lib".to_owned(), module)]));
        check(with_module.put("lib/x", entry("1")), "FilePathConflictsWithSubmodulePath");
        files(&["a-b", "a0"]).put("a", entry("1")).unwrap();
    }

    #[test]
    fn a_path_is_named_once_and_stays_inside() {
        let mut change = files(&["a"]);
        change.put("a", entry("1")).unwrap();
        check(change.put("/a", entry("2")), "PutFileEntryConflict");
        check(change.delete("a").map(drop), "SamePathRequest");
        check(change.delete("none").map(drop), "FileDoesNotExist");
        for path in ["../a", "a//b", "a/", ".git/config", "a/./b"] {
            check(clean(path).map(drop), "InvalidPath");
        }
        check(clean("").map(drop), "PathRequired");
    }
}
