//! A repository on the emulated git host with a working copy beside it, made, committed to and pushed with the real git
//! client over SSH. Nothing here knows of pipelines.

use crate::cloud::Cloud;
use anyhow::{Context, ensure};
use emulator_git_host::git_lfs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A bare repository on a git host and the working copy that pushes to it.
#[derive(Clone, Debug)]
pub struct Repository {
    /// `ssh://git@127.0.0.1:PORT/NAME.git`.
    pub url: String,
    work: PathBuf,
    ssh: String,
}

/// A key pair of a git user, as files beside each other: `key` and `key.pub`.
#[derive(Clone, Debug)]
pub struct Key {
    pub private: PathBuf,
    /// The line for `authorized_keys`.
    pub public: String,
}

impl Key {
    /// A new ed25519 pair at `path`, without a passphrase.
    pub async fn generate(path: &Path) -> anyhow::Result<Self> {
        let file = path.to_str().context("the key's path is not UTF-8")?;
        run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", file]))
            .await?;
        let public = tokio::fs::read_to_string(format!("{file}.pub")).await?;
        Ok(Self { private: path.into(), public: public.trim().into() })
    }
}

impl Repository {
    /// A new, empty repository on the cloud's git host, its working copy in the cloud's state folder. `key` must be
    /// authorized before anything is pushed.
    pub async fn on(cloud: &Cloud, key: &Key, name: &str) -> anyhow::Result<Self> {
        let host = cloud.git_host();
        let bare = cloud.repositories().join(format!("{name}.git"));
        ensure!(!bare.exists(), "{} is already there", bare.display());
        let work = cloud.state().join("work").join(name);
        Self::create(&bare, &host.url(name), &work, key, &host.host_key()).await
    }

    /// Makes the bare repository `bare` (served at `url`) and an empty working copy in `work` with branch `main`.
    /// `known_hosts` is the line that pins the git host.
    pub async fn create(
        bare: &Path,
        url: &str,
        work: &Path,
        key: &Key,
        known_hosts: &str,
    ) -> anyhow::Result<Self> {
        run(Command::new("git").args(["init", "--quiet", "--bare", "--initial-branch=main"]).arg(bare))
            .await?;
        run(Command::new("git").args(["init", "--quiet", "--initial-branch=main"]).arg(work)).await?;
        let pinned = work.join(".git/known_hosts");
        tokio::fs::write(&pinned, format!("{known_hosts}\n")).await?;
        let ssh = format!(
            "ssh -F /dev/null -i {} -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile={}",
            key.private.display(),
            pinned.display()
        );
        let repository = Self { url: url.into(), work: work.into(), ssh };
        repository.git(&["remote", "add", "origin", url]).await?;
        for (name, value) in [("user.name", "Ada Lovelace"), ("user.email", "ada@example.com")] {
            repository.git(&["config", name, value]).await?;
        }
        Ok(repository)
    }

    /// Folder of the working copy.
    pub fn work(&self) -> &Path {
        &self.work
    }

    /// Writes a file of the working copy; `executable` sets its mode to 755.
    pub async fn write(&self, path: &str, text: &str, executable: bool) -> anyhow::Result<()> {
        let file = self.work.join(path);
        if let Some(folder) = file.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        tokio::fs::write(&file, text).await?;
        if executable {
            tokio::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).await?;
        }
        Ok(())
    }

    /// Adds another repository as a submodule at `path`.
    pub async fn add_submodule(&self, other: &Repository, path: &str) -> anyhow::Result<()> {
        self.git(&["submodule", "--quiet", "add", &other.url, path]).await.map(drop)
    }

    /// Commits everything in the working copy and returns the full commit id.
    pub async fn commit(&self, message: &str) -> anyhow::Result<String> {
        self.git(&["add", "--all"]).await?;
        self.git(&["commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message]).await?;
        Ok(self.git(&["rev-parse", "HEAD"]).await?.trim().to_owned())
    }

    /// Pushes a refspec, e.g. `main` or `refs/tags/v1`.
    pub async fn push(&self, refspec: &str) -> anyhow::Result<()> {
        self.git(&["push", "--quiet", "origin", refspec]).await.map(drop)
    }

    /// Runs git in the working copy and returns what it printed. `git lfs` works if git-lfs is installed.
    pub async fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.work).args(arguments).env("GIT_SSH_COMMAND", &self.ssh);
        // A submodule is cloned over the same pinned SSH; the user's own git configuration stays out of it.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        if let Ok(path) = git_lfs::search_path(&package::root()) {
            command.env("PATH", path);
        }
        run(&mut command).await
    }
}

async fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(std::process::Stdio::null()).output().await;
    let output =
        output.with_context(|| format!("could not start {}", command.as_std().get_program().display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{:?} failed: {}", command.as_std(), errors.trim());
    Ok(String::from_utf8(output.stdout)?)
}
