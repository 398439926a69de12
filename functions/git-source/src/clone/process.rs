//! Runs git and its helpers, each in an environment that is empty but for what is said here: no credential of the build,
//! no configuration of the image.

use super::{Failure, log};
use crate::exit_status::ExitStatus;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How often the size of a growing folder is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// The most of the error output that is read back, in bytes.
const ERRORS: u64 = 64 * 1024;

/// The most that a program may print, in bytes: more than the list of a million files with usual names. A tree of a few
/// kilobytes can stand for a list of any length.
const PRINTED: u64 = 256 * 1024 * 1024;

/// What a program left.
#[derive(Debug)]
pub(super) struct Output {
    /// Its exit status; none when a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
    /// Whether it was ended because it printed too much.
    pub(super) too_long: bool,
}

impl Output {
    pub(super) fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Its standard output, or a failure that names what was done; the log gets its error output.
    pub(super) fn expect(self, what: &str) -> Result<Vec<u8>, Failure> {
        if self.succeeded() {
            return Ok(self.stdout);
        }
        log::repeat(&self.stderr);
        Err(Failure::new(ExitStatus::Other, format!("git could not {what}")))
    }
}

/// `git` in a bare repository, reading nothing but that repository's own configuration; `path` is where programs are.
pub(super) fn git(path: &str, repository: &Path) -> Command {
    let mut command = Command::new("git");
    command.env_clear().env("PATH", path);
    let folder = repository.parent().unwrap_or(repository);
    command.env("HOME", folder).env("GIT_DIR", repository).current_dir(folder);
    command.env("LC_ALL", "C").env("TZ", "UTC").env("GIT_TERMINAL_PROMPT", "0");
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1");
    // Who connects says how.
    command.env("GIT_SSH_COMMAND", "false");
    // Objects that this program makes itself; the author of a commit is never written into one that is cloned.
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "clone").env(format!("GIT_{role}_EMAIL"), "clone");
        command.env(format!("GIT_{role}_DATE"), "@0 +0000");
    }
    for setting in ["protocol.allow=never", "protocol.ssh.allow=always", "core.hooksPath=/dev/null"] {
        command.args(["-c", setting]);
    }
    command.args(["-c", "i18n.logOutputEncoding=UTF-8", "-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
    command
}

/// Runs a program to its end.
pub(super) fn run(command: &mut Command, input: &[u8]) -> Result<Output, Failure> {
    let (child, errors) = start(command, input)?;
    finish(child, errors).map_err(|error| broken(command, &error))
}

/// Runs a program to its end, or kills it with all its children once `folder` has more than `most` bytes: then nothing.
pub(super) fn run_within(command: &mut Command, folder: &Path, most: u64) -> Result<Option<Output>, Failure> {
    let (child, errors) = start(command.process_group(0), &[])?;
    let said = errors.try_clone().map_err(|error| broken(command, &error))?;
    let group = i32::try_from(child.id()).ok().map(Pid::from_raw);
    let (ended, end) = channel::<()>();
    let folder = folder.to_owned();
    let used = move || size(&folder).saturating_add(said.metadata().map_or(0, |file| file.len()));
    let watch = std::thread::spawn(move || watch(&used, most, group, &end));
    let output = finish(child, errors);
    drop(ended);
    let exceeded = watch.join().unwrap_or(false);
    if exceeded { Ok(None) } else { output.map(Some).map_err(|error| broken(command, &error)) }
}

/// Looks until the program ended; whether it was killed because it used more bytes.
fn watch(used: &dyn Fn() -> u64, most: u64, group: Option<Pid>, end: &Receiver<()>) -> bool {
    while end.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if used() > most {
            if let Some(group) = group {
                // It may have ended in this moment, which is as good.
                let _ = killpg(group, Signal::SIGKILL);
            }
            return true;
        }
    }
    used() > most
}

/// The bytes of all files in a folder. Files that vanish meanwhile count nothing.
fn size(folder: &Path) -> u64 {
    let files = walkdir::WalkDir::new(folder).into_iter().flatten();
    files
        .filter_map(|entry| entry.metadata().ok())
        .filter(std::fs::Metadata::is_file)
        .map(|file| file.len())
        .sum()
}

/// Input and errors go through files, so that no full pipe can stop the program.
fn start(command: &mut Command, input: &[u8]) -> Result<(Child, File), Failure> {
    let files = || {
        let mut stdin = tempfile::tempfile()?;
        stdin.write_all(input)?;
        stdin.rewind()?;
        let errors = tempfile::tempfile()?;
        let stderr = errors.try_clone()?;
        Ok((stdin, stderr, errors))
    };
    let (stdin, stderr, errors) = files().map_err(|error| broken(command, &error))?;
    let child = command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr).spawn();
    Ok((child.map_err(|error| broken(command, &error))?, errors))
}

fn finish(mut child: Child, mut errors: File) -> std::io::Result<Output> {
    let mut stdout = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        pipe.take(PRINTED + 1).read_to_end(&mut stdout)?;
    }
    let too_long = stdout.len() as u64 > PRINTED;
    if too_long {
        child.kill()?;
    }
    let status = child.wait()?;
    let length = errors.metadata()?.len();
    errors.seek(std::io::SeekFrom::Start(length.saturating_sub(ERRORS)))?;
    let mut stderr = Vec::new();
    errors.read_to_end(&mut stderr)?;
    Ok(Output {
        code: status.code(),
        stdout,
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        too_long,
    })
}

fn broken(command: &Command, error: &std::io::Error) -> Failure {
    Failure::other(&format!("could not run {}", command.get_program().display()), error)
}
