//! What the function knows of a clone build, wherever it learnt it: from an event or by asking `CodeBuild`.

use shared::aws::codebuild::{BuildStatus, FailedPhase};
use std::collections::BTreeMap;

/// The variables that tie a build to its job and tell it what to clone. None of them is a secret.
pub mod variable {
    /// The job that the build works for.
    pub const JOB_ID: &str = "JOB_ID";
    /// The repository.
    pub const GIT_URL: &str = "GIT_URL";
    /// The branch, when one is cloned.
    pub const GIT_BRANCH: &str = "GIT_BRANCH";
    /// The tag, when one is cloned.
    pub const GIT_TAG: &str = "GIT_TAG";
    /// The commit id, when one is cloned.
    pub const GIT_COMMIT: &str = "GIT_COMMIT";
    /// Whether submodules are fetched: `true` or `false`.
    pub const GIT_SUBMODULES: &str = "GIT_SUBMODULES";
    /// Whether Git LFS objects are fetched: `true` or `false`.
    pub const GIT_LFS: &str = "GIT_LFS";
    /// How many commits are fetched; 0 is all of them.
    pub const GIT_DEPTH: &str = "GIT_DEPTH";
    /// The name or ARN of the secret that holds the SSH key.
    pub const SSH_SECRET_ID: &str = "SSH_SECRET_ID";
    /// The variables that carry a property of the action, and its name: how the clone reads its own configuration.
    pub const OF_PROPERTIES: [(&str, &str); 8] = [
        (GIT_URL, "GitUrl"),
        (GIT_BRANCH, "Branch"),
        (GIT_TAG, "Tag"),
        (GIT_COMMIT, "Commit"),
        (GIT_SUBMODULES, "Submodules"),
        (GIT_LFS, "Lfs"),
        (GIT_DEPTH, "Depth"),
        (SSH_SECRET_ID, "SSHSecretKeyName"),
    ];
    /// Everything the function sets or reads. Other variables of a build are none of its business: it does not even
    /// keep them.
    pub const KNOWN: [&str; 9] =
        [JOB_ID, GIT_URL, GIT_BRANCH, GIT_TAG, GIT_COMMIT, GIT_SUBMODULES, GIT_LFS, GIT_DEPTH, SSH_SECRET_ID];
}

/// What a successful build says about the commit it cloned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// The full commit id.
    pub commit: Option<String>,
    /// Subject and body of the commit message.
    pub message: Option<String>,
    /// Who wrote the commit.
    pub author: Option<String>,
}

impl Exports {
    /// Picks ours out of all exported variables.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut exports = Self::default();
        for (name, value) in pairs {
            match name {
                "GIT_COMMIT_ID" => exports.commit = Some(value.to_owned()),
                "GIT_COMMIT_MESSAGE_BASE64" => exports.message = text(value),
                "GIT_AUTHOR_NAME_BASE64" => exports.author = text(value),
                _ => {}
            }
        }
        exports
    }
}

/// What people wrote, which a build exports in base64. Git keeps any bytes; what is not UTF-8 becomes the replacement
/// character.
fn text(base64: &str) -> Option<String> {
    let bytes = aws_smithy_types::base64::decode(base64).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// One clone build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// `project:uuid`.
    pub id: String,
    /// The name of its project.
    pub project: String,
    /// How it stands.
    pub status: BuildStatus,
    /// Its [`variable::KNOWN`] variables that are set.
    pub environment: BTreeMap<&'static str, String>,
    /// What it exported.
    pub exports: Exports,
    /// Where it went wrong.
    pub failed_phase: Option<FailedPhase>,
    /// The address of its log.
    pub log: Option<String>,
    /// When it ended, in seconds since 1970.
    pub ended: Option<i64>,
}

impl Build {
    /// One of its known variables.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    /// The job it works for. A build that somebody started by hand has none.
    #[must_use]
    pub fn job(&self) -> Option<&str> {
        self.get(variable::JOB_ID).filter(|id| !id.is_empty())
    }

    /// Whether it is over, well or badly.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.status != BuildStatus::InProgress
    }

    /// Adds what a second source knows and this one does not. The status stays: the event that said "ended" is newer
    /// than a read that lags behind it.
    #[must_use]
    pub fn completed_by(mut self, other: Self) -> Self {
        self.environment.extend(other.environment);
        self.exports.commit = self.exports.commit.or(other.exports.commit);
        self.exports.message = self.exports.message.or(other.exports.message);
        self.exports.author = self.exports.author.or(other.exports.author);
        self.failed_phase = self.failed_phase.or(other.failed_phase);
        self.log = self.log.or(other.log);
        self.ended = self.ended.or(other.ended);
        self
    }
}

/// The known ones among all variables of a build.
#[must_use]
pub fn known_variables<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<&'static str, String> {
    pairs
        .into_iter()
        .filter_map(|(name, value)| {
            variable::KNOWN.iter().find(|known| **known == name).map(|known| (*known, value.to_owned()))
        })
        .collect()
}
