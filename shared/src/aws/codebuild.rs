//! What functions that start builds of CodeBuild have in common.

use aws_sdk_codebuild::types::{BuildPhase, EnvironmentVariable, EnvironmentVariableType, StatusType};

/// The status of a build, in CodeBuild's words (<https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildStatus {
    /// In the queue or at work.
    InProgress,
    Succeeded,
    /// A phase failed.
    Failed,
    /// CodeBuild itself failed.
    Fault,
    /// It took longer than its project allows.
    TimedOut,
    /// Somebody stopped it.
    Stopped,
    /// A word that this version does not know.
    Unknown(String),
}

impl From<&str> for BuildStatus {
    fn from(word: &str) -> Self {
        match word {
            "IN_PROGRESS" => Self::InProgress,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "FAULT" => Self::Fault,
            "TIMED_OUT" => Self::TimedOut,
            "STOPPED" => Self::Stopped,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// The phase in which a build failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedPhase {
    /// Its name, such as `BUILD`.
    pub name: String,
    /// Its contexts, joined. Empty when CodeBuild gives none.
    pub reason: String,
}

impl FailedPhase {
    /// The first phase that did not succeed. One that has not ended has no status, or that of a build at work.
    #[must_use]
    pub fn first(phases: &[BuildPhase]) -> Option<Self> {
        phases.iter().find_map(Self::of)
    }

    fn of(phase: &BuildPhase) -> Option<Self> {
        match phase.phase_status()? {
            StatusType::Succeeded | StatusType::InProgress => return None,
            // Of the queue, for which the SDK has no word.
            status if status.as_str() == "QUEUED" => return None,
            _ => {}
        }
        let contexts = phase.contexts().iter().map(|context| {
            let parts = [context.status_code(), context.message()];
            parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": ")
        });
        let reasons: Vec<_> = contexts.filter(|context| !context.is_empty()).collect();
        let name = phase.phase_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default();
        Some(Self { name, reason: reasons.join("; ") })
    }
}

/// Environment variables of a build whose values are no secrets: everyone who may read the build reads them.
pub fn plaintext_variables<N: Into<String>, V: Into<String>>(
    variables: impl IntoIterator<Item = (N, V)>,
) -> Vec<EnvironmentVariable> {
    let variable = |(name, value): (N, V)| {
        EnvironmentVariable::builder()
            .name(name)
            .value(value)
            .r#type(EnvironmentVariableType::Plaintext)
            .build()
            .expect("name and value are set")
    };
    variables.into_iter().map(variable).collect()
}
