//! What the user may ask of the packager, and the two streams it answers on: steps on standard error, results on
//! standard output.

use crate::release::{self, functions};
use crate::{Architecture, Build, diagram, memory, new_function, parameters, upload};
use anyhow::{Context, bail};
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
        /// The processor the functions run on. `native` and `local` are for this machine; `local` compiles the emulator too.
        #[arg(long, value_enum, default_value_t, env = "ARCH")]
        arch: Architecture,
        /// A function to build, instead of all. May be given several times.
        #[arg(long = "function", value_name = "NAME")]
        functions: Vec<String>,
        /// Compiles the tests of the workspace too.
        #[arg(long, hide = true)]
        tests: bool,
    },
    /// Makes a new function from `templates/function`. Replaces no file.
    NewFunction {
        /// Lower-case words with hyphens, such as `launch-roles`.
        name: String,
    },
    /// Writes what the documents have from the templates: the tables of parameters, and the picture of the stacks.
    Parameters,
    /// Puts what was built into a bucket and prints the commands that deploy it. Each release has a folder of its own, in
    /// which nothing is replaced; nothing is deleted.
    Upload {
        /// A bucket of this account in the Region of the stacks. It is made if nobody has it.
        #[arg(long)]
        bucket: String,
        /// The folder in the bucket, instead of `sagemaker-mlops`, which is the one that the roles of target accounts may read.
        #[arg(long, value_name = "FOLDER")]
        prefix: Option<String>,
        /// The Region of the bucket, instead of the configured one.
        #[arg(long)]
        region: Option<String>,
        /// An account or an organization that may read the folder, for stack sets; `none` ends that. May be given several
        /// times. Those that were given before and are not now may read it no longer.
        #[arg(long, value_name = "ACCOUNT|ORGANIZATION|none")]
        share_with: Vec<upload::Reader>,
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
            Command::Build { arch, functions, tests } => {
                let build = Build { architecture: *arch, functions: named(&root, functions)?, tests: *tests };
                if matches!(arch, Architecture::Native | Architecture::Local) {
                    return release::release(&root, &build, &mut |_| ()).map(drop);
                }
                let built = release::release(&root, &build, &mut step)?;
                for file in &built.files {
                    show(&format!(
                        "{:>10}  {}\n",
                        file.bytes.len(),
                        from_here(&built.folder.join(&file.name))
                    ))?;
                }
                if let Some(gigabytes) = memory::largest_process() {
                    step(&format!("the largest compiler process had {gigabytes:.1} GB of memory"));
                }
                Ok(())
            }
            Command::NewFunction { name } => {
                let mut made = new_function(&root, name)?;
                made.extend(write_documents(&root)?);
                made.iter().try_for_each(|path| show(&format!("{}\n", from_here(path))))
            }
            Command::Parameters => {
                let made = write_documents(&root)?;
                made.iter().try_for_each(|path| show(&format!("{}\n", from_here(path))))
            }
            Command::Upload { bucket, prefix, region, share_with } => {
                let release = release::read(&root)?;
                let (folder, region) = (prefix.as_deref(), region.as_deref());
                show(&upload::upload(
                    &root,
                    &release,
                    &upload::Options { bucket, folder, region, share_with },
                    &mut step,
                )?)
            }
        }
    }
}

/// What is made from the templates.
fn write_documents(root: &Path) -> anyhow::Result<[PathBuf; 2]> {
    let made = [
        (parameters::file(root), parameters::document(root)?),
        (diagram::file(root), diagram::document(root)?),
    ];
    for (file, text) in &made {
        std::fs::write(file, text).with_context(|| format!("could not write {}", file.display()))?;
    }
    Ok(made.map(|(file, _)| file))
}

/// The functions with these names, or all if none is named.
fn named(root: &Path, names: &[String]) -> anyhow::Result<Vec<String>> {
    let known = functions(root)?;
    if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
        bail!("no function is called {unknown}: the functions are {}", known.join(", "));
    }
    Ok(if names.is_empty() { known } else { names.to_vec() })
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
