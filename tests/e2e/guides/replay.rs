//! The commands of the guides that this project replaces, as they stand in `commands/GUIDE/STEP.sh`: run in one shell, in a folder like the
//! root of the project, against a release that the guides' own command has packaged.

use super::shell::Shell;
use crate::cli::aws;
use crate::harness::{cloud, project};
use crate::one_shot::accounts::organization;
use anyhow::{Context, ensure};
use serde_json::Value;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// Where the commands stand.
pub(super) const COMMANDS: &str = "tests/e2e/guides/commands";
/// The bucket that the reader chooses.
pub(crate) const BUCKET: &str = "guides-release";
/// What the commands use of the project. The other files are what they write.
const OF_PROJECT: [&str; 6] = ["Makefile", "cfn_templates", "examples", "functions", "infra", "package"];

/// Steps of guides in one shell.
pub(crate) struct Replay {
    shell: Shell,
}

impl Replay {
    /// A shell of the emulator's root user after `make package`.
    pub(crate) async fn start(name: &str) -> anyhow::Result<Self> {
        let release = packaged().await?;
        let folder = cloud().await.state().join(format!("replay-{name}"));
        let mut replay = Self::in_folder(&folder).await?;
        symlink(release.join("build"), folder.join("build"))?;
        replay.set("S3_BUCKET_NAME", BUCKET).await?;
        Ok(replay)
    }

    async fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let shell = Shell::start(cloud().await, folder).await?;
        for name in OF_PROJECT {
            symlink(project().join(name), folder.join(name))?;
        }
        Ok(Self { shell })
    }

    /// Gives a variable the value that the guide asks its reader for.
    pub(crate) async fn set(&mut self, name: &str, value: &str) -> anyhow::Result<()> {
        ensure!(!value.contains('\''), "{name} has a quote: {value}");
        self.shell.run(name, &format!("export {name}='{value}'")).await.map(drop)
    }

    /// Runs the commands of a file, `GUIDE/STEP`; returns what they print.
    pub(crate) async fn step(&mut self, step: &str) -> anyhow::Result<String> {
        self.shell.run(step, &commands(step)?).await
    }

    /// The same for commands that the guide says are refused.
    pub(crate) async fn refused(&mut self, step: &str) -> anyhow::Result<String> {
        let tried = format!("if (\n{}\n); then echo 'it is not refused'; false; fi", commands(step)?);
        self.shell.run(step, &tried).await
    }

    /// From here on, the commands are those of the holder of an access key or of temporary credentials.
    pub(crate) async fn act_as(&mut self, credentials: &Value) -> anyhow::Result<()> {
        let part = |name: &str| credentials[name].as_str().with_context(|| format!("no {name}"));
        self.set("AWS_ACCESS_KEY_ID", part("AccessKeyId")?).await?;
        self.set("AWS_SECRET_ACCESS_KEY", part("SecretAccessKey")?).await?;
        match part("SessionToken") {
            Ok(token) => self.set("AWS_SESSION_TOKEN", token).await,
            Err(_) => self.unset("AWS_SESSION_TOKEN").await,
        }
    }

    /// From here on, the commands are those of the root user again, and take no endpoint of a VPC.
    pub(crate) async fn act_as_root(&mut self) -> anyhow::Result<()> {
        for (name, value) in cloud().await.root_variables() {
            self.set(name, value).await?;
        }
        self.unset("AWS_SESSION_TOKEN").await?;
        self.unset("AWS_SDK_UA_APP_ID").await
    }

    /// From here on, the commands go through an endpoint of a VPC.
    pub(crate) async fn go_through(&mut self, endpoint: &str) -> anyhow::Result<()> {
        self.set("AWS_SDK_UA_APP_ID", endpoint).await
    }

    async fn unset(&mut self, name: &str) -> anyhow::Result<()> {
        self.shell.run(name, &format!("unset {name}")).await.map(drop)
    }

    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.shell.end().await
    }
}

fn commands(step: &str) -> anyhow::Result<String> {
    let path = project().join(COMMANDS).join(format!("{step}.sh"));
    std::fs::read_to_string(&path).with_context(|| format!("no commands {}", path.display()))
}

/// Packages once, and returns the folder with what it wrote. The organization may read the release, for target accounts.
async fn packaged() -> anyhow::Result<&'static Path> {
    static FOLDER: OnceCell<PathBuf> = OnceCell::const_new();
    let package = async || {
        let folder = cloud().await.state().join("replay-package");
        let mut replay = Replay::in_folder(&folder).await?;
        built(&folder)?;
        organization().await?;
        let organization =
            aws(&["organizations", "describe-organization", "--query", "Organization.Id"]).await?;
        replay.set("SHARE_WITH", organization.as_str().context("no organization")?).await?;
        replay.set("PATH", &format!("{}:{}", folder.join("bin").display(), replay.shell.path())).await?;
        replay.set("S3_BUCKET_NAME", BUCKET).await?;
        let printed = replay.step("solution/package").await?;
        ensure!(printed.contains("aws cloudformation create-stack"), "no commands are printed: {printed}");
        replay.end().await?;
        anyhow::Ok(folder)
    };
    FOLDER.get_or_try_init(package).await.map(PathBuf::as_path)
}

/// `make package` compiles with optimizations, for minutes. Here, what was built for this machine before the tests began stands in its
/// place: cargo has nothing to compile, the packager nothing to build, and the upload is the packager's own.
fn built(folder: &Path) -> anyhow::Result<()> {
    let own = std::env::current_exe()?;
    let packager = own.parent().and_then(Path::parent).context("path")?.join("package");
    let packager =
        format!("#!/bin/sh\n[ \"$1\" = build ] || exec {} \"$@\" --root \"$PWD\"\n", packager.display());
    for (program, text) in [("bin/cargo", "#!/bin/sh\n"), ("target/debug/package", &*packager)] {
        let file = folder.join(program);
        std::fs::create_dir_all(file.parent().context("path")?)?;
        std::fs::write(&file, text)?;
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
    }
    let installed = folder.join(".venv/package/installed");
    std::fs::create_dir_all(installed.parent().context("path")?)?;
    Ok(std::fs::write(installed, "")?)
}
