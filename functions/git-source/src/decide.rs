//! The decisions, without a clock and without a call: what a job's build is told, what a job is answered, and which
//! builds a sweep looks at.

use crate::build::{Build, variable};
use crate::config::{self, AllowedHosts, Reference, Refused, Source, is_commit_id};
use crate::event::Action;
use crate::failure::{self, Kind};
use crate::message::{SUMMARY, commit_message};
use shared::aws::codebuild::BuildStatus;
use shared::text::{printable, truncate_utf16};
use std::collections::BTreeMap;

/// How long after its end every sweep still tries to answer for a build. The service has no call that says whether a job
/// was answered, so a sweep answers again and counts on the refusal: once per build and sweep. An hour is twelve sweeps,
/// well beyond Lambda's own retries (three minutes), and keeps those refused calls few.
pub const WINDOW_SECONDS: i64 = 60 * 60;
/// How long after its end the first sweeps of an hour do: as long as a custom action may take
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>), for a function that was down for long.
pub const LONG_WINDOW_SECONDS: i64 = 24 * 60 * 60;
/// Which sweeps those are: a schedule of up to a quarter of an hour has one of them.
const FIRST_OF_THE_HOUR: i64 = 15 * 60;

/// The answer that a job gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The revision is in the artifact store.
    Success(Success),
    /// It is not, and this is why.
    Failure(Failure),
}

/// A revision that was cloned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Success {
    /// The full commit id.
    pub commit: String,
    /// The commit message.
    pub revision_summary: String,
    /// What happened, with a link to the log.
    pub summary: String,
    /// The build.
    pub build: String,
    /// The output variables of the action.
    pub variables: Vec<(&'static str, String)>,
}

/// A job that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The failure type that CodePipeline shows.
    pub kind: Kind,
    /// What went wrong, and what to do.
    pub message: String,
    /// The build, when there was one.
    pub build: Option<String>,
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self {
            kind: Kind::Configuration,
            message: truncate_utf16(&refused.to_string(), crate::message::FAILURE),
            build: None,
        }
    }
}

/// Whether an event is about a job of ours that waits for a worker. A source action of another provider or version is
/// somebody else's.
#[must_use]
pub fn concerns_us(action: &Action, provider: &str, version: &str) -> bool {
    action.state == "STARTED"
        && action.owner == "Custom"
        && action.provider == provider
        && action.version == version
}

/// The variables of the build that serves a job: its id and where to clone from. No credential among them.
///
/// # Errors
/// [`Refused`] when the configuration of the action cannot be served.
pub fn build_variables(
    job: &str,
    configuration: &BTreeMap<String, String>,
    hosts: &AllowedHosts,
) -> Result<Vec<(&'static str, String)>, Refused> {
    let Source { url, reference, secret, submodules, lfs, depth } = config::read(configuration, hosts)?;
    let (name, value) = match reference {
        Reference::Branch(name) => (variable::GIT_BRANCH, name),
        Reference::Tag(name) => (variable::GIT_TAG, name),
        Reference::Commit(id) => (variable::GIT_COMMIT, id),
    };
    Ok(vec![
        (variable::JOB_ID, job.to_owned()),
        (variable::GIT_URL, url.to_string()),
        (name, value),
        (variable::GIT_SUBMODULES, submodules.to_string()),
        (variable::GIT_LFS, lfs.to_string()),
        (variable::GIT_DEPTH, depth.to_string()),
        (variable::SSH_SECRET_ID, secret),
    ])
}

/// Whether the build has to be looked up before its job can be answered: events may come without the variables.
#[must_use]
pub fn needs_a_look(build: &Build) -> bool {
    build.environment.is_empty() || build.status == BuildStatus::Succeeded && build.exports.commit.is_none()
}

/// What the job of a build is answered; nothing while the build runs.
#[must_use]
pub fn answer(build: &Build) -> Option<Answer> {
    Some(match build.status {
        BuildStatus::InProgress => return None,
        BuildStatus::Succeeded => success(build).map_or_else(Answer::Failure, Answer::Success),
        _ => {
            let (kind, message) = failure::explain(build);
            Answer::Failure(Failure { kind, message, build: Some(build.id.clone()) })
        }
    })
}

/// Whether a sweep tries to answer for a build: it works for a job and ended within the window.
#[must_use]
pub fn may_be_unanswered(build: &Build, now: i64) -> bool {
    let first = now.rem_euclid(WINDOW_SECONDS) < FIRST_OF_THE_HOUR;
    let window = if first { LONG_WINDOW_SECONDS } else { WINDOW_SECONDS };
    let recent = build.ended.is_none_or(|ended| now.saturating_sub(ended) <= window);
    build.job().is_some() && build.has_ended() && recent
}

/// A success has a commit id that is one, and the very one that was asked for: a pipeline must not release a guess.
fn success(build: &Build) -> Result<Success, Failure> {
    let broken = |what: &str| Failure {
        kind: Kind::Job,
        message: format!("Cloning failed: {what}. {}", failure::log(build)),
        build: Some(build.id.clone()),
    };
    let exported = build.exports.commit.as_deref().map(str::trim).unwrap_or_default();
    if !is_commit_id(exported) {
        return Err(broken(
            "the build did not export a full commit id; check the build specification of its project",
        ));
    }
    let commit = exported.to_ascii_lowercase();
    if build.get(variable::GIT_COMMIT).is_some_and(|asked| !asked.eq_ignore_ascii_case(&commit)) {
        return Err(broken("the build cloned another commit than the one asked for"));
    }
    let text = |value: &Option<String>| value.as_deref().map(printable).unwrap_or_default();
    let message = commit_message(build.exports.message.as_deref().unwrap_or_default());
    let author = truncate_utf16(&text(&build.exports.author), SUMMARY);
    let by = if author.is_empty() { String::new() } else { format!(" by {}", truncate_utf16(&author, 100)) };
    let mut variables = vec![("CommitId", commit.clone()), ("CommitMessage", message.clone())];
    // A variable without a value is left out: it was not asked for, and AWS does not promise to take an empty one.
    let rest = [
        ("AuthorName", author),
        ("BranchName", build.get(variable::GIT_BRANCH).unwrap_or_default().to_owned()),
        ("RepositoryUrl", build.get(variable::GIT_URL).unwrap_or_default().to_owned()),
    ];
    variables.extend(rest.into_iter().filter(|(_, value)| !value.is_empty()));
    Ok(Success {
        summary: truncate_utf16(&format!("Cloned commit {commit}{by}. {}", failure::log(build)), SUMMARY),
        commit,
        revision_summary: message,
        build: build.id.clone(),
        variables,
    })
}

#[cfg(test)]
mod tests;
