//! The share of a CPU that Lambda gives to a function of little memory, imposed on a process of this machine through a
//! control group. It needs root and a writable hierarchy; where it is not to be had, the report says so.

use anyhow::Context;
use emulator::price::SLOWDOWN;
use std::path::{Path, PathBuf};

/// How often the share is handed out, in microseconds. Lambda's own period.
const PERIOD: u32 = 20_000;

/// A control group with a CPU limit. Removed when dropped.
#[derive(Debug)]
pub(crate) struct Quota {
    folder: PathBuf,
}

impl Quota {
    /// A group with the share of a function with the memory of the template.
    ///
    /// # Errors
    /// When this machine does not let us have one; the text says why.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let share = format!("{:.0}", f64::from(PERIOD) / SLOWDOWN);
        let name = format!("sm-mlops-bench-{}", uuid::Uuid::new_v4().simple());
        let first = Path::new("/sys/fs/cgroup/cpu");
        let (parent, settings) = if first.join("cpu.cfs_quota_us").is_file() {
            (first, vec![("cpu.cfs_period_us", PERIOD.to_string()), ("cpu.cfs_quota_us", share)])
        } else {
            (Path::new("/sys/fs/cgroup"), vec![("cpu.max", format!("{share} {PERIOD}"))])
        };
        let folder = parent.join(name);
        std::fs::create_dir(&folder).with_context(|| format!("no control group in {}", parent.display()))?;
        let quota = Self { folder };
        for (file, value) in settings {
            std::fs::write(quota.folder.join(file), value)
                .with_context(|| format!("no CPU limit: {file}"))?;
        }
        Ok(quota)
    }

    /// Limits a process from now on.
    pub(crate) fn limit(&self, process: u32) -> anyhow::Result<()> {
        std::fs::write(self.folder.join("cgroup.procs"), process.to_string())
            .context("the process could not be put into the control group")
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        // It can be removed only after the kernel has let go of the process; that may take a moment.
        for _ in 0..50 {
            if std::fs::remove_dir(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}
