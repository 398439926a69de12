//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::observation::{Build, Observation};
use crate::plan::{Action, Start};
use crate::spec::{Run, Spec, Task};
use aws_sdk_codebuild::Client;
use aws_sdk_codebuild::operation::list_builds_for_project::ListBuildsForProjectError;
use aws_sdk_codebuild::operation::start_build::StartBuildError;
use aws_sdk_codebuild::operation::stop_build::StopBuildError;
use aws_sdk_codebuild::types::{self as codebuild, SortOrderType, StatusType};
use shared::aws::SdkConfig;
use shared::aws::codebuild::{BuildStatus, FailedPhase, plaintext_variables};
use shared::error::{Cause, Class, cause, chain};
use shared::reconcile::batch::{Ended, Postponed, each};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The longest that CodeBuild lets a build wait in the queue (`CreateProject`, `queuedTimeoutInMinutes`).
const QUEUE: Duration = Duration::from_hours(8);
/// The longest that it lets a build be at work (`CreateProject`, `timeoutInMinutes`).
const WORK: Duration = Duration::from_hours(36);
/// What CodeBuild may take to end a build that has no time left, and how much clocks may differ.
const GRACE: Duration = Duration::from_mins(10);

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The builds of a project are not known.
    #[error("could not list the builds of project {project}")]
    List {
        /// Its name.
        project: String,
        /// Why.
        source: Cause,
    },
    /// The same, because the function may not.
    #[error(
        "could not list the builds of project {project}: the parameter ProjectName of the function's stack must name that project"
    )]
    Forbidden {
        /// Its name.
        project: String,
        /// Why.
        source: Cause,
    },
    /// Builds were not read.
    #[error("could not look at builds of project {project}")]
    LookUp {
        /// Its name.
        project: String,
        /// Why.
        source: Cause,
    },
    /// No build was started.
    #[error("could not start a build of project {project}")]
    Start {
        /// Its name.
        project: String,
        /// Why.
        source: Cause,
    },
    /// A build still runs.
    #[error("could not stop build {build}")]
    Stop {
        /// Its id.
        build: String,
        /// Why.
        source: Cause,
    },
}

/// The service.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    client: Client,
}

impl Aws {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }

    /// The builds of the resource. CodeBuild lists builds by number (`ListBuildsForProject`, `sortOrder`), here from the last to the first.
    /// Reading ends where the build of the request is, or where builds are so old that CodeBuild has ended them: the build of the request
    /// would be younger, and none before them runs.
    pub(crate) async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        let listing = self.client.list_builds_for_project().project_name(&spec.project);
        let mut pages = listing.sort_order(SortOrderType::Descending).into_paginator().send();
        let oldest = oldest_that_runs();
        let mut observed = Observation { project: true, ..Observation::default() };
        while let Some(page) = pages.next().await {
            let ids = match page {
                Ok(page) => page.ids.unwrap_or_default(),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(ListBuildsForProjectError::is_resource_not_found_exception) =>
                {
                    return Ok(Observation::default());
                }
                Err(error) => return Err(not_listed(&spec.project, cause(error))),
            };
            let builds = self.look_up(&spec.project, ids).await?;
            let old = |build: &codebuild::Build| build.start_time.is_some_and(|start| start.secs() < oldest);
            let last = builds.iter().any(old);
            for build in builds {
                observed.add(spec, &build);
            }
            if last || observed.own.is_some() {
                break;
            }
        }
        Ok(observed)
    }

    /// A page of `ListBuildsForProject` has as many ids as `BatchGetBuilds` takes (`ids`), which is 100. A build that was deleted meanwhile is not
    /// among the builds that come back.
    async fn look_up(&self, project: &str, ids: Vec<String>) -> Result<Vec<codebuild::Build>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.client.batch_get_builds().set_ids(Some(ids)).send().await;
        let found =
            found.map_err(|error| Error::LookUp { project: project.to_owned(), source: cause(error) })?;
        Ok(found.builds.unwrap_or_default())
    }

    pub(crate) async fn act(&self, action: &Action, until: Instant) -> Result<Postponed, Error> {
        match action {
            Action::Start(start) => self.start(start).await,
            Action::Stop(builds) => each(builds, until, |build| self.stop(build)).await.finish(),
        }
    }

    /// Starts the build of a request, or finds the one that the same call has started in the last five minutes.
    async fn start(&self, start: &Start) -> Result<Postponed, Error> {
        let marks = start.marks.iter().map(|(name, value)| (*name, value.as_str()));
        let variables = plaintext_variables(start.variables.pairs().chain(marks));
        let call = self
            .client
            .start_build()
            .project_name(&start.project)
            .idempotency_token(&start.token)
            .set_source_version(start.source_version.clone())
            .set_environment_variables_override(Some(variables));
        let error = match call.send().await {
            Ok(started) => {
                let id = started.build_value.and_then(|build| build.id);
                tracing::info!(build = id, "started a build");
                return Ok(Postponed::default());
            }
            Err(error) => error,
        };
        // Other builds take all the places there are: those that the project limits, or the queue of the account.
        let full = error.as_service_error().is_some_and(StartBuildError::is_account_limit_exceeded_exception);
        let source = without_values(start, cause(error));
        let error = Error::Start { project: start.project.clone(), source };
        if full { Ok(Postponed { count: 1, reason: Some(chain(&error)) }) } else { Err(error) }
    }

    /// Stopping a build that is gone succeeds. One that has just ended may be refused: the next step sees whether it has.
    async fn stop(&self, build: &str) -> Result<Ended, Error> {
        match self.client.stop_build().id(build).send().await {
            Ok(_) => {
                tracing::info!(build, "stopped a build");
                Ok(Ended::Done)
            }
            Err(error)
                if error.as_service_error().is_some_and(StopBuildError::is_resource_not_found_exception) =>
            {
                Ok(Ended::Done)
            }
            Err(error) => {
                let source = cause(error);
                let refused = source.class() == Class::Invalid;
                let error = Error::Stop { build: build.to_owned(), source };
                if refused { Ok(Ended::Held(chain(&error))) } else { Err(error) }
            }
        }
    }
}

