//! One bare repository, through the git program of this machine. Nothing of the user's configuration is used.

mod objects;
mod write;

pub(crate) use objects::{Commit, Entry, Mode, Person};
pub(crate) use write::{Author, NewCommit};

use anyhow::{Context, anyhow, bail};
use emulator_core::Failure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt;

/// The id that stands for no object in updates of references.
pub(crate) const NOTHING: &str = "0000000000000000000000000000000000000000";
/// The tree without a file.
pub(crate) const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Full names of references and the commits or tags that they name.
pub(crate) type References = BTreeMap<String, String>;

/// A bare repository in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Git {
    folder: PathBuf,
}

impl Git {
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the repository, without a commit.
    pub(crate) async fn create(&self) -> Result<(), Failure> {
        std::fs::create_dir_all(&self.folder).map_err(|error| Failure::internal(&error.into()))?;
        self.text(&["init", "--quiet", "--bare", "--initial-branch=main", "."]).await.map(drop)
    }

    /// All references, `refs/heads/main` and the like.
    pub(crate) async fn references(&self) -> Result<References, Failure> {
        let listed = self.text(&["for-each-ref", "--format=%(objectname) %(refname)"]).await?;
        let pairs = listed.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs.map(|(id, name)| (name.to_owned(), id.to_owned())).collect())
    }

    /// The object that an expression names, if there is one: `refs/heads/main^{commit}`.
    pub(crate) async fn resolve(&self, expression: &str) -> Result<Option<String>, Failure> {
        let found = self.attempt(&["rev-parse", "--verify", "--quiet", expression]).await?;
        Ok(found.map(|text| text.trim().to_owned()).filter(|id| !id.is_empty()))
    }

    /// Moves a reference from one object to another; either may be [`NOTHING`]. Whether it was where it was said to be.
    pub(crate) async fn update(&self, reference: &str, old: &str, new: &str) -> Result<bool, Failure> {
        let line = match new {
            NOTHING => format!("delete {reference}\0{old}\0"),
            _ => format!("update {reference}\0{new}\0{old}\0"),
        };
        Ok(self.run(&["update-ref", "--stdin", "-z"], line.as_bytes(), &[]).await?.status.success())
    }

    /// Makes a branch the one that clones begin with.
    pub(crate) async fn set_head(&self, branch: &str) -> Result<(), Failure> {
        self.text(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]).await.map(drop)
    }

    /// Whether the first commit is the second one or one of its ancestors.
    pub(crate) async fn is_ancestor(&self, one: &str, other: &str) -> Result<bool, Failure> {
        Ok(self.attempt(&["merge-base", "--is-ancestor", one, other]).await?.is_some())
    }

    /// The files of a commit in a zip.
    pub(crate) async fn archive(&self, commit: &str) -> Result<Vec<u8>, Failure> {
        self.bytes(&["archive", "--format=zip", commit], &[]).await
    }

    /// What git writes; an internal failure if it does not succeed.
    async fn text(&self, arguments: &[&str]) -> Result<String, Failure> {
        let bytes = self.bytes(arguments, &[]).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What git writes; none if it does not succeed.
    async fn attempt(&self, arguments: &[&str]) -> Result<Option<String>, Failure> {
        let output = self.run(arguments, &[], &[]).await?;
        Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    async fn bytes(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Failure> {
        let output = self.run(arguments, input, &[]).await?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(Failure::internal(&anyhow!("git {}: {}", arguments.join(" "), told.trim())))
    }

    async fn run(
        &self,
        arguments: &[&str],
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> Result<Output, Failure> {
        self.exchange(arguments, input, variables).await.map_err(|error| Failure::internal(&error))
    }

    async fn exchange(
        &self,
        arguments: &[&str],
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> anyhow::Result<Output> {
        if !self.folder.is_dir() {
            bail!("the repository in {} is gone", self.folder.display());
        }
        let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
        let mut git = tokio::process::Command::new("git")
            // Names that other systems cannot have are files here, as on AWS.
            .args(["-c", "safe.directory=*", "-c", "core.protectNTFS=false", "-c", "core.protectHFS=false"])
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path)
            .envs([("LC_ALL", "C"), ("HOME", "/nonexistent"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_DIR", ".")])
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("git did not start")?;
        let mut stdin = git.stdin.take().context("the standard input was asked for as a pipe")?;
        let write = async {
            // git may end before it has read everything; its status says why.
            let _ = stdin.write_all(input).await;
            drop(stdin);
        };
        let ((), output) = tokio::join!(write, git.wait_with_output());
        output.context("git did not end")
    }
}
