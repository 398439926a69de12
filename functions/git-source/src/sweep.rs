//! Finds what lost events left behind: jobs nobody took, and builds that ended without their job being answered. All of
//! it is safe to run at any time, at the same time as everything else.

use crate::aws::{Answered, Aws, Error};
use crate::build::Build;
use crate::complete;
use crate::config::AllowedHosts;
use crate::decide::may_be_unanswered;
use crate::start::{AT_ONCE, drain};
use futures_util::{StreamExt, stream};
use shared::error::chain;
use std::collections::HashMap;

/// The newest builds a sweep looks at: two pages. More than that end within the window only where hundreds of pipelines
/// start at once, and then only those that lost their event are missed.
pub const BUILDS_PER_RUN: usize = 200;
/// The metric that counts the jobs a sweep had to start or answer. A job caught in passing, before its own event arrived,
/// counts too: what matters is whether it stays above nothing.
pub const REPAIRED: &str = "SweepRepaired";

/// One sweep, at a time in seconds since 1970.
///
/// # Errors
/// When something is left that another try may do.
pub async fn run(aws: &Aws, hosts: &AllowedHosts, now: i64) -> Result<(), Error> {
    let mut errors = Vec::new();
    let builds = aws.newest_builds(BUILDS_PER_RUN).await.unwrap_or_else(|error| {
        // Jobs can still be taken: StartBuild itself finds the builds of the last five minutes.
        errors.push(error);
        Vec::new()
    });
    // Newest first in the list, so newest last into the map: a job's newest build is the one that counts.
    let known: HashMap<&str, &Build> =
        builds.iter().rev().filter_map(|build| Some((build.job()?, build))).collect();
    let drained = drain(aws, hosts, &known, None).await;
    errors.extend(drained.errors);
    let mut repaired = drained.taken;
    let ended = builds.iter().filter(|build| may_be_unanswered(build, now)).cloned();
    let mut reports = stream::iter(ended.map(|build| complete::report(aws, build))).buffer_unordered(AT_ONCE);
    while let Some(outcome) = reports.next().await {
        match outcome {
            Ok(Answered::Now) => repaired += 1,
            Ok(Answered::Before) => {}
            Err(error) => {
                tracing::warn!(reason = chain(&error), "left a build for another try");
                errors.push(error);
            }
        }
    }
    shared::log::count(REPAIRED, repaired);
    tracing::info!(repaired, left = errors.len(), "swept");
    Error::unite(errors)
}
