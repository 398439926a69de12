//! Why a clone build ended badly, as a sentence for the owner of the pipeline. The build says it by its exit status,
//! because the words of git may hold a secret; the table here is the one in `infra/clone.buildspec.yaml`.

use crate::build::{Build, Status, variable};
use crate::message::{FAILURE, cut, printable};

/// What kind of failure a job has, in `CodePipeline`'s words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The owner of the pipeline has to change its configuration.
    Configuration,
    /// Somebody has to grant something.
    Permission,
    /// The revision cannot be had.
    Revision,
    /// A service did not work.
    System,
    /// Anything else.
    Job,
}

/// The longest reason of `CodeBuild` that is repeated.
const REASON: usize = 1000;

/// The kind of the failure, and its message.
#[must_use]
pub fn explain(build: &Build) -> (Kind, String) {
    let (kind, why) = why(build);
    let phase = match &build.failed_phase {
        Some(phase) if !phase.name.is_empty() => format!(" in phase {}", printable(&phase.name)),
        _ => String::new(),
    };
    let log = log(build);
    // The link matters more than the end of a long reason, so the reason is what is cut.
    let front =
        cut(&format!("Cloning failed{phase}: {why}"), FAILURE.saturating_sub(log.encode_utf16().count() + 1));
    (kind, format!("{front} {log}"))
}

/// Where to read more.
pub(crate) fn log(build: &Build) -> String {
    match &build.log {
        Some(link) => cut(&format!("Log: {link}"), FAILURE / 2),
        None => format!("Log: see build {}.", build.id),
    }
}

fn why(build: &Build) -> (Kind, String) {
    match &build.status {
        Status::Stopped => (Kind::Job, "the build was stopped before it ended; start the pipeline again.".to_owned()),
        Status::TimedOut => (
            Kind::Job,
            "the build took longer than its project allows; clone fewer commits (Depth) or raise TimeoutInMinutes of the clone project.".to_owned(),
        ),
        Status::Fault => (Kind::System, format!("CodeBuild itself failed; start the pipeline again.{}", reason(build))),
        Status::Other(word) => (Kind::Job, format!("the build ended as {}.{}", printable(word), reason(build))),
        Status::Succeeded | Status::InProgress | Status::Failed => match exit_status(build) {
            Some(code) => sentence(code, build)
                .unwrap_or_else(|| (Kind::Job, format!("the clone command ended with exit status {code}."))),
            None => (Kind::Job, format!("the build failed.{}", reason(build))),
        },
    }
}

/// The table.
fn sentence(code: u32, build: &Build) -> Option<(Kind, String)> {
    let secret = name(build, variable::SSH_SECRET_ID, "secret of the action");
    let url = name(build, variable::GIT_URL, "repository of the action");
    let reference = reference(build);
    Some(match code {
        10 => (
            Kind::Configuration,
            format!("the secret {secret} does not exist; create it or correct SSHSecretKeyName."),
        ),
        11 => (
            Kind::Permission,
            format!(
                "reading the secret {secret} was denied; let the clone build's role read it and use its KMS key."
            ),
        ),
        12 => (
            Kind::Configuration,
            format!(
                "the secret {secret} is not an SSH private key; store the whole key file, without a passphrase."
            ),
        ),
        13 => (
            Kind::Revision,
            format!(
                "the host of {url} could not be reached; check its name, and the route from the build's subnets."
            ),
        ),
        14 => (
            Kind::Configuration,
            format!(
                "the host key of {url} is not the pinned one; if the host really changed it, update the known hosts."
            ),
        ),
        15 => (
            Kind::Permission,
            format!(
                "the host of {url} refused the key in the secret {secret}; register its public key there."
            ),
        ),
        16 => (
            Kind::Revision,
            format!("{reference} was not found in {url}; correct it in the action or push it."),
        ),
        17 => (
            Kind::Revision,
            format!("{url} was not found, or the key in the secret {secret} may not read it; check both."),
        ),
        18 => (
            Kind::Revision,
            format!(
                "a submodule of {url} could not be fetched; it must be readable over SSH with the same key."
            ),
        ),
        19 => (
            Kind::Revision,
            format!(
                "a Git LFS object of {reference} in {url} could not be fetched; check that it was pushed."
            ),
        ),
        20 => (
            Kind::Job,
            "the artifact could not be uploaded; check the artifact bucket and its KMS key.".to_owned(),
        ),
        21 => (
            Kind::Job,
            "the details of the job could not be read; it has probably expired. Start the pipeline again."
                .to_owned(),
        ),
        22 => (Kind::Job, format!("git could not clone {reference} of {url}; its own words are in the log.")),
        _ => return None,
    })
}

/// The last exit status that `CodeBuild` mentions for the phase that failed.
fn exit_status(build: &Build) -> Option<u32> {
    let reason = &build.failed_phase.as_ref()?.reason;
    let (_, rest) = reason.rsplit_once("exit status ")?;
    let digits = rest.split(|char: char| !char.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// What `CodeBuild` itself says, such as that the build's role may not write its log.
fn reason(build: &Build) -> String {
    let reason = build.failed_phase.as_ref().map(|phase| printable(&phase.reason)).unwrap_or_default();
    if reason.is_empty() { reason } else { format!(" CodeBuild says: {}", cut(&reason, REASON)) }
}

fn reference(build: &Build) -> String {
    [(variable::GIT_BRANCH, "branch"), (variable::GIT_TAG, "tag"), (variable::GIT_COMMIT, "commit")]
        .into_iter()
        .find_map(|(variable, word)| build.get(variable).map(|name| format!("{word} `{}`", printable(name))))
        .unwrap_or_else(|| "the revision".to_owned())
}

fn name(build: &Build, variable: &str, otherwise: &str) -> String {
    build.get(variable).map_or_else(|| otherwise.to_owned(), |value| format!("`{}`", printable(value)))
}

#[cfg(test)]
mod tests;
