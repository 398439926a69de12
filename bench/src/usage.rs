//! What a process has used so far, as the kernel tells it.

use anyhow::Context;

/// CPU milliseconds of all threads of a process. Taken from the scheduler, which counts nanoseconds; `times` counts
/// hundredths of a second, which is as long as the whole start of the function.
pub(crate) fn cpu_ms(process: u32) -> anyhow::Result<f64> {
    let folder = format!("/proc/{process}/task");
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir(&folder).with_context(|| format!("process {process} is gone"))? {
        // A thread may end while the others are read: it has nothing more to tell.
        let Ok(line) = std::fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let used = line.split(' ').next().and_then(|field| field.parse::<f64>().ok());
        nanoseconds += used.context("this kernel keeps no scheduler statistics (CONFIG_SCHED_INFO)")?;
    }
    Ok(nanoseconds / 1e6)
}

/// The most memory the process has had resident, in MB.
pub(crate) fn peak_mb(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    Ok(kilobytes.context("the kernel tells no peak memory")? / 1024.0)
}
