//! A build, as `BatchGetBuilds` gives it back.

use super::{Environment, Moment, Source};
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
pub(crate) struct Build {
    /// `project:uuid`.
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) build_number: u64,
    pub(crate) start_time: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_time: Option<Moment>,
    pub(crate) current_phase: PhaseType,
    pub(crate) build_status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_source_version: Option<String>,
    pub(crate) project_name: String,
    pub(crate) phases: Vec<Phase>,
    pub(crate) source: Source,
    pub(crate) artifacts: BuildArtifacts,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) secondary_artifacts: Vec<BuildArtifacts>,
    pub(crate) cache: Value,
    pub(crate) environment: Environment,
    pub(crate) service_role: String,
    pub(crate) logs: Logs,
    pub(crate) timeout_in_minutes: u64,
    pub(crate) queued_timeout_in_minutes: u64,
    pub(crate) build_complete: bool,
    pub(crate) initiator: String,
    pub(crate) encryption_key: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exported_environment_variables: Vec<Exported>,
    /// Members that are copied from the project: vpcConfig, fileSystemLocations, secondary sources.
    #[serde(flatten)]
    pub(crate) copied: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Status {
    Succeeded,
    Failed,
    /// The service broke, not the build.
    Fault,
    TimedOut,
    InProgress,
    Stopped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum PhaseType {
    Submitted,
    Queued,
    Provisioning,
    DownloadSource,
    Install,
    PreBuild,
    Build,
    PostBuild,
    UploadArtifacts,
    Finalizing,
    Completed,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Fault => "FAULT",
            Self::TimedOut => "TIMED_OUT",
            Self::InProgress => "IN_PROGRESS",
            Self::Stopped => "STOPPED",
        }
    }
}

impl PhaseType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Queued => "QUEUED",
            Self::Provisioning => "PROVISIONING",
            Self::DownloadSource => "DOWNLOAD_SOURCE",
            Self::Install => "INSTALL",
            Self::PreBuild => "PRE_BUILD",
            Self::Build => "BUILD",
            Self::PostBuild => "POST_BUILD",
            Self::UploadArtifacts => "UPLOAD_ARTIFACTS",
            Self::Finalizing => "FINALIZING",
            Self::Completed => "COMPLETED",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
pub(crate) struct Phase {
    pub(crate) phase_type: PhaseType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phase_status: Option<Status>,
    pub(crate) start_time: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_time: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) contexts: Vec<Context>,
}

impl Phase {
    pub(crate) fn starting(phase_type: PhaseType, now: Moment) -> Self {
        Self {
            phase_type,
            phase_status: None,
            start_time: now,
            end_time: None,
            duration_in_seconds: None,
            contexts: Vec::new(),
        }
    }

    pub(crate) fn end(&mut self, status: Status, contexts: Vec<Context>, now: Moment) {
        self.phase_status = Some(status);
        self.end_time = Some(now);
        self.duration_in_seconds = Some(now.seconds_since(self.start_time));
        self.contexts = contexts;
    }
}

/// Why a phase ended as it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Context {
    pub(crate) status_code: String,
    pub(crate) message: String,
}

impl Context {
    pub(crate) fn new(status_code: &str, message: impl Into<String>) -> Self {
        Self { status_code: status_code.into(), message: message.into() }
    }
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BuildArtifacts {
    /// Empty for a build without artifacts, as on AWS.
    pub(crate) location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sha256sum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) override_artifact_name: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encryption_disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_identifier: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
pub(crate) struct Logs {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deep_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud_watch_logs_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloud_watch_logs: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) s3_logs: Option<Value>,
}

/// A variable of the build that others may read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Exported {
    pub(crate) name: String,
    pub(crate) value: String,
}
