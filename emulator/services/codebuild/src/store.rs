//! Projects, builds and idempotency tokens, in memory. Builds keep the order in which they were started.

use crate::model::{Build, Project};
use emulator_core::Failure;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long AWS remembers an idempotency token.
const TOKEN_LIFE: Duration = Duration::from_mins(5);

#[derive(Default)]
pub(crate) struct Store {
    pub(crate) projects: BTreeMap<String, Project>,
    /// Number of the last build of each project; it outlives the project's builds.
    numbers: HashMap<String, u64>,
    builds: BTreeMap<u64, Record>,
    order: HashMap<String, u64>,
    started: u64,
    tokens: HashMap<String, Token>,
}

/// A build and what is needed to stop it or to start it again.
pub(crate) struct Record {
    pub(crate) build: Build,
    /// Input of the `StartBuild` call.
    pub(crate) request: Value,
    pub(crate) control: Arc<Control>,
}

/// Tells a build to stop and others that it has ended.
pub(crate) struct Control {
    stop: watch::Sender<bool>,
    ended: watch::Sender<bool>,
}

impl Control {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { stop: watch::Sender::new(false), ended: watch::Sender::new(false) })
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn end(&self) {
        self.ended.send_replace(true);
    }

    pub(crate) async fn stopped(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    pub(crate) async fn ended(&self) {
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

struct Token {
    request: Value,
    build: String,
    since: Instant,
}

impl Store {
    /// The next build number of a project.
    pub(crate) fn number(&mut self, project: &str) -> u64 {
        let number = self.numbers.entry(project.into()).or_default();
        *number += 1;
        *number
    }

    pub(crate) fn add(&mut self, record: Record) {
        self.started += 1;
        self.order.insert(record.build.id.clone(), self.started);
        self.builds.insert(self.started, record);
    }

    pub(crate) fn record(&self, id: &str) -> Option<&Record> {
        self.builds.get(self.order.get(id)?)
    }

    pub(crate) fn build(&self, id: &str) -> Option<&Build> {
        self.record(id).map(|record| &record.build)
    }

    /// Changes a build, if it has not been deleted meanwhile, and returns a copy of what it is now.
    pub(crate) fn change(&mut self, id: &str, change: impl FnOnce(&mut Build)) -> Option<Build> {
        let record = self.builds.get_mut(self.order.get(id)?)?;
        change(&mut record.build);
        Some(record.build.clone())
    }

    /// Forgets a build that has ended; tells whether it did.
    pub(crate) fn delete(&mut self, id: &str) -> bool {
        if !self.build(id).is_some_and(|build| build.build_complete) {
            return false;
        }
        self.order.remove(id).and_then(|order| self.builds.remove(&order)).is_some()
    }

    /// All builds with their place in the order of starting, oldest first.
    pub(crate) fn builds(&self) -> impl DoubleEndedIterator<Item = (u64, &Build)> {
        self.builds.iter().map(|(order, record)| (*order, &record.build))
    }

    pub(crate) fn running(&self) -> Vec<Arc<Control>> {
        let running = self.builds.values().filter(|record| !record.build.build_complete);
        running.map(|record| record.control.clone()).collect()
    }

    /// The build that this token started in the last five minutes.
    pub(crate) fn recall(&mut self, token: &str, request: &Value) -> Result<Option<&Build>, Failure> {
        self.tokens.retain(|_, token| token.since.elapsed() < TOKEN_LIFE);
        match self.tokens.get(token) {
            Some(known) if known.request != *request => Err(Failure::new(
                "InvalidInputException",
                "The idempotency token was used before with different parameters",
            )),
            Some(known) => Ok(self.build(&known.build)),
            None => Ok(None),
        }
    }

    pub(crate) fn remember(&mut self, token: String, request: Value, build: String) {
        self.tokens.insert(token, Token { request, build, since: Instant::now() });
    }
}