fn not_listed(project: &str, source: Cause) -> Error {
    let project = project.to_owned();
    match source.class() {
        Class::Denied => Error::Forbidden { project, source },
        _ => Error::List { project, source },
    }
}

/// Seconds since 1970 before which no build was started that still runs.
fn oldest_that_runs() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.saturating_sub(QUEUE + WORK + GRACE).as_secs()).unwrap_or_default()
}

/// An answer of AWS that repeats what it was given does not repeat values.
fn without_values(start: &Start, answer: Cause) -> Cause {
    let hidden = start.variables.hide_in(answer.message());
    match answer.code() {
        Some(code) if hidden != answer.message() => Cause::answer(code, &hidden),
        _ => answer,
    }
}

impl Observation {
    /// Adds a build, if it is one of the resource.
    fn add(&mut self, spec: &Spec, build: &codebuild::Build) {
        let variable = |name: &str| {
            let all = build.environment.as_ref().map_or(&[][..], |of| of.environment_variables());
            all.iter().find(|variable| variable.name == name).map(|variable| variable.value.as_str())
        };
        if spec.owner.marks().iter().any(|(name, value)| variable(name) != Some(*value)) {
            return;
        }
        match &spec.task {
            Task::Run(run) if variable(Run::MARK) == Some(&run.request) => {
                let build = read(build, &run.exported);
                // Somebody may have started it again: the later one counts.
                if self.own.as_ref().is_none_or(|own| own.number < build.number) {
                    self.own = Some(build);
                }
            }
            Task::Run(_) | Task::Stop => {
                let build = read(build, &[]);
                if matches!(build.status, BuildStatus::InProgress | BuildStatus::Unknown(_)) {
                    self.others.push(build);
                }
            }
        }
    }
}

fn read(build: &codebuild::Build, exported: &[String]) -> Build {
    let phase = build.current_phase.clone().unwrap_or_default();
    let minutes = |minutes: Option<i32>| {
        let minutes = minutes.and_then(|minutes| u64::try_from(minutes).ok());
        minutes.filter(|minutes| *minutes > 0).map(Duration::from_mins)
    };
    let limit = match phase.as_str() {
        "SUBMITTED" | "QUEUED" => minutes(build.queued_timeout_in_minutes).unwrap_or(QUEUE),
        _ => minutes(build.timeout_in_minutes).unwrap_or(WORK),
    };
    let pairs = build.exported_environment_variables().iter();
    let pairs = pairs.filter_map(|pair| Some((pair.name()?.to_owned(), pair.value()?.to_owned())));
    Build {
        id: build.id.clone().unwrap_or_default(),
        arn: build.arn.clone().unwrap_or_default(),
        number: build.build_number.unwrap_or_default(),
        status: BuildStatus::from(build.build_status().map_or("", StatusType::as_str)),
        phase,
        at_most: limit + GRACE,
        failed: FailedPhase::first(build.phases()),
        log: build.logs().and_then(|logs| logs.deep_link()).map(str::to_owned),
        exported: pairs.filter(|(name, _)| exported.contains(name)).collect(),
    }
}
