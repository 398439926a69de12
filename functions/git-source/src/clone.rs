//! The program that a clone build runs: clones one commit over SSH, writes the artifact and uploads it. git, ssh and
//! git-lfs do the work; this decides what they are told, what they may reach, and how much they may take.
//!
//! Nothing of a repository is checked out or run: `git archive` writes the files of each repository from its object store,
//! with that repository's own attributes, and the archives of submodules are merged into the first.

mod artifact;
mod aws;
mod fetch;
mod gitmodules;
mod lfs;
mod limits;
mod log;
mod process;
mod repository;
mod settings;
mod ssh;
mod submodules;

pub use limits::Limits;
pub use settings::{Pattern, Settings};

use crate::exit_status::ExitStatus;
use artifact::Archives;
use fetch::Fetched;
use limits::Budget;
use ssh::Ssh;
use std::fmt;
use std::path::{Path, PathBuf};
use submodules::Parent;

/// Why there is no artifact: the exit status, and a sentence for the log of the build.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{sentence}")]
pub struct Failure {
    /// How the build tells the function.
    pub status: ExitStatus,
    /// What failed, on what. Text of a repository in it is quoted.
    pub sentence: String,
}

impl Failure {
    fn new(status: ExitStatus, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    /// The same failure, of a submodule.
    fn of_submodule(self) -> Self {
        Self { status: self.status.of_submodule(), ..self }
    }

    /// A failure of this machine: no space, no such program.
    fn other(what: &str, error: impl fmt::Display) -> Self {
        Self::new(ExitStatus::Other, format!("{what}: {error}"))
    }
}

/// A commit with its files, ready to be uploaded.
#[derive(Debug)]
pub struct Cloned {
    /// The zip.
    pub artifact: PathBuf,
    /// The full commit id.
    pub commit: String,
    /// Subject and body, at most [`MESSAGE`] bytes.
    pub message: Vec<u8>,
    /// Who wrote the commit, at most [`AUTHOR`] bytes.
    pub author: Vec<u8>,
}

/// The longest commit message that is handed on, in bytes; `CodePipeline` shows 2048 UTF-16 units of it.
const MESSAGE: usize = 8192;
/// The longest name of an author that is handed on, in bytes.
const AUTHOR: usize = 1024;

/// Clones, uploads, and leaves what the build exports in files of the folder `exported`.
pub fn main() -> std::process::ExitCode {
    // Files are for the user of the build only: the key is among them.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(failure) => {
            log::say(&failure.sentence);
            failure.status.code().into()
        }
    }
}

fn run() -> Result<(), Failure> {
    let settings = Settings::from_environment()?;
    let work = tempfile::tempdir().map_err(|error| Failure::other("no temporary folder", error))?;
    let key = work.path().join("key");
    aws::read_key(&settings.secret, &key)?;
    let cloned = clone(&settings, &key, work.path())?;
    export("GIT_COMMIT_ID", cloned.commit.as_bytes())?;
    export("GIT_COMMIT_MESSAGE_BASE64", encode(&cloned.message).as_bytes())?;
    export("GIT_AUTHOR_NAME_BASE64", encode(&cloned.author).as_bytes())?;
    aws::upload(&settings.job, &cloned.artifact)
}

/// What people wrote travels in base64: a message may have lines that look like variables.
fn encode(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}

fn export(name: &str, value: &[u8]) -> Result<(), Failure> {
    std::fs::create_dir_all("exported")
        .and_then(|()| std::fs::write(Path::new("exported").join(name), value))
        .map_err(|error| Failure::other("the result could not be written", error))
}

/// Clones what `settings` ask for with the private key in the file `key`, and removes the key. All files are in `work`, an
/// empty folder but for the key.
///
/// # Errors
/// [`Failure`], with the exit status for each cause.
pub fn clone(settings: &Settings, key: &Path, work: &Path) -> Result<Cloned, Failure> {
    if settings.lfs && !lfs::is_installed(&settings.path) {
        return Err(Failure::new(ExitStatus::LfsNotInstalled, "git-lfs is not installed in this image"));
    }
    let ssh = Ssh::new(work, key, settings)?;
    let budget = Budget::new(settings.limits);
    let fetched = fetch::source(&ssh, &settings.url, &settings.reference, settings.depth, &budget)?;
    let Fetched { repository, commit } = fetched;
    let mut archives = Archives::new(&work.join("archives"))?;
    let parent = Parent { repository: &repository, url: &settings.url, commit: &commit, path: "", depth: 0 };
    add(&ssh, settings, &budget, &mut archives, &parent)?;
    // What follows needs no host.
    std::fs::remove_file(key).map_err(|error| Failure::other("the key could not be removed", error))?;
    let [message, author] = [("%B", MESSAGE), ("%an", AUTHOR)]
        .map(|(format, limit)| repository.describe(&commit, format).map(|text| start(text, limit)));
    Ok(Cloned { artifact: archives.merge(&commit)?, message: message?, author: author?, commit })
}

/// Adds the files of one repository to the artifact, then those of its submodules.
fn add(
    ssh: &Ssh,
    settings: &Settings,
    budget: &Budget,
    archives: &mut Archives,
    repository: &Parent<'_>,
) -> Result<(), Failure> {
    let files = repository.repository.files(repository.commit)?;
    budget.take_files(&files)?;
    // What the list refuses is refused before anything else is fetched.
    let modules =
        if settings.submodules { submodules::list(repository, &files, settings)? } else { Vec::new() };
    let large = if settings.lfs { lfs::fetch(ssh, budget, repository, &files)? } else { None };
    let archived = archives.add(repository, large.as_ref(), budget)?;
    for module in modules {
        if !archived.has_folder(&module.path) {
            log::say(&format!("the submodule {module} is left out: its path is marked export-ignore"));
            continue;
        }
        budget.take_submodule(&module, repository.depth + 1)?;
        let fetched = fetch::submodule(ssh, &module, budget)?;
        let path = format!("{}{}/", repository.path, module.path);
        let child = Parent {
            repository: &fetched.repository,
            url: &module.url,
            commit: &fetched.commit,
            path: &path,
            depth: repository.depth + 1,
        };
        // A host that Git LFS logs in to is that of the submodule too.
        add(ssh, settings, budget, archives, &child).map_err(Failure::of_submodule)?;
    }
    Ok(())
}

fn start(mut text: Vec<u8>, limit: usize) -> Vec<u8> {
    text.truncate(limit);
    text
}
