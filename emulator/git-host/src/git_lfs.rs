//! The program git-lfs on this machine, which git starts by its name.

use anyhow::{Context, ensure};
use std::ffi::OsString;
use std::path::Path;

/// The search path of this process with the folder of git-lfs in front: `.venv/bin` of the project, where `make test`
/// installs it. Give it as `PATH` to a git that has to find git-lfs.
///
/// # Errors
/// When git-lfs is not there.
pub fn search_path(project: &Path) -> anyhow::Result<OsString> {
    let folder = project.join(".venv/bin");
    ensure!(
        folder.join("git-lfs").is_file(),
        "git-lfs is not in {}: run `make .venv/bin/git-lfs`",
        folder.display()
    );
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("the project's path has a colon in it")
}
