//! A `CodePipeline` that runs on this machine: AWS's operations, errors and events, and an engine that really carries
//! executions through their stages. It keeps no data on disk and runs no action itself: custom actions belong to whoever
//! polls for their jobs, builds to `CodeBuild`, functions to Lambda, approvals to people.

mod api;
mod builtin;
mod check;
mod engine;
mod events;
mod json_path;
mod model;
mod state;
mod variables;
mod webhook;

#[cfg(test)]
mod tests;

use emulator_core::{Answer, Call, Permission, ServiceContext};
use std::net::IpAddr;
use std::time::Duration;

/// Output members that are timestamps.
pub const TIMESTAMPS: &[&str] = &[
    "approvedAt",
    "created",
    "endTime",
    "lastChangedAt",
    "lastStatusChange",
    "lastTriggered",
    "lastUpdateTime",
    "pollingDisabledAt",
    "startTime",
    "updated",
];

/// The service. Cheap to clone; clones share their state. Its futures need a Tokio runtime.
#[derive(Clone)]
pub struct CodePipeline {
    engine: engine::Engine,
}

impl CodePipeline {
    /// A service without pipelines.
    #[must_use]
    pub fn new(context: ServiceContext) -> Self {
        Self::with_speed(context, 1.0)
    }

    /// A service without pipelines where the time limits of actions, and the pause before a function is asked again, are
    /// this many times shorter than on AWS.
    #[must_use]
    pub fn with_speed(context: ServiceContext, speed: f64) -> Self {
        Self { engine: engine::Engine::new(context, speed) }
    }

    /// Hides new jobs from polls for this long, so that the event of an action comes before its job can be had.
    pub fn set_job_delay(&self, delay: Duration) {
        self.engine.change(|transaction| transaction.state.job_delay = delay);
    }

    /// The permissions the caller needs; checked before `answer` is asked.
    #[must_use]
    pub fn required_permissions(&self, call: &Call) -> Vec<Permission> {
        api::required_permissions(&self.engine.context, call)
    }

    /// Serves one call.
    ///
    /// # Errors
    ///
    /// The errors AWS documents for the operation.
    pub async fn answer(&self, call: Call) -> Answer {
        api::answer(&self.engine, call).await
    }

    /// Serves a POST to `/_webhooks/trigger?t=TOKEN`: the HTTP status and body.
    #[expect(clippy::unused_async, reason = "the gateway awaits every service alike")]
    pub async fn webhook(
        &self,
        token: &str,
        peer: IpAddr,
        headers: &[(String, String)],
        body: &[u8],
    ) -> (u16, String) {
        webhook::receive(&self.engine, token, peer, headers, body)
    }
}
