//! The function in one Lambda environment: its start, its first event and a later one, with all CPU and at the share of
//! its memory.

use crate::fixture::BenchFixture;
use crate::quota::Quota;
use crate::sandbox::Sandbox;
use crate::stats::Stats;
use crate::tls::TlsEndpoint;
use anyhow::Context;
use emulator::Cloud;
use serde::Serialize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The program inside the zip, ready to run: what is measured is what would be deployed.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) zip_bytes: u64,
    pub(crate) bytes: u64,
}

impl Program {
    pub(crate) fn unpack(zip: &Path, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = std::fs::File::open(zip).with_context(|| format!("could not read {}", zip.display()))?;
        let zip_bytes = file.metadata()?.len();
        let mut archive = zip::ZipArchive::new(file)?;
        let path = folder.join("bootstrap");
        let bytes = std::io::copy(&mut archive.by_name("bootstrap")?, &mut std::fs::File::create(&path)?)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        Ok(Self { path, zip_bytes, bytes })
    }
}

/// What was measured. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) zip_bytes: u64,
    pub(crate) program_bytes: u64,
    pub(crate) init_cpu: Stats,
    pub(crate) init_wall: Stats,
    pub(crate) cold_cpu: Stats,
    pub(crate) cold_wall: Stats,
    pub(crate) warm_cpu: Stats,
    pub(crate) warm_wall: Stats,
    pub(crate) peak_mb: Stats,
    /// At the CPU share of 128 MB; the reason when this machine gives no such share.
    pub(crate) throttled: Result<Throttled, String>,
}

/// Wall time at the CPU share of 128 MB, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Throttled {
    pub(crate) cold_wall: Stats,
    pub(crate) warm_wall: Stats,
}

/// One environment, from its start to its end.
struct Life {
    init: crate::sandbox::Spent,
    cold: crate::sandbox::Spent,
    warm: crate::sandbox::Spent,
    peak_mb: f64,
}

/// Runs the function `runs` times with all CPU, and as often throttled where that is possible.
pub(crate) async fn measure(
    cloud: &Cloud,
    endpoint: &TlsEndpoint,
    program: &Program,
    runs: u32,
) -> anyhow::Result<Measured> {
    let mut fixture = BenchFixture::new(cloud, "bench-function").await?;
    let mut lives = Vec::new();
    for _ in 0..runs {
        lives.push(live(&mut fixture, endpoint, program, None).await?);
    }
    let throttled = match Quota::new() {
        Ok(quota) => {
            let mut throttled = Vec::new();
            for _ in 0..runs {
                throttled.push(live(&mut fixture, endpoint, program, Some(&quota)).await?);
            }
            Ok(Throttled {
                cold_wall: stats(&throttled, |life| life.cold.wall_ms)?,
                warm_wall: stats(&throttled, |life| life.warm.wall_ms)?,
            })
        }
        Err(error) => Err(format!("{error:#}")),
    };
    Ok(Measured {
        zip_bytes: program.zip_bytes,
        program_bytes: program.bytes,
        init_cpu: stats(&lives, |life| life.init.cpu_ms)?,
        init_wall: stats(&lives, |life| life.init.wall_ms)?,
        cold_cpu: stats(&lives, |life| life.cold.cpu_ms)?,
        cold_wall: stats(&lives, |life| life.cold.wall_ms)?,
        warm_cpu: stats(&lives, |life| life.warm.cpu_ms)?,
        warm_wall: stats(&lives, |life| life.warm.wall_ms)?,
        peak_mb: stats(&lives, |life| life.peak_mb)?,
        throttled,
    })
}

async fn live(
    fixture: &mut BenchFixture,
    endpoint: &TlsEndpoint,
    program: &Program,
    quota: Option<&Quota>,
) -> anyhow::Result<Life> {
    let mut sandbox = Sandbox::start(program, endpoint, &fixture.settings()).await?;
    if let Some(quota) = quota {
        sandbox.throttle(quota)?;
    }
    let cold = sandbox.invoke(fixture.job().await?).await?;
    let warm = sandbox.invoke(fixture.job().await?).await?;
    let life = Life { init: sandbox.init, cold, warm, peak_mb: sandbox.peak_mb()? };
    sandbox.end().await?;
    Ok(life)
}

fn stats(lives: &[Life], what: impl Fn(&Life) -> f64) -> anyhow::Result<Stats> {
    Stats::of(lives.iter().map(what)).context("nothing was measured")
}
