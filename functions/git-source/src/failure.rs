//! Why a clone build ended badly, as a sentence for the owner of the pipeline: one cause, one sentence, with the remedy.
//! The build tells the cause by its exit status.

use crate::build::{Build, variable};
use crate::exit_status::ExitStatus;
use crate::message::FAILURE;
use shared::aws::codebuild::BuildStatus;
use shared::text::{printable, truncate_utf16};

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
    let front = truncate_utf16(
        &format!("Cloning failed{phase}: {why}"),
        FAILURE.saturating_sub(log.encode_utf16().count() + 1),
    );
    (kind, format!("{front} {log}"))
}

/// Where to read more.
pub(crate) fn log(build: &Build) -> String {
    match &build.log {
        Some(link) => truncate_utf16(&format!("Log: {link}"), FAILURE / 2),
        None => format!("Log: see build {}.", build.id),
    }
}

fn why(build: &Build) -> (Kind, String) {
    match &build.status {
        BuildStatus::Stopped => (Kind::Job, "the build was stopped before it ended; start the pipeline again.".to_owned()),
        BuildStatus::TimedOut => (
            Kind::Job,
            "the build took longer than its project allows; clone fewer commits (Depth) or raise TimeoutInMinutes of the clone project.".to_owned(),
        ),
        BuildStatus::Fault => (Kind::System, format!("CodeBuild itself failed; start the pipeline again.{}", reason(build))),
        BuildStatus::Unknown(word) => (Kind::Job, format!("the build ended as {}.{}", printable(word), reason(build))),
        BuildStatus::Succeeded | BuildStatus::InProgress | BuildStatus::Failed => match exit_status(build) {
            Some(code) => match ExitStatus::from_code(code) {
                Some(status) => sentence(status, build),
                None => (Kind::Job, format!("the clone command ended with exit status {code}.")),
            },
            None => (Kind::Job, format!("the build failed.{}", reason(build))),
        },
    }
}

/// What each exit status means for the owner of the pipeline.
fn sentence(status: ExitStatus, build: &Build) -> (Kind, String) {
    let secret = name(build, variable::SSH_SECRET_ID, "secret of the action");
    let url = name(build, variable::GIT_URL, "repository of the action");
    let reference = reference(build);
    match status {
        ExitStatus::SecretNotFound => (
            Kind::Configuration,
            format!("the secret {secret} does not exist; create it or correct SSHSecretKeyName."),
        ),
        ExitStatus::SecretDenied => (
            Kind::Permission,
            format!(
                "reading the secret {secret} was denied; let the clone build's role read it and use its KMS key."
            ),
        ),
        ExitStatus::KeyUnusable => (
            Kind::Configuration,
            format!(
                "the secret {secret} is not an SSH private key; store the whole key file, without a passphrase."
            ),
        ),
        ExitStatus::HostUnreachable => (
            Kind::Revision,
            format!(
                "the host of {url} could not be reached; check its name, and the route from the build's subnets."
            ),
        ),
        ExitStatus::HostKeyMismatch => (
            Kind::Configuration,
            format!(
                "the host key of {url} is not the pinned one; ask the host's administrator why before you change GitKnownHosts."
            ),
        ),
        ExitStatus::HostKeyNotPinned => (
            Kind::Configuration,
            format!(
                "no usable host key of {url} is pinned; add the line that `ssh-keyscan` prints for the host and its port to GitKnownHosts, and compare it with what the host publishes."
            ),
        ),
        ExitStatus::HostIncompatible => (
            Kind::Configuration,
            format!("the host of {url} and the SSH client of the build have no algorithm in common; the log names what the host offers."),
        ),
        ExitStatus::KeyRefused => (
            Kind::Permission,
            format!(
                "the host of {url} refused the key in the secret {secret}; register its public key there."
            ),
        ),
        ExitStatus::RefNotFound => (
            Kind::Revision,
            format!("{reference} was not found in {url}; correct it in the action or push it."),
        ),
        ExitStatus::NotACommit => (
            Kind::Revision,
            format!("{reference} of {url} leads to a file or a directory; name one that leads to a commit."),
        ),
        ExitStatus::CommitIsATag => (
            Kind::Configuration,
            format!(
                "{reference} of {url} is the id of an annotated tag; set Commit to the id that `git rev-parse 'TAG^{{commit}}'` prints, or use Tag."
            ),
        ),
        ExitStatus::RepositoryNotFound => (
            Kind::Revision,
            format!("{url} was not found, or the key in the secret {secret} may not read it; check both."),
        ),
        ExitStatus::ArtifactNotUploaded => (
            Kind::Job,
            "the artifact could not be uploaded; check the artifact bucket and its KMS key.".to_owned(),
        ),
        ExitStatus::JobNotRead => (
            Kind::Job,
            "the details of the job could not be read; it has probably expired. Start the pipeline again."
                .to_owned(),
        ),
        ExitStatus::Other => {
            (Kind::Job, format!("git could not clone {reference} of {url}; its own words are in the log."))
        }
        ExitStatus::AnotherProgram => (
            Kind::Configuration,
            "the archive at LambdaCodeS3Key, or under CodePrefix, is not the one that the template was packaged with; update the stack with the template and the archive of one release.".to_owned(),
        ),
        _ => of_a_part(status, &url, &secret, &reference),
    }
}

