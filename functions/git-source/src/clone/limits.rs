//! How much one clone may take. A person who may push to a repository decides what is in it, and so how long a build works and
//! how large the artifact becomes: these numbers are where that ends.

use super::Failure;
use super::repository::File;
use super::submodules::Submodule;
use crate::exit_status::ExitStatus;
use std::cell::Cell;

const MEGABYTE: u64 = 1024 * 1024;

/// The limits of the stack. Its parameters have the same names and defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All that git fetches, submodules included, in MiB.
    pub fetched_megabytes: u64,
    /// All Git LFS objects, in MiB.
    pub lfs_megabytes: u64,
    /// The files of the artifact before compression, in MiB.
    pub artifact_megabytes: u64,
    /// Files of the artifact.
    pub files: u64,
    /// Submodules, those of submodules included.
    pub submodules: u64,
    /// How deep submodules may be nested.
    pub submodule_depth: u64,
}

impl Default for Limits {
    /// Far above what a pipeline needs, and together below the 64 GB of disk that the smallest build has
    /// (<https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html>).
    fn default() -> Self {
        Self {
            fetched_megabytes: 5120,
            lfs_megabytes: 10240,
            artifact_megabytes: 10240,
            files: 1_000_000,
            submodules: 100,
            submodule_depth: 10,
        }
    }
}

/// What is left of the limits while a clone works.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    files: Cell<u64>,
    bytes: Cell<u64>,
    archived: Cell<u64>,
    lfs: Cell<u64>,
    submodules: Cell<u64>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        let [files, bytes, archived, lfs, submodules] = [(); 5].map(|()| Cell::new(0));
        Self { limits, files, bytes, archived, lfs, submodules }
    }

    /// The most bytes that the repositories on disk may have together.
    pub(super) fn fetched_bytes(&self) -> u64 {
        self.limits.fetched_megabytes.saturating_mul(MEGABYTE)
    }

    /// The most bytes that the Git LFS objects so far may have on disk: what their pointers say, and some for files of
    /// git-lfs itself.
    pub(super) fn large_bytes(&self) -> u64 {
        self.lfs.get().saturating_add(64 * MEGABYTE)
    }

    /// The most bytes that an archive may have: compressed, it is hardly larger than its files.
    pub(super) fn archive_bytes(&self) -> u64 {
        self.limits.artifact_megabytes.saturating_mul(MEGABYTE).saturating_add(64 * MEGABYTE)
    }

    /// Counts what an archive holds once it is unpacked: attributes and Git LFS can make more of a file.
    pub(super) fn take_archive(&self, bytes: u64) -> Result<(), Failure> {
        self.take_bytes(&self.archived, bytes)
    }

    /// The failure of an archive that was ended because it became larger.
    pub(super) fn archived_too_much(&self) -> Failure {
        let limit = self.limits.artifact_megabytes;
        Failure::new(
            ExitStatus::ArtifactLimit,
            format!("the files of the artifact have more than {limit} MiB, which is MaxArtifactMegabytes"),
        )
    }

    /// How many submodules there are so far.
    pub(super) fn submodules_taken(&self) -> u64 {
        self.submodules.get()
    }

    /// The failure of a fetch that was ended because it became larger.
    pub(super) fn fetched_too_much(&self) -> Failure {
        let limit = self.limits.fetched_megabytes;
        Failure::new(
            ExitStatus::FetchedLimit,
            format!("more than {limit} MiB were fetched, which is MaxFetchedMegabytes"),
        )
    }

    /// Counts the files of a repository and their bytes.
    pub(super) fn take_files(&self, files: &[File]) -> Result<(), Failure> {
        let most = self.limits.files;
        let (count, bytes) = files
            .iter()
            .filter(|file| !file.is_submodule())
            .fold((0, 0_u64), |sum, file| (sum.0 + 1, sum.1.saturating_add(file.size)));
        if add(&self.files, count) > most {
            let sentence = format!("the artifact would have more than {most} files, which is MaxFiles");
            return Err(Failure::new(ExitStatus::FilesLimit, sentence));
        }
        self.take_bytes(&self.bytes, bytes)
    }

    fn take_bytes(&self, total: &Cell<u64>, bytes: u64) -> Result<(), Failure> {
        let most = self.limits.artifact_megabytes.saturating_mul(MEGABYTE);
        if add(total, bytes) <= most { Ok(()) } else { Err(self.archived_too_much()) }
    }

    /// Counts Git LFS objects, and the files that have their content.
    pub(super) fn take_large_files(&self, bytes: u64, in_files: u64) -> Result<(), Failure> {
        let limit = self.limits.lfs_megabytes;
        if add(&self.lfs, bytes) > limit.saturating_mul(MEGABYTE) {
            let sentence =
                format!("the Git LFS objects have more than {limit} MiB, which is MaxLfsMegabytes");
            return Err(Failure::new(ExitStatus::LfsLimit, sentence));
        }
        self.take_bytes(&self.bytes, in_files)
    }

    /// Counts a submodule at a depth, where 1 is a submodule of the repository itself.
    pub(super) fn take_submodule(&self, module: &Submodule, depth: u64) -> Result<(), Failure> {
        let Limits { submodules, submodule_depth, .. } = self.limits;
        if depth > submodule_depth {
            return Err(Failure::new(
                ExitStatus::SubmoduleDepthLimit,
                format!(
                    "the submodule {module} is nested deeper than {submodule_depth}, which is MaxSubmoduleDepth"
                ),
            ));
        }
        if add(&self.submodules, 1) > submodules {
            return Err(Failure::new(
                ExitStatus::SubmodulesLimit,
                format!("there are more than {submodules} submodules, which is MaxSubmodules"),
            ));
        }
        Ok(())
    }
}

fn add(total: &Cell<u64>, more: u64) -> u64 {
    total.set(total.get().saturating_add(more));
    total.get()
}
