//! The next action. Pure: no clock, no call.
//!
//! | CodeBuild's status | the build of the request | a build of another request of the resource |
//! |---|---|---|
//! | none was started | started, when no other runs | |
//! | `IN_PROGRESS` | waited for | stopped and waited for |
//! | `SUCCEEDED` | done | ignored |
//! | `FAILED`, `FAULT`, `TIMED_OUT`, `STOPPED` | the request fails with phase, reason and log | ignored |
//! | any other | the request fails | the request fails: it may still run |
//!
//! A build may stay in a phase as long as CodeBuild lets it: the time-out of its queue or of its work, as the build itself has them. The
//! request ends before that: CloudFormation waits an hour at most.
//!
//! A request replaces the one before it. CloudFormation sends another only when the one before was answered, was cancelled or had no
//! time left, so a build that still runs then is one whose result nobody reads.

use crate::observation::{Build, Observation};
use crate::spec::{Run, Spec, Task};
use crate::variables::Variables;
use shared::aws::codebuild::BuildStatus;
use shared::reconcile::output::{Attribute, Output, attributes};
use shared::reconcile::progress::{Phase, Remaining, State, Tracked, Waiting};
use shared::reconcile::step::Plan;
use shared::text::{counted, printable, truncate_utf16};
use std::fmt;
use std::time::Duration;

const BUILDS: &str = "builds";
/// Between two looks at a build, which takes a minute at least with its queue and its container.
const PAUSE: Duration = Duration::from_secs(10);
/// The longest reason of CodeBuild that is repeated: the link to the log, which is behind it, matters more than its end.
const REASON: usize = 600;
/// The most bytes of the exported variables together: the response has 4,096, and names, ARNs and the link need the others
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>).
const EXPORTED: usize = 2048;

/// One idempotent call, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Starts the build of a request.
    Start(Start),
    /// Stops builds, by id.
    Stop(Vec<String>),
}

/// What `StartBuild` is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The name of the project.
    pub project: String,
    /// The variables of the request.
    pub variables: Variables,
    /// Those by which the build is found again.
    pub marks: Vec<(&'static str, String)>,
    pub source_version: Option<String>,
    pub token: String,
}

impl fmt::Display for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(start) => write!(out, "starting a build of project {}", start.project),
            Self::Stop(builds) => write!(out, "stopping {}", counted(builds.len(), BUILDS)),
        }
    }
}

impl Action {
    /// What it is for, for the progress of the run.
    pub(crate) fn resources(&self) -> Vec<Tracked> {
        match self {
            Self::Start(start) => Tracked::all(BUILDS, [start.project.clone()], &State::ActedOn),
            Self::Stop(builds) => Tracked::all(BUILDS, builds.clone(), &State::ActedOn),
        }
    }
}

/// Decides what to do next.
pub(crate) fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
    match (&spec.task, &observed.own) {
        (Task::Run(run), Some(build)) => follow(&spec.project, run, build),
        (Task::Run(_), None) if !observed.project => Plan::Stuck(format!(
            "ProjectName is {0}, and CodeBuild has no project {0} in this account and Region: create it before, or correct the name",
            spec.project
        )),
        (Task::Run(run), None) => stop(&observed.others).unwrap_or_else(|| start(spec, run)),
        // What a project that is gone has run is over.
        (Task::Stop, _) => stop(&observed.others).unwrap_or_else(|| Plan::Done(output(None, Output::new()))),
    }
}

/// Stops what runs.
fn stop(others: &[Build]) -> Option<Plan<Action>> {
    if let Some((build, word)) = others.iter().find_map(|build| match &build.status {
        BuildStatus::Unknown(word) => Some((build, word)),
        _ => None,
    }) {
        return Some(Plan::Stuck(unknown(build, word)));
    }
    let running: Vec<_> = others.iter().map(|build| build.id.clone()).collect();
    let remaining = Remaining::new([(BUILDS, running.len())]);
    (!running.is_empty()).then_some(Plan::Act(Action::Stop(running), remaining))
}