/// The rest of the table, about Git LFS, submodules and limits: which one it is, or how much there is, is in the log.
fn of_a_part(status: ExitStatus, url: &str, secret: &str, reference: &str) -> (Kind, String) {
    if let Some((kind, what)) = of_a_submodule(status, secret) {
        return (kind, format!("{what} (a submodule of {url}; the log names it)."));
    }
    let (kind, sentence) = match status {
        ExitStatus::LfsObjectNotFound => (
            Kind::Revision,
            format!(
                "the Git LFS server of {url} does not have all objects of {reference}; push them with `git lfs push --all`."
            ),
        ),
        ExitStatus::LfsRefused => (
            Kind::Revision,
            format!(
                "the Git LFS objects of {reference} in {url} could not be fetched; check that the key may read them, and that the build reaches the Git LFS server over HTTPS."
            ),
        ),
        ExitStatus::LfsNotInstalled => (
            Kind::Configuration,
            "the image of the clone build has no git-lfs; use an image that has it, or set Lfs to `false`."
                .to_owned(),
        ),
        limit => (Kind::Configuration, of_a_limit(limit, url)),
    };
    (kind, sentence)
}

/// What is wrong with a submodule, and what to do; nothing for another status.
fn of_a_submodule(status: ExitStatus, secret: &str) -> Option<(Kind, String)> {
    let (kind, what) = match status {
        ExitStatus::SubmoduleNotFound => (
            Kind::Revision,
            "the repository of a submodule was not found, or the key in the secret SECRET may not read it; check both",
        ),
        ExitStatus::SubmoduleNotAllowed => (
            Kind::Configuration,
            "the URL of a submodule is not an SSH address on the allowed git hosts, or not in SubmodulePaths; change it in .gitmodules, or have the owner of the stack allow it",
        ),
        ExitStatus::SubmoduleInvalid => (
            Kind::Revision,
            "a submodule has no URL in .gitmodules, or an entry that git refuses; correct .gitmodules",
        ),
        ExitStatus::SubmoduleCommitNotFound => (
            Kind::Revision,
            "the repository of a submodule does not have the commit that its parent names; push that commit",
        ),
        ExitStatus::SubmoduleHostUnreachable => (
            Kind::Revision,
            "the host of a submodule could not be reached; check its name, and the route from the build's subnets",
        ),
        ExitStatus::SubmoduleHostKey => (
            Kind::Configuration,
            "the host of a submodule has no pinned key, or showed another one; compare GitKnownHosts with what the host publishes",
        ),
        ExitStatus::SubmoduleKeyRefused => (
            Kind::Permission,
            "the host of a submodule refused the key in the secret SECRET; register its public key there",
        ),
        _ => return None,
    };
    Some((kind, what.replace("SECRET", secret)))
}

/// Which limit of the stack was passed.
fn of_a_limit(status: ExitStatus, url: &str) -> String {
    let (what, parameter) = match status {
        ExitStatus::FetchedLimit => ("more to fetch", "MaxFetchedMegabytes"),
        ExitStatus::LfsLimit => ("more in Git LFS", "MaxLfsMegabytes"),
        ExitStatus::FilesLimit => ("more files", "MaxFiles"),
        ExitStatus::ArtifactLimit => ("larger files", "MaxArtifactMegabytes"),
        ExitStatus::SubmodulesLimit => ("more submodules", "MaxSubmodules"),
        _ => ("submodules nested deeper", "MaxSubmoduleDepth"),
    };
    format!("{url} has {what} than {parameter} allows; make it smaller, or raise {parameter} of the stack.")
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
    if reason.is_empty() { reason } else { format!(" CodeBuild says: {}", truncate_utf16(&reason, REASON)) }
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
