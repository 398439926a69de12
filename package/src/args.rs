//! What the user may ask of the packager, and the two streams it answers on: steps on standard error, results on
//! standard output.

use crate::compile::compile_emulator;
use crate::{Architecture, release, upload};
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Builds the zips and templates of sm-mlops, and uploads them to a bucket of yours.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
    /// The root of the source tree.
    #[arg(long, global = true, default_value_os_t = crate::root(), hide_default_value = true)]
    root: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compiles the functions and writes `target/lambda`; for this machine, a folder in it.
    Build {
        /// The processor the functions run on; `native` and `local` are for this machine.
        #[arg(long, value_enum, default_value_t, env = "ARCH")]
        arch: Architecture,
    },
    /// Compiles the emulator, which runs what was built with `--arch local`.
    Emulator,
    /// Puts what was built into a bucket and prints the command that deploys it. Nothing is replaced or deleted.
    Upload {
        /// A bucket in the Region of the stack, which the AWS CLI may write to.
        #[arg(long)]
        bucket: String,
        /// The folder in the bucket, instead of one named after version and content.
        #[arg(long)]
        prefix: Option<String>,
    },
}

impl Args {
    /// Does what was asked; an error is one sentence on standard error and exit status 1.
    pub fn run(&self) -> ExitCode {
        match self.execute() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                step(&format!("error: {error:#}"));
                ExitCode::FAILURE
            }
        }
    }

    fn execute(&self) -> anyhow::Result<()> {
        let root = self.root.canonicalize().with_context(|| format!("no folder {}", self.root.display()))?;
        match &self.command {
            Command::Build { arch: arch @ (Architecture::Native | Architecture::Local) } => {
                release(&root, *arch, &mut |_| ()).map(drop)
            }
            Command::Emulator => compile_emulator(&root),
            Command::Build { arch } => {
                let built = release(&root, *arch, &mut step)?;
                for file in &built.files {
                    show(&format!(
                        "{:>10}  {}\n",
                        file.bytes.len(),
                        from_here(&built.folder.join(&file.name))
                    ))?;
                }
                Ok(())
            }
            Command::Upload { bucket, prefix } => {
                let release = release::read(&root)?;
                let command = upload::upload(&release, bucket, prefix.as_deref(), &mut step)?;
                show(&command)
            }
        }
    }
}

/// Shorter to read, and good to paste: the path from the folder the user is in.
fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

fn step(line: &str) {
    // A closed screen is no reason to stop half-way.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn show(text: &str) -> anyhow::Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("could not write to standard output")
}
