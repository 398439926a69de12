//! A third-party git repository, reached over SSH, as the source of a pipeline. The function polls the jobs of its custom
//! action type, starts a build that clones, and reports how the build ended. It never waits for a build: three events
//! wake it, and each may come twice, late or not at all.

pub mod aws;
pub mod build;
pub mod clone;
pub mod complete;
pub mod config;
pub mod decide;
pub mod event;
pub mod exit_status;
pub mod failure;
pub mod message;
mod settings;
pub mod start;
pub mod sweep;

#[cfg(test)]
mod aws_tests;

pub use settings::Settings;

use crate::aws::Aws;
use crate::event::Event;
use serde_json::Value;
use shared::aws::SdkConfig;
use shared::lambda::Unfinished;
use std::time::{SystemTime, UNIX_EPOCH};

/// The function.
#[derive(Clone, Debug)]
pub struct GitSource {
    aws: Aws,
    settings: Settings,
}

impl GitSource {
    /// The function, with clients made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: Settings) -> Self {
        let aws = Aws::new(config, &settings.provider, &settings.version, &settings.project);
        Self { aws, settings }
    }

    /// Handles one event.
    ///
    /// # Errors
    /// [`Unfinished::Retry`] when a call failed, [`Unfinished::GiveUp`] when the event is not one of ours.
    pub async fn run(&self, event: Value) -> Result<(), Unfinished> {
        self.run_at(event, now()).await
    }

    /// [`GitSource::run`], at a time in seconds since 1970: how far a sweep looks back depends on it.
    async fn run_at(&self, event: Value, now: i64) -> Result<(), Unfinished> {
        let Settings { provider, version, project, hosts } = &self.settings;
        let done = match event::read(&event).map_err(|malformed| Unfinished::GiveUp(malformed.into()))? {
            Event::Action(action) if decide::concerns_us(&action, provider, version) => {
                start::run(&self.aws, hosts, &action.execution).await
            }
            Event::Action(action) => {
                tracing::info!(provider = action.provider, state = action.state, "not for us");
                Ok(())
            }
            Event::Build(build) => complete::run(&self.aws, project, build).await,
            Event::Schedule => sweep::run(&self.aws, hosts, now).await,
        };
        done.map_err(|error| Unfinished::Retry(error.into()))
    }
}

/// Seconds since 1970, as AWS counts the end of a build.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
