//! Every function of the project: how large its zip is, and what its start and its first event take.

use crate::fixture::BenchFixture;
use crate::function::Program;
use crate::sandbox::{Sandbox, Spent};
use crate::stats::Stats;
use crate::tls::TlsEndpoint;
use anyhow::Context;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// The first events, the first of which that the folder `events` has for a function: a step that a person starts, a sweep, or a
/// custom resource. Each makes calls to AWS, and changes nothing in an account in which nothing is.
const FIRST_EVENTS: [&str; 3] = ["step-by-hand", "sweep", "stack-create"];

/// One function. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct FunctionFigures {
    pub(crate) name: String,
    pub(crate) zip_bytes: u64,
    pub(crate) program_bytes: u64,
    pub(crate) init_cpu: Stats,
    /// Nothing for a function without such an event.
    pub(crate) first_cpu: Option<Stats>,
    pub(crate) peak_mb: Stats,
}

/// Runs a function `runs` times.
pub(crate) async fn measure(
    name: &str,
    fixture: &BenchFixture,
    endpoint: &TlsEndpoint,
    program: &Program,
    root: &Path,
    runs: u32,
) -> anyhow::Result<FunctionFigures> {
    let event = first_event(name, endpoint, &root.join("events"))?;
    let mut settings = fixture.settings().to_vec();
    settings.extend(settings_of(name, root)?.map(|text| (shared::env::SETTINGS, text)));
    let (mut init, mut first, mut peak) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut sandbox = Sandbox::start(program, endpoint, &settings).await?;
        init.push(sandbox.init.cpu_ms);
        if let Some(event) = &event {
            let (Spent { cpu_ms, .. }, _answer) = sandbox.try_ask(event.clone()).await?;
            first.push(cpu_ms);
        }
        peak.push(sandbox.peak_mb()?);
        sandbox.end().await?;
    }
    Ok(FunctionFigures {
        name: name.to_owned(),
        zip_bytes: program.zip_bytes,
        program_bytes: program.bytes,
        init_cpu: Stats::of(init).context("nothing was measured")?,
        first_cpu: Stats::of(first),
        peak_mb: Stats::of(peak).context("nothing was measured")?,
    })
}

/// The settings that the template of a function gives it, if it gives any, with one name for all that is known on AWS only.
fn settings_of(name: &str, root: &Path) -> anyhow::Result<Option<String>> {
    let file = root.join(format!("infra/functions/{name}.yaml"));
    if !file.is_file() {
        return Ok(None);
    }
    let template =
        std::fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let settings = template.lines().find_map(|line| line.trim().strip_prefix("Settings: !Sub '"));
    let Some(settings) = settings.and_then(|text| text.strip_suffix('\'')) else { return Ok(None) };
    let (mut filled, mut rest) = (String::new(), settings);
    while let Some((before, after)) = rest.split_once("${") {
        let (_name, after) = after.split_once('}').context("a name in the settings has no end")?;
        filled.push_str(before);
        filled.push_str("bench");
        rest = after;
    }
    Ok(Some(filled + rest))
}

/// The first event of a function, if it has one.
pub(crate) fn first_event(
    name: &str,
    endpoint: &TlsEndpoint,
    events: &Path,
) -> anyhow::Result<Option<Value>> {
    let files = FIRST_EVENTS.map(|event| events.join(format!("{name}-{event}.json")));
    let Some(file) = files.iter().find(|file| file.is_file()) else { return Ok(None) };
    let text = std::fs::read(file).with_context(|| format!("could not read {}", file.display()))?;
    let mut event: Value =
        serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    // The answer goes to the endpoint too. It does not take it, and the function sees that the URL has expired.
    if let Some((_, query)) = event["ResponseURL"].as_str().and_then(|url| url.split_once('?')) {
        event["ResponseURL"] = format!("{}/answer?{query}", endpoint.url).into();
    }
    Ok(Some(event))
}
