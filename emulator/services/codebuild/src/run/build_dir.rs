//! The directories of one build. They hold the role's credentials for a while, so only their owner can enter, and
//! they are removed when the build has ended. Their path is short because sockets in it (ssh) must be.

use super::shell::find_program;
use super::ssh;
use emulator_core::ServiceContext;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub(crate) struct BuildDir {
    root: PathBuf,
    path: String,
}

impl BuildDir {
    pub(crate) fn prepare(context: &ServiceContext) -> io::Result<Self> {
        let name = uuid::Uuid::new_v4().simple().to_string();
        // No project can be called `.run`, so its log directory is never in the way.
        let scratch = std::path::absolute(&context.folder)?.join(".run");
        DirBuilder::new().recursive(true).mode(0o700).create(&scratch)?;
        let root = scratch.join(&name[..8]);
        DirBuilder::new().mode(0o700).create(&root)?;
        let bin = root.join("bin");
        let build_dir = Self { path: format!("{}:{}", bin.display(), context.path), root };
        for directory in ["src", "home", "tmp", "state", "bin"] {
            std::fs::create_dir(build_dir.root.join(directory))?;
        }
        let home = build_dir.root.join("home");
        // AWS's images have it.
        DirBuilder::new().mode(0o700).create(home.join(".ssh"))?;
        ssh::wrap(&context.path, &bin, &home, &build_dir.state())?;
        Ok(build_dir)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.root.join("src")
    }

    /// Of the secondary source with this identifier.
    pub(crate) fn secondary(&self, identifier: &str) -> PathBuf {
        self.root.join(format!("src-{identifier}"))
    }

    /// For the service's own files: nothing a build names is in here.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// `PATH` of the build.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn program(&self, name: &str) -> io::Result<PathBuf> {
        find_program(name, &self.path).ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("{name} is in no directory of the builds' PATH"))
        })
    }

    pub(crate) async fn remove(self) {
        if let Err(error) = tokio::fs::remove_dir_all(&self.root).await {
            tracing::warn!("{} could not be removed: {error}", self.root.display());
        }
    }
}
