//! Where the source tree is. Looked up when a program runs: one that was compiled in another checkout, with the same
//! build folder, must not go back to that.

use std::path::{Path, PathBuf};

/// The root of the source tree that the current folder is in: the nearest one with a `Cargo.lock`. The current folder
/// itself when there is none: what needs a file of the tree then says that it is missing.
#[must_use]
pub fn root() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| ".".into());
    above(&here).unwrap_or(&here).to_owned()
}

fn above(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|folder| folder.join("Cargo.lock").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_from_any_folder_of_the_tree() {
        let tree = tempfile::tempdir().unwrap();
        let deep = tree.path().join("functions/git-source/src");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(above(&deep), None);
        std::fs::write(tree.path().join("Cargo.lock"), "").unwrap();
        assert_eq!(above(&deep), Some(tree.path()));
        assert!(root().join("infra/external-repo-access.yaml").is_file());
    }
}
