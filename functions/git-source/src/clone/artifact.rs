//! The zip. Each repository is written by `git archive`: dot files, symbolic links and executable bits, with its own
//! attributes, and without what they mark `export-ignore`. The same commits give the same bytes, because the times in an
//! archive are those of its commit.

use super::lfs::Objects;
use super::limits::Budget;
use super::submodules::Parent;
use super::{Failure, process};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use zip::result::ZipResult;
use zip::{ZipArchive, ZipWriter};

/// The archives so far, the one of the repository itself first.
#[derive(Debug)]
pub(super) struct Archives {
    folder: PathBuf,
    parts: Vec<PathBuf>,
}

/// What one archive holds.
#[derive(Debug)]
pub(super) struct Archived {
    prefix: String,
    folders: HashSet<Vec<u8>>,
}

impl Archived {
    /// Whether the folder of a submodule, by its path in the repository, is in the archive.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.folders.contains(format!("{}{path}/", self.prefix).as_bytes())
    }
}

impl Archives {
    /// In a new folder.
    pub(super) fn new(folder: &Path) -> Result<Self, Failure> {
        std::fs::create_dir(folder).map_err(|error| Failure::other("no folder for the archives", error))?;
        Ok(Self { folder: folder.to_owned(), parts: Vec::new() })
    }

    /// Writes the archive of one repository, with Git LFS objects in the place of their pointers if there are any.
    pub(super) fn add(
        &mut self,
        parent: &Parent<'_>,
        objects: Option<&Objects>,
        budget: &Budget,
    ) -> Result<Archived, Failure> {
        let path = self.folder.join(format!("part-{}.zip", self.parts.len()));
        let mut git = parent.repository.command();
        if let Some(objects) = objects {
            objects.configure(&mut git, parent.url);
        }
        git.args(["archive", "--format=zip"]).arg(format!("--prefix={}", parent.path));
        git.arg("--output").arg(&path).arg(parent.commit);
        let output = process::run_within(&mut git, &self.folder, budget.archive_bytes())?
            .ok_or_else(|| budget.archived_too_much())?;
        output.expect("write the archive")?;
        let mut archive = open(&path).map_err(|error| broken(&error))?;
        budget.take_archive(unpacked(&mut archive).map_err(|error| broken(&error))?)?;
        let folders =
            archive.file_names_raw().filter(|name| name.ends_with(b"/")).map(<[u8]>::to_vec).collect();
        self.parts.push(path);
        Ok(Archived { prefix: parent.path.to_owned(), folders })
    }

    /// One archive of all; with no submodule, the very bytes of `git archive`.
    pub(super) fn merge(self, commit: &str) -> Result<PathBuf, Failure> {
        if let [only] = self.parts.as_slice() {
            return Ok(only.clone());
        }
        let path = self.folder.join("artifact.zip");
        merge(&self.parts, &path, commit).map_err(|error| broken(&error))?;
        Ok(path)
    }
}

/// Copies all entries as they are. The folder of a submodule is in the archive of its parent and in its own.
fn merge(parts: &[PathBuf], path: &Path, commit: &str) -> ZipResult<()> {
    let mut merged = ZipWriter::new(BufWriter::new(File::create(path)?));
    let mut folders = HashSet::new();
    for part in parts {
        let mut archive = open(part)?;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index)?;
            if entry.name_raw().ends_with(b"/") && !folders.insert(entry.name_raw().to_vec()) {
                continue;
            }
            merged.raw_copy_file(entry)?;
        }
    }
    // As `git archive` writes it, for `git get-tar-commit-id` and people.
    merged.set_comment(commit)?;
    merged.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

/// The bytes of all files once they are unpacked.
fn unpacked(archive: &mut ZipArchive<BufReader<File>>) -> ZipResult<u64> {
    let mut bytes = 0_u64;
    for index in 0..archive.len() {
        bytes = bytes.saturating_add(archive.by_index_raw(index)?.size());
    }
    Ok(bytes)
}

fn open(path: &Path) -> ZipResult<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(File::open(path)?))
}

fn broken(error: &zip::result::ZipError) -> Failure {
    Failure::other("the archives could not be merged", error)
}
