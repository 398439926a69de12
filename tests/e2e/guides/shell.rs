//! One shell for all blocks of a document or all steps of a guide, so that variables last as they do for a reader.

use crate::cli::impatient;
use crate::harness::project;
use anyhow::{Context, bail, ensure};
use emulator::cloud::Cloud;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// What the shell prints after a block; no command prints it.
const DONE: &str = "----- the block is done -----";

pub(super) struct Shell {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    path: String,
}

impl Shell {
    /// A shell in a new folder, as in the root of a project whose `target/lambda` holds what was built for this machine, with
    /// the programs of this project first in the path, as the root user of the emulator.
    pub(super) async fn start(cloud: &Cloud, folder: &Path) -> anyhow::Result<Self> {
        let home = folder.join("home");
        for made in [
            &home.join(".local/share/bash-completion/completions"),
            &home.join(".local/share/man/man1"),
            &folder.join("target"),
        ] {
            tokio::fs::create_dir_all(made).await?;
        }
        let lambda = package::folder(&project(), package::Architecture::Local);
        tokio::fs::symlink(lambda, folder.join("target/lambda")).await?;
        let own = std::env::current_exe()?;
        let own = own.parent().and_then(Path::parent).context("path")?;
        let path =
            format!("{}:{}:/usr/bin:/bin", own.display(), project().join(".venv/emulator/bin").display());
        let mut command = Command::new("bash");
        command.arg("--norc").current_dir(folder).env_clear().env("PATH", &path).env("HOME", home);
        command.env("AWS_ENDPOINT_URL", cloud.endpoint()).env("AWS_DEFAULT_REGION", &cloud.context().region);
        command.envs(cloud.root_variables()).env("PYTHONPATH", impatient());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("could not start bash")?;
        let mut input = child.stdin.take().context("no standard input")?;
        let output = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        input.write_all(b"exec 2>&1; set -e\n").await?;
        Ok(Self { child, input, output, path })
    }

    /// Where it finds programs.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Runs commands and returns what they print; one that fails ends the shell, and the error has what was printed until then.
    /// `origin` says where the commands stand.
    pub(super) async fn run(&mut self, origin: &str, commands: &str) -> anyhow::Result<String> {
        let script = format!("{{\n{commands}\n}} </dev/null\necho '{DONE}'\n");
        self.input.write_all(script.as_bytes()).await?;
        let mut said = Vec::new();
        while let Some(line) = self.output.next_line().await? {
            if line == DONE {
                return Ok(said.join("\n"));
            }
            said.push(line);
        }
        bail!("{origin} failed:\n{commands}\n{}", said.join("\n"))
    }

    /// Ends the shell.
    pub(super) async fn end(mut self) -> anyhow::Result<()> {
        drop(self.input);
        let status = self.child.wait().await?;
        ensure!(status.success(), "the shell ended with {status}");
        Ok(())
    }
}
