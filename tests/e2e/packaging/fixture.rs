//! A project as `make package` leaves it, small enough to be uploaded in seconds, and the packager's program.

use crate::harness::{cloud, project};
use anyhow::{Context, ensure};
use package::release::{File, Kind, Release, SUMS};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The function of the project, and its template with those that it nests.
const FUNCTION: &str = "network-config";
const NESTED: [&str; 4] =
    ["network-config.yaml", "network-config-role.yaml", "function.yaml", "function-log.yaml"];

/// A folder with templates, what was built of them, and one commit.
pub(super) struct Project {
    folder: PathBuf,
    release: Release,
}

/// What the program wrote.
pub(super) struct Output {
    /// The commands, on standard output.
    pub(super) text: String,
    /// The steps, on standard error.
    pub(super) errors: String,
}

impl Project {
    /// With `core-main.yaml` and the function that it nests.
    pub(super) async fn with_function(name: &str) -> anyhow::Result<Self> {
        let mut files = vec![core_main()?];
        for name in NESTED {
            let text = package::template(&project().join("infra/functions").join(name))?;
            files.push(File { name: name.to_owned(), kind: Kind::PartTemplate, bytes: text.into_bytes() });
        }
        let bytes = tokio::fs::read(package::zip(&project(), crate::BUILT_FOR, FUNCTION)).await?;
        files.push(File { name: format!("{FUNCTION}.zip"), kind: Kind::Archive, bytes });
        Self::of(name, files).await
    }

    /// With `core-main.yaml` only.
    pub(super) async fn with_template(name: &str) -> anyhow::Result<Self> {
        Self::of(name, vec![core_main()?]).await
    }

    async fn of(name: &str, mut files: Vec<File>) -> anyhow::Result<Self> {
        let folder = cloud().await.state().join(name);
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let release = Release { folder: folder.join("target/lambda"), files };
        let write = async |path: PathBuf, bytes: &[u8]| {
            tokio::fs::create_dir_all(path.parent().context("path")?).await?;
            anyhow::Ok(tokio::fs::write(path, bytes).await?)
        };
        for File { name, kind, bytes } in &release.files {
            write(release.folder.join(name), bytes).await?;
            match kind {
                Kind::Archive => write(folder.join(format!("functions/{FUNCTION}/Cargo.toml")), b"").await?,
                Kind::Template => write(folder.join("infra").join(name), bytes).await?,
                Kind::PartTemplate => write(folder.join("infra/functions").join(name), bytes).await?,
            }
        }
        write(release.folder.join(SUMS), release.sums().as_bytes()).await?;
        tokio::fs::create_dir_all(folder.join("functions")).await?;
        write(folder.join(".gitignore"), b"/build\n/target\n").await?;
        for arguments in ["init --quiet", "add .", "commit --quiet --message First"] {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]);
            let status = git.args(arguments.split(' ')).current_dir(&folder).status().await?;
            ensure!(status.success(), "git {arguments} failed");
        }
        Ok(Self { folder, release })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of the release's files.
    pub(super) fn names(&self) -> Vec<&str> {
        self.release.files.iter().map(|file| file.name.as_str()).collect()
    }

    /// The folder of the release in the bucket.
    pub(super) fn prefix(&self) -> anyhow::Result<String> {
        let id = self.release.id();
        ensure!(id.starts_with(env!("CARGO_PKG_VERSION")), "{id} does not name the version");
        Ok(format!("sagemaker-mlops/{id}"))
    }

    pub(super) async fn read(&self, path: &str) -> anyhow::Result<String> {
        Ok(tokio::fs::read_to_string(self.folder.join(path)).await?)
    }

    /// Runs `package upload`, as `make package` does. A failure is an error with what the program told.
    pub(super) async fn upload(&self, bucket: &str, readers: &[&str]) -> anyhow::Result<Output> {
        let own = std::env::current_exe()?;
        let programs = own.parent().and_then(Path::parent).context("path")?;
        let mut command = Command::new(programs.join("package"));
        command.args(["upload", "--bucket", bucket, "--root"]).arg(&self.folder);
        for reader in readers {
            command.args(["--share-with", reader]);
        }
        run(command).await
    }
}

fn core_main() -> anyhow::Result<File> {
    let text = package::template(&project().join("tests/e2e/packaging/core-main.yaml"))?;
    Ok(File { name: "core-main.yaml".to_owned(), kind: Kind::Template, bytes: text.into_bytes() })
}

/// Runs commands as a user pastes them.
pub(super) async fn paste(commands: &str) -> anyhow::Result<Output> {
    let mut command = Command::new("bash");
    command.args(["--norc", "-e", "-u", "-o", "pipefail", "-c", commands]);
    run(command).await
}

/// A program in the shell of the emulator's root user.
async fn run(mut command: Command) -> anyhow::Result<Output> {
    let cloud = cloud().await;
    let path = format!("{}:/usr/bin:/bin", project().join(".venv/emulator/bin").display());
    command.env_clear().env("PATH", path).env("HOME", cloud.state());
    command.env("AWS_ENDPOINT_URL", cloud.endpoint()).env("AWS_DEFAULT_REGION", &cloud.context().region);
    command.envs(cloud.root_variables());
    let output = command.output().await.context("could not run the program: run `make test`")?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (told, errors) = (text(output.stdout), text(output.stderr));
    ensure!(output.status.success(), "{told}{errors}");
    Ok(Output { text: told, errors })
}
