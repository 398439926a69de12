//! What happened during one run, in order: service events and Lambda invocations merged by their time stamps. Shown
//! while it happens.

use crate::cloud::Cloud;
use crate::invocation::{self, Invocation};
use crate::screen::Screen;
use console::style;
use emulator_core::Emitted;
use serde_json::Value;
use std::time::Duration;

/// How often the timeline looks for news.
const POLL: Duration = Duration::from_millis(50);
/// News is shown this much later than it happened, so that an invocation, known only when it has ended, still finds
/// its place between two events.
const SETTLE_MS: i64 = 400;

/// One line: when, who, what.
struct Entry {
    at_ms: i64,
    who: &'static str,
    what: String,
}

/// Follows the cloud from the moment it was made.
pub(super) struct Timeline<'a> {
    cloud: &'a Cloud,
    started_ms: i64,
    events: usize,
    invocations: usize,
    waiting: Vec<Entry>,
    /// Invocations seen so far, for the summary.
    pub(super) seen: Vec<Invocation>,
}

impl<'a> Timeline<'a> {
    pub(super) async fn start(cloud: &'a Cloud) -> anyhow::Result<Self> {
        Ok(Self {
            cloud,
            started_ms: now_ms(),
            events: cloud.context().emitted_since(0).len(),
            invocations: invocation::since(cloud, 0).await?.len(),
            waiting: Vec::new(),
            seen: Vec::new(),
        })
    }

    /// Shows what happens until the pipeline execution has ended; returns its final state (`SUCCEEDED`, `FAILED`).
    pub(super) async fn follow(
        &mut self,
        screen: &Screen,
        execution: &str,
        limit: Duration,
    ) -> anyhow::Result<String> {
        let deadline = tokio::time::Instant::now() + limit;
        let mut ended: Option<String> = None;
        loop {
            for emitted in self.news() {
                if let Some(state) = final_state(&emitted.event, execution) {
                    ended = Some(state);
                }
                self.waiting.extend(entry(&emitted));
            }
            for invocation in invocation::since(self.cloud, self.invocations).await? {
                self.invocations += 1;
                self.waiting.push(describe(&invocation));
                self.seen.push(invocation);
            }
            let last = ended.is_some() && self.waiting.iter().all(|e| e.at_ms < now_ms() - SETTLE_MS);
            self.show(screen, now_ms() - SETTLE_MS);
            match ended {
                Some(state) if last => return Ok(state),
                _ => {}
            }
            anyhow::ensure!(tokio::time::Instant::now() < deadline, "the pipeline did not end in {limit:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    fn news(&mut self) -> Vec<Emitted> {
        let news = self.cloud.context().emitted_since(self.events);
        self.events += news.len();
        news
    }

    fn show(&mut self, screen: &Screen, until_ms: i64) {
        self.waiting.sort_by_key(|entry| entry.at_ms);
        let due = self.waiting.partition_point(|entry| entry.at_ms <= until_ms);
        for entry in self.waiting.drain(..due) {
            let after = Duration::from_millis(u64::try_from(entry.at_ms - self.started_ms).unwrap_or(0));
            let time = format!("{:>7.2} s", after.as_secs_f64());
            screen.line(&format!("  {}  {:<12}  {}", style(time).dim(), style(entry.who).cyan(), entry.what));
        }
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn final_state(event: &Value, execution: &str) -> Option<String> {
    let mine = text(event, "/detail-type") == "CodePipeline Pipeline Execution State Change"
        && text(event, "/detail/execution-id") == execution;
    let state = text(event, "/detail/state");
    (mine && ["SUCCEEDED", "FAILED", "STOPPED", "SUPERSEDED", "CANCELED"].contains(&state))
        .then(|| state.into())
}

fn entry(emitted: &Emitted) -> Option<Entry> {
    let detail = &emitted.event["detail"];
    let (who, what) = match text(&emitted.event, "/detail-type") {
        "CodePipeline Pipeline Execution State Change" => ("pipeline", text(detail, "/state").to_owned()),
        "CodePipeline Action Execution State Change" => {
            let name = format!("{} / {}", text(detail, "/stage"), text(detail, "/action"));
            ("action", format!("{name} {}", text(detail, "/state")))
        }
        "CodeBuild Build Phase Change" => ("build", phase(detail)?),
        _ => return None,
    };
    Some(Entry { at_ms: emitted.at_ms, who, what })
}

/// `project: BUILD SUCCEEDED in 2 s`. Of the phases, those that do the work, and any that failed.
fn phase(detail: &Value) -> Option<String> {
    let name = text(detail, "/completed-phase");
    let status = text(detail, "/completed-phase-status");
    let succeeded = status == "SUCCEEDED";
    if succeeded && !["DOWNLOAD_SOURCE", "BUILD", "UPLOAD_ARTIFACTS"].contains(&name) || name.is_empty() {
        return None;
    }
    let project = text(detail, "/project-name");
    let seconds = &detail["completed-phase-duration-seconds"];
    let line = format!("{project}: {name} {status} in {seconds} s");
    if succeeded {
        return Some(line);
    }
    Some(format!("{line}: {}", text(detail, "/completed-phase-context").trim_matches(['[', ']'])))
}

fn describe(invocation: &Invocation) -> Entry {
    let start = if invocation.cold { "cold" } else { "warm" };
    let what = format!("{} {:.0} ms, {start}", invocation.function, invocation.duration_ms);
    let what = match &invocation.error {
        Some(error) => format!("{what}, failed: {error}"),
        None => what,
    };
    Entry { at_ms: invocation.started_ms, who: "lambda", what }
}
