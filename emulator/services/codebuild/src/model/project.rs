//! A build project, as `CreateProject` takes it and `BatchGetProjects` gives it back.

use super::Moment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) created: Moment,
    pub(crate) last_modified: Moment,
    #[serde(flatten)]
    pub(crate) settings: Settings,
}

/// Everything of a project that its owner chooses.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub(crate) source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_version: Option<String>,
    pub(crate) artifacts: Artifacts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) secondary_artifacts: Vec<Artifacts>,
    pub(crate) environment: Environment,
    pub(crate) service_role: String,
    #[serde(default = "one_hour")]
    pub(crate) timeout_in_minutes: u64,
    #[serde(default = "eight_hours")]
    pub(crate) queued_timeout_in_minutes: u64,
    pub(crate) encryption_key: String,
    #[serde(default = "no_cache")]
    pub(crate) cache: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) concurrent_build_limit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logs_config: Option<Value>,
    /// What is only stored: description, tags, vpcConfig, secondary sources and the like.
    #[serde(flatten)]
    pub(crate) stored: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) buildspec: Option<String>,
    #[serde(flatten)]
    pub(crate) stored: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Artifacts {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) packaging: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) override_artifact_name: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encryption_disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) artifact_identifier: Option<String>,
    #[serde(flatten)]
    pub(crate) stored: Map<String, Value>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are AWS's")]
pub(crate) struct Environment {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) image: String,
    pub(crate) compute_type: String,
    #[serde(default)]
    pub(crate) environment_variables: Vec<Variable>,
    #[serde(default)]
    pub(crate) privileged_mode: bool,
    #[serde(flatten)]
    pub(crate) stored: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: String,
    #[serde(rename = "type", default = "plain_text")]
    pub(crate) kind: String,
}

fn one_hour() -> u64 {
    60
}

fn eight_hours() -> u64 {
    480
}

fn no_cache() -> Value {
    serde_json::json!({"type": "NO_CACHE"})
}

fn plain_text() -> String {
    "PLAINTEXT".into()
}
