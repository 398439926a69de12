//! Runs a build's commands. As on AWS, each command is a script of its own in a fresh shell, and the environment and
//! the working directory go from one to the next through files: a command that says `exit` ends itself, not the build.
//! Variables that a command sets are exported (`set -a`), and a command that says `exit` leaves no variables behind.

use super::group::Group;
use crate::logs::Log;
use crate::model::Exported;
use std::fmt::Write as _;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

/// How long to wait for the last output of a command that left a process behind which still holds the pipe.
const LAST_OUTPUT: Duration = Duration::from_millis(200);
/// How long reading the exported variables may take.
const READ_EXPORTS: Duration = Duration::from_secs(10);
/// A longer line is logged in pieces.
const LONGEST_LINE: usize = 16 * 1024;

pub(crate) struct Shell {
    program: PathBuf,
    path: String,
    /// Holds `env.sh`, `dir.txt` and the script.
    state: PathBuf,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Status(i32),
    Signal(i32),
}

impl Exit {
    pub(crate) fn is_success(self) -> bool {
        self == Self::Status(0)
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        status.code().map_or_else(|| Self::Signal(status.signal().unwrap_or_default()), Self::Status)
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exit status {status}"),
            Self::Signal(signal) => write!(f, "signal: {signal}"),
        }
    }
}

impl Shell {
    /// A shell whose first command will find these variables and start in this directory.
    pub(crate) fn new(
        program: PathBuf,
        path: &str,
        state: &Path,
        variables: &[(String, String)],
        directory: &Path,
    ) -> io::Result<Self> {
        let mut exports = String::new();
        for (name, value) in variables {
            let _ = writeln!(exports, "export {name}={}", quoted(value));
        }
        std::fs::write(state.join("env.sh"), exports)?;
        std::fs::write(state.join("dir.txt"), format!("{}\n", directory.display()))?;
        Ok(Self { program, path: path.into(), state: state.into() })
    }

    /// Runs one command to its end; its output goes to the log. `succeeding` tells it whether all went well so far.
    pub(crate) async fn run(
        &self,
        command: &str,
        succeeding: bool,
        group: &Group,
        log: &Log,
    ) -> io::Result<Exit> {
        let (environment, place) = (self.file("env.sh"), self.file("dir.txt"));
        let script = format!(
            "exec 2>&1\n\
             set -a\n\
             . {environment}\n\
             CODEBUILD_BUILD_SUCCEEDING={}\n\
             {command}\n\
             CODEBUILD_LAST_EXIT=$?\n\
             export -p > {environment}\n\
             pwd > {place}\n\
             exit $CODEBUILD_LAST_EXIT\n",
            u8::from(succeeding)
        );
        std::fs::write(self.state.join("script.sh"), script)?;
        let directory = std::fs::read_to_string(self.state.join("dir.txt"))?;
        let mut child = self
            .command("script.sh")
            .current_dir(directory.trim_end_matches('\n'))
            .process_group(group.id())
            .spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let relay = tokio::spawn(relay(output, log.clone()));
        let status = child.wait().await?;
        // What a background process writes later is still logged by the task that goes on.
        let _ = tokio::time::timeout(LAST_OUTPUT, relay).await;
        Ok(status.into())
    }

    /// The values that variables have after the last command; those never set are left out.
    pub(crate) async fn exported(&self, names: &[String]) -> Vec<Exported> {
        let mut script = format!(". {}\n", self.file("env.sh"));
        for name in names {
            let _ =
                writeln!(script, "if [ \"${{{name}+set}}\" ]; then printf '{name}=%s\\0' \"${name}\"; fi");
        }
        let read = async {
            std::fs::write(self.state.join("exports.sh"), script)?;
            self.command("exports.sh").output().await
        };
        let Ok(Ok(output)) = tokio::time::timeout(READ_EXPORTS, read).await else {
            return Vec::new();
        };
        String::from_utf8_lossy(&output.stdout)
            .split_terminator('\0')
            .filter_map(|entry| entry.split_once('='))
            .map(|(name, value)| Exported { name: name.into(), value: value.into() })
            .collect()
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg(self.state.join(script))
            .env_clear()
            .env("PATH", &self.path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn file(&self, name: &str) -> String {
        quoted(&self.state.join(name).to_string_lossy())
    }
}

/// The file of a program that is in one of the directories of `path`.
pub(crate) fn find_program(name: &str, path: &str) -> Option<PathBuf> {
    path.split(':').map(|directory| Path::new(directory).join(name)).find(|file| file.is_file())
}

/// A word that every shell reads back as it is.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

async fn relay(output: impl AsyncRead + Unpin, log: Log) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(read) = output.fill_buf().await
        && !read.is_empty()
    {
        let (taken, complete) = match read.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end + 1, true),
            None => (read.len(), false),
        };
        line.extend_from_slice(&read[..taken]);
        output.consume(taken);
        if complete || line.len() >= LONGEST_LINE {
            log.line(text(&line)).await;
            line.clear();
        }
    }
    if !line.is_empty() {
        log.line(text(&line)).await;
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned()
}
