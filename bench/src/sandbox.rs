//! One Lambda environment: the function's process with the environment Lambda gives it, and what it uses.

use crate::function::Program;
use crate::quota::Quota;
use crate::runtime::{Ready, RuntimeApi};
use crate::tls::TlsEndpoint;
use crate::usage::{cpu_ms, peak_mb};
use anyhow::{Context, anyhow};
use serde_json::Value;
use std::process::Stdio;
use std::time::Instant;
use tokio::process::{Child, Command};

/// What Lambda itself sets.
const LAMBDA: [(&str, &str); 5] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
];

/// A process that waits for its next event. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Sandbox {
    process: Child,
    id: u32,
    api: RuntimeApi,
    ready: Option<Ready>,
    log: tempfile::NamedTempFile,
    /// The start of the process until it asked for its first event.
    pub(crate) init: Spent,
}

/// What something took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) wall_ms: f64,
    pub(crate) cpu_ms: f64,
}

impl Sandbox {
    /// Starts the function. `settings` are the variables that its template sets.
    pub(crate) async fn start(
        program: &Program,
        endpoint: &TlsEndpoint,
        settings: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        let mut api = RuntimeApi::start().await?;
        let log = tempfile::NamedTempFile::new()?;
        let begun = Instant::now();
        let process = Command::new(&program.path)
            .env_clear()
            .envs(LAMBDA)
            .envs(endpoint.access_key.iter().cloned())
            .envs(settings.iter().cloned())
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .env("AWS_ENDPOINT_URL", &endpoint.url)
            .env("SSL_CERT_FILE", &endpoint.authority)
            .stdin(Stdio::null())
            .stdout(log.reopen()?)
            .stderr(log.reopen()?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("could not run {}", program.path.display()))?;
        let id = process.id().context("the function ended at once")?;
        let ready = api.ready().await.with_context(|| last_words(&log))?;
        let init = Spent { wall_ms: milliseconds(begun), cpu_ms: cpu_ms(id)? };
        Ok(Self { process, id, api, ready: Some(ready), log, init })
    }

    /// Has it handle an event. The CPU time counts until it asks for the next one, the wall time until it answered.
    pub(crate) async fn invoke(&mut self, event: Value) -> anyhow::Result<Spent> {
        Ok(self.ask(event).await?.0)
    }

    /// The same, with what it answered.
    pub(crate) async fn ask(&mut self, event: Value) -> anyhow::Result<(Spent, Value)> {
        let (spent, answer) = self.try_ask(event).await?;
        let answer =
            answer.map_err(|error| anyhow!("the function failed: {error}\n{}", last_words(&self.log)))?;
        Ok((spent, answer))
    }

    /// The same for an event that the function may refuse, such as one about what does not exist.
    pub(crate) async fn try_ask(&mut self, event: Value) -> anyhow::Result<(Spent, Result<Value, String>)> {
        let ready = self.ready.take().context("the function failed before")?;
        let before = cpu_ms(self.id)?;
        let (wall, answer) = self.api.invoke(ready, event).await.with_context(|| last_words(&self.log))?;
        self.ready = Some(self.api.ready().await?);
        Ok((Spent { wall_ms: wall.as_secs_f64() * 1000.0, cpu_ms: cpu_ms(self.id)? - before }, answer))
    }

    /// Limits it to the CPU share of its memory, as Lambda does once it has started.
    pub(crate) fn throttle(&self, quota: &Quota) -> anyhow::Result<()> {
        quota.limit(self.id)
    }

    /// The most memory it has had so far.
    pub(crate) fn peak_mb(&self) -> anyhow::Result<f64> {
        peak_mb(self.id)
    }

    /// Ends it and waits until it is gone.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.process.kill().await.context("the function could not be ended")
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// The end of what it logged, for the reader of an error.
fn last_words(log: &tempfile::NamedTempFile) -> String {
    let text = std::fs::read_to_string(log.path()).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(5)..];
    format!("the function's log ends with:\n{}", last.join("\n"))
}
