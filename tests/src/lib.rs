//! The tree of the project as the tidy test reads it. The tests themselves are `tidy.rs`, `guard.rs` and `e2e/`.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the tree fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

/// A file of the tree: its path from the root, with `/`, and its text.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// Whether it lies in a folder of the root.
    pub fn is_in(&self, folder: &str) -> bool {
        self.path.starts_with(&format!("{folder}/"))
    }

    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every text file with one of these endings, without what is built, installed or git's own.
pub fn files(endings: &[&str]) -> Vec<File> {
    let root = root();
    let skipped = ["target", ".venv", ".git", "node_modules"];
    let walk = WalkDir::new(&root).sort_by_file_name().into_iter();
    // `build` in the root is written by `make package`; other folders have that name too.
    let kept = walk.filter_entry(|e| {
        let written = e.depth() == 1 && e.file_name() == "build";
        !written && !skipped.contains(&e.file_name().to_string_lossy().as_ref())
    });
    kept.map(Result::unwrap)
        .filter(|entry| endings.iter().any(|ending| entry.file_name().to_string_lossy().ends_with(ending)))
        .map(|entry| File {
            path: entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
            text: fs::read_to_string(entry.path()).unwrap(),
        })
        .collect()
}

/// Third-party crates, each with its features, of some packages and what they are compiled from.
pub fn crates(selection: &[&str]) -> BTreeSet<String> {
    let shape = ["--offline", "--locked", "--prefix", "none", "--format", "{p} {f}"];
    let mut cargo = Command::new(env!("CARGO"));
    let tree = cargo.arg("tree").args(selection).args(shape).current_dir(root()).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    // A line of a package of this project names its folder; a repeated one ends in `(*)`.
    lines
        .lines()
        .filter(|line| !line.contains("(/"))
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .collect()
}
