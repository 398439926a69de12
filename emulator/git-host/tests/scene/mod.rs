//! A host with a repository and a client's keys, and what the tests of this crate do with them.

use emulator_git_host::GitHost;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A host with one repository, `app.git`, and one authorized key.
pub(crate) struct Scene {
    folder: TempDir,
    pub(crate) host: GitHost,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("root")).unwrap();
        let host = GitHost::start(&at("root")).unwrap();
        std::fs::write(at("known_hosts"), host.host_key() + "\n").unwrap();
        std::fs::create_dir(at("work")).unwrap();
        let scene = Self { folder, host };
        scene.key("id", &["-t", "ed25519"]);
        scene.host.authorize(&scene.read("id.pub")).unwrap();
        scene.local(&["init", "--quiet", "--bare", "--initial-branch", "main", "root/app.git"]);
        scene.local(&["init", "--quiet", "--initial-branch", "main", "work"]);
        scene.commit("README.md", b"hello\n");
        scene.local(&["-C", "work", "push", "--quiet", "../root/app.git", "main"]);
        scene
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn key(&self, name: &str, kind: &[&str]) {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", "test", "-f"]).arg(self.path(name)).args(kind);
        assert!(command.status().unwrap().success());
    }

    pub(crate) fn commit(&self, name: &str, content: &[u8]) -> String {
        std::fs::write(self.path("work").join(name), content).unwrap();
        self.local(&["-C", "work", "add", "."]);
        self.local(&["-C", "work", "commit", "--quiet", "--message", name]);
        self.local(&["-C", "work", "rev-parse", "HEAD"]).trim().to_string()
    }

    /// git without a host.
    pub(crate) fn local(&self, args: &[&str]) -> String {
        let output = self.git("id", "known_hosts", args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn git(&self, key: &str, known_hosts: &str, args: &[&str]) -> Command {
        let ssh = format!("ssh {}", self.ssh_options(key, known_hosts).join(" "));
        let mut command = Command::new("git");
        command.args(args).current_dir(self.folder.path()).env("GIT_SSH_COMMAND", ssh);
        for (name, value) in [("NAME", "Ada"), ("EMAIL", "ada@example.com")] {
            command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    pub(crate) fn ssh_options(&self, key: &str, known_hosts: &str) -> Vec<String> {
        let mut options = vec!["-F".to_string(), "none".to_string(), "-i".to_string()];
        options.push(self.path(key).display().to_string());
        let file = format!("UserKnownHostsFile={}", self.path(known_hosts).display());
        for option in
            ["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", "LogLevel=ERROR", &file]
        {
            options.extend(["-o".to_string(), option.to_string()]);
        }
        options
    }

    pub(crate) fn ssh(&self, user: &str, request: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(self.ssh_options("id", "known_hosts")).args(["-p", &self.host.port().to_string()]);
        command.arg(format!("{user}@127.0.0.1")).arg(request).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// How many git processes work in the root.
    pub(crate) fn served(&self) -> usize {
        let root = self.path("root").canonicalize().unwrap();
        let folder = |entry: std::fs::DirEntry| std::fs::read_link(entry.path().join("cwd")).ok();
        std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(folder)
            .filter(|cwd| cwd.starts_with(&root))
            .count()
    }

    #[track_caller]
    pub(crate) fn clone_with(&self, key: &str, known_hosts: &str, into: &str) -> Result<PathBuf, String> {
        let output =
            self.git(key, known_hosts, &["clone", "--quiet", &self.host.url("app"), into]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(self.path(into)) } else { Err(told) }
    }
}

#[track_caller]
pub(crate) fn fails_with(result: Result<PathBuf, String>, part: &str) {
    let told = result.expect_err("the clone should have failed");
    assert!(told.contains(part), "{told}");
}

#[track_caller]
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}: not within ten seconds");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn content(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// Bytes that do not compress, so that all of them have to travel.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}
