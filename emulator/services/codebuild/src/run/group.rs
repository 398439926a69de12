//! All processes of one build, so that all of them can be ended: commands, what they started, and what they left in
//! the background.

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::path::Path;
use std::process::Stdio;
use tokio::process::{Child, Command};

/// The group's leader waits until its standard input closes and then kills the whole group. So the group exists as
/// long as this value does, its id cannot be given to others, and an emulator that is killed takes its builds along.
const LEADER: &str = "read line; kill -KILL 0";

/// How often to look for processes that left the group; one may start another while it is looked at.
const SWEEPS: usize = 5;

pub(crate) struct Group {
    leader: Child,
    id: Pid,
    /// `CODEBUILD_BUILD_ID=project:uuid`, which every process of the build inherits.
    marker: Vec<u8>,
}

impl Group {
    pub(crate) fn start(sh: &Path, build_id: &str) -> std::io::Result<Self> {
        let leader = Command::new(sh)
            .args(["-c", LEADER])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        let id = leader.id().and_then(|id| i32::try_from(id).ok()).ok_or(std::io::ErrorKind::NotFound)?;
        Ok(Self {
            leader,
            id: Pid::from_raw(id),
            marker: format!("CODEBUILD_BUILD_ID={build_id}").into_bytes(),
        })
    }

    /// For `process_group` of the commands.
    pub(crate) fn id(&self) -> i32 {
        self.id.as_raw()
    }

    /// Kills everything and returns when the leader is gone.
    pub(crate) async fn end(mut self) {
        self.kill();
        let _ = self.leader.wait().await;
    }

    fn kill(&mut self) {
        // Once the leader has been waited for, its id may belong to somebody else.
        if self.leader.id().is_some() {
            let _ = killpg(self.id, Signal::SIGKILL);
        }
        // Daemons such as ssh-agent leave the group; on Linux they are known by their environment.
        for _ in 0..SWEEPS {
            if !self.sweep() {
                break;
            }
        }
    }

    /// Kills what carries the build's mark; tells whether there was any.
    fn sweep(&self) -> bool {
        let mut found = false;
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // A process of another user cannot be read, and one that has died has no environment.
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            if environment.split(|byte| *byte == 0).any(|variable| variable == self.marker) {
                found |= kill(Pid::from_raw(id), Signal::SIGKILL).is_ok();
            }
        }
        found
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.leader.id().is_some() {
            self.kill();
        }
    }
}
