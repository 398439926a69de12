//! How much memory the compilers took: what a machine must have to build this.

/// Gigabytes (1,000,000,000 bytes) of the largest process that this one has started and waited for, or that such a process has;
/// nothing where the system does not tell.
#[must_use]
pub fn largest_process() -> Option<f64> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{UsageWho, getrusage};
        let largest = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?.max_rss();
        // Kilobytes, but bytes on macOS (getrusage(2) of each).
        let kilobytes = if cfg!(target_os = "macos") { largest / 1024 } else { largest };
        u32::try_from(kilobytes).ok().map(|kilobytes| f64::from(kilobytes) * 1024.0 / 1e9)
    }
    #[cfg(not(unix))]
    None
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn a_process_that_ended_is_counted() {
        assert!(std::process::Command::new("true").status().unwrap().success());
        assert!(super::largest_process().is_some_and(|gigabytes| gigabytes > 0.0));
    }
}
