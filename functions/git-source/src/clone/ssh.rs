//! The SSH client: what it may use and trust, and what its own words say about a failure. Its messages go to a file of
//! their own, apart from what the host prints, and a login banner is not among them.

use super::repository::{ObjectFormat, Repository};
use super::{Failure, Settings, process};
use crate::config::GitUrl;
use crate::exit_status::ExitStatus;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Key, pinned host keys and configuration of the SSH client.
#[derive(Debug)]
pub(super) struct Ssh {
    /// The folder for repositories and other files.
    pub(super) work: PathBuf,
    /// Pauses before another try at a host that cannot be reached, in milliseconds.
    pub(super) pauses: Vec<u64>,
    path: String,
    key: PathBuf,
    known_hosts: PathBuf,
    config: PathBuf,
    messages: PathBuf,
}

impl Ssh {
    /// Writes the configuration; `key` is the file with the private key.
    pub(super) fn new(work: &Path, key: &Path, settings: &Settings) -> Result<Self, Failure> {
        let at = |name: &str| work.join(name);
        let ssh = Self {
            work: work.to_owned(),
            pauses: settings.pauses.clone(),
            path: settings.path.clone(),
            key: key.to_owned(),
            known_hosts: at("known_hosts"),
            config: at("ssh_config"),
            messages: at("ssh_messages"),
        };
        std::fs::create_dir(ssh.repositories())
            .and_then(|()| std::fs::write(&ssh.known_hosts, known_hosts(&settings.known_hosts)))
            .and_then(|()| std::fs::write(&ssh.config, ssh.configuration()))
            .map_err(|error| Failure::other("the configuration of ssh could not be written", error))?;
        Ok(ssh)
    }

    /// One key, the pinned hosts, and no other way in or out. At this level of logging ssh does not print the banner of
    /// a host.
    fn configuration(&self) -> String {
        let path = |path: &Path| format!("\"{}\"", path.display().to_string().replace('%', "%%"));
        format!(
            "Host *\n\
             IdentityFile {}\nIdentitiesOnly yes\nIdentityAgent none\nPreferredAuthentications publickey\nBatchMode yes\n\
             UserKnownHostsFile {}\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking yes\nUpdateHostKeys no\n\
             ForwardAgent no\nForwardX11 no\nClearAllForwardings yes\nPermitLocalCommand no\nLogLevel ERROR\n\
             ConnectTimeout 20\nServerAliveInterval 15\nServerAliveCountMax 4\n",
            path(&self.key),
            path(&self.known_hosts)
        )
    }

    /// An empty repository in a new folder.
    pub(super) fn create(&self, folder: &str, format: ObjectFormat) -> Result<Repository, Failure> {
        Repository::create(&self.path, &self.repositories().join(folder), format)
    }

    /// The folder of all repositories.
    pub(super) fn repositories(&self) -> PathBuf {
        self.work.join("git")
    }

    /// `git` in a repository, with this client for its connections.
    pub(super) fn git(&self, repository: &Repository) -> Command {
        let mut command = repository.command();
        // git hands the command to a shell, and paths through the environment need no quotes of ours.
        command.env("GIT_SSH_COMMAND", "ssh -F \"$CLONE_SSH_CONFIG\" -E \"$CLONE_SSH_MESSAGES\" -a -x");
        command.env("GIT_SSH_VARIANT", "ssh");
        command.env("CLONE_SSH_CONFIG", &self.config).env("CLONE_SSH_MESSAGES", &self.messages);
        command
    }

    /// What ssh said since the last time, and nothing of it stays.
    pub(super) fn take_messages(&self) -> String {
        let said = std::fs::read(&self.messages).unwrap_or_default();
        let _ = std::fs::remove_file(&self.messages);
        String::from_utf8_lossy(&said).into_owned()
    }

    /// The cause in the messages of ssh; none when ssh logged in and the host ended the connection.
    pub(super) fn cause(&self, messages: &str, url: &GitUrl) -> Option<ExitStatus> {
        let messages = messages.to_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|part| messages.contains(part));
        if has(&INCOMPATIBLE) {
            return Some(ExitStatus::HostIncompatible);
        }
        if has(&HOST_KEY) {
            let pinned = self.is_pinned(url);
            return Some(if pinned { ExitStatus::HostKeyMismatch } else { ExitStatus::HostKeyNotPinned });
        }
        if has(&KEY_REFUSED) {
            return Some(ExitStatus::KeyRefused);
        }
        has(&UNREACHABLE).then_some(ExitStatus::HostUnreachable)
    }

    /// Whether ssh would find a key of this host, by name or port, hashed or with wildcards. `ssh-keygen` reads the file
    /// as ssh does.
    fn is_pinned(&self, url: &GitUrl) -> bool {
        let found = |name: &str| {
            let mut search = Command::new("ssh-keygen");
            search.arg("-F").arg(name).arg("-f").arg(&self.known_hosts);
            // A certificate authority or a line without a usable key is printed too, with its marker or text.
            process::run(&mut search, &[]).is_ok_and(|found| {
                let lines = String::from_utf8_lossy(&found.stdout).into_owned();
                found.succeeded()
                    && lines.lines().any(|line| !line.starts_with('#') && !line.starts_with("@revoked"))
            })
        };
        found(&format!("[{}]:{}", url.host(), url.port())) || found(url.host())
    }
}

/// What ssh says of each cause, in lower case (OpenSSH's `sshconnect.c`, `packet.c` and `kex.c`).
const INCOMPATIBLE: [&str; 2] = ["unable to negotiate with", "bad server host key"];
const HOST_KEY: [&str; 2] = ["host key verification failed", "remote host identification has changed"];
const KEY_REFUSED: [&str; 3] =
    ["permission denied (", "too many authentication failures", "no mutual signature"];
const UNREACHABLE: [&str; 11] = [
    "could not resolve hostname",
    "connection timed out",
    "operation timed out",
    "connection refused",
    "no route to host",
    "network is unreachable",
    "connection closed by",
    "connection reset by",
    "kex_exchange_identification",
    "banner exchange",
    "timeout, server",
];

/// Lines for the file from the list of the stack. Its entries are parted by commas, and so are the names of one line: a
/// piece without a key is a name of the line that follows, behind a marker such as `@revoked` too.
fn known_hosts(list: &str) -> String {
    let mut lines = String::new();
    for piece in list.split([',', '\n']).map(str::trim).filter(|piece| !piece.is_empty()) {
        lines.push_str(piece);
        let fields = piece.split_whitespace().count();
        let ends = if piece.starts_with('@') { fields > 2 } else { fields > 1 };
        lines.push(if ends { '\n' } else { ',' });
    }
    lines
}

#[cfg(test)]
mod tests;