fn start(spec: &Spec, run: &Run) -> Plan<Action> {
    let marks = spec.owner.marks().into_iter().chain([(Run::MARK, run.request.as_str())]);
    let start = Start {
        project: spec.project.clone(),
        variables: run.variables.clone(),
        marks: marks.map(|(name, value)| (name, value.to_owned())).collect(),
        source_version: run.source_version.clone(),
        token: run.token(&spec.owner),
    };
    Plan::Act(Action::Start(start), Remaining::new([(BUILDS, 1)]))
}

/// What to do about the build of the request.
fn follow(project: &str, run: &Run, build: &Build) -> Plan<Action> {
    let id = &build.id;
    let place = place(build);
    let why = match &build.status {
        BuildStatus::InProgress => return Plan::Wait(wait(build)),
        BuildStatus::Succeeded => return succeeded(run, build),
        BuildStatus::Failed => format!("build {id} failed{place}{}", reason(run, build)),
        BuildStatus::Fault => {
            format!("CodeBuild itself failed in build {id}{place}; do it again{}", reason(run, build))
        }
        BuildStatus::TimedOut => format!(
            "build {id} took longer{place} than project {project} allows: raise TimeoutInMinutes or QueuedTimeoutInMinutes of the project"
        ),
        BuildStatus::Stopped => format!("build {id} was stopped{place} before it ended"),
        BuildStatus::Unknown(word) => unknown(build, word),
    };
    Plan::Stuck(format!("{}. {}", why.trim_end_matches(['.', ' ']), log(build)))
}

fn wait(build: &Build) -> Waiting {
    let state = State::Running { phase: build.phase.clone(), at_most: build.at_most };
    Waiting {
        phase: Phase::InProgress,
        resources: Tracked::all(BUILDS, [build.id.clone()], &state),
        remaining: Remaining::new([(BUILDS, 1)]),
        pause: PAUSE,
    }
}

fn unknown(build: &Build, word: &str) -> String {
    format!(
        "build {} has the status `{}`, which this version does not know: stop it in CodeBuild if it runs, and take a newer version",
        build.id,
        truncate_utf16(&printable(word), 40)
    )
}

/// ` in phase BUILD`, or nothing.
fn place(build: &Build) -> String {
    let named = build.failed.as_ref().map(|failed| printable(&failed.name)).filter(|name| !name.is_empty());
    named.map(|name| format!(" in phase {name}")).unwrap_or_default()
}

/// `: ` and what CodeBuild says, on one line and without the values of variables; or nothing.
fn reason(run: &Run, build: &Build) -> String {
    let told = build.failed.as_ref().map_or("", |failed| &failed.reason);
    let told = printable(&run.variables.hide_in(told)).replace('\n', " ");
    if told.is_empty() { told } else { format!(": {}", truncate_utf16(&told, REASON)) }
}

fn log(build: &Build) -> String {
    build.log.as_ref().map_or_else(
        || format!("It has no log in CloudWatch Logs: see build {} in CodeBuild", build.id),
        |link| format!("Log: {link}"),
    )
}

fn succeeded(run: &Run, build: &Build) -> Plan<Action> {
    let id = &build.id;
    let mut exported = Output::new();
    for name in &run.exported {
        let Some(value) = build.exported.get(name) else {
            return Plan::Stuck(format!(
                "ExportedVariables holds {name}, and build {id} succeeded without exporting it: list it in the buildspec under \
                 env/exported-variables, or leave it out. {}",
                log(build)
            ));
        };
        exported.insert(format!("Exported.{name}"), Attribute::from(value.clone()));
    }
    let bytes: usize = run.exported.iter().map(|name| name.len() + build.exported[name].len()).sum();
    if bytes > EXPORTED {
        return Plan::Stuck(format!(
            "ExportedVariables has {bytes} bytes after build {id}, and a response to CloudFormation has room for {EXPORTED}: export less, \
             and put the rest into S3 or Parameter Store"
        ));
    }
    Plan::Done(output(Some(build), exported))
}

/// The same keys on every response.
fn output(build: Option<&Build>, exported: Output) -> Output {
    let of = |value: fn(&Build) -> &str| build.map(value).unwrap_or_default().to_owned();
    let mut output = attributes([
        ("BuildId", of(|build| &build.id)),
        ("BuildArn", of(|build| &build.arn)),
        ("LogsLink", of(|build| build.log.as_deref().unwrap_or_default())),
    ]);
    output.extend(exported);
    output
}

#[cfg(test)]
mod tests;
