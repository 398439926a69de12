//! A job of a Lambda Invoke action, as the function's event gives it.

use crate::secret::Secret;
use serde::Deserialize;
use serde_json::Value;

/// What a job asks for.
#[derive(Debug)]
pub(super) struct Job {
    /// The text of `UserParameters`; empty when the action has none.
    pub(super) parameters: String,
    pub(super) artifacts: Vec<Artifact>,
    pub(super) credentials: Option<Credentials>,
    /// Whether an earlier turn of the same action has answered that it is not done yet.
    pub(super) continued: bool,
}

/// Where an input artifact lies.
#[derive(Debug, Deserialize)]
pub(super) struct Artifact {
    pub(super) name: String,
    pub(super) location: Location,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) s3_location: S3Location,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct S3Location {
    pub(super) bucket_name: String,
    pub(super) object_key: String,
}

/// Temporary credentials that may read the job's artifacts, and nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    pub(super) access_key_id: Secret<String>,
    pub(super) secret_access_key: Secret<String>,
    pub(super) session_token: Option<Secret<String>>,
}

/// Takes the job out of an event: its id, and its data as they are. Without an id nobody can be told anything.
pub(super) fn take(mut event: Value) -> Result<(String, Value), String> {
    let job = &mut event["CodePipeline.job"];
    match job.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) {
        Some(id) => Ok((id.to_owned(), job.get_mut("data").map(Value::take).unwrap_or_default())),
        None => Err("the job of CodePipeline has no id: nobody can be told about it".to_owned()),
    }
}

impl Job {
    /// Reads a job's data. What cannot be read is named and not quoted: credentials are part of it.
    pub(super) fn read(mut data: Value) -> Result<Self, String> {
        let bad = |what: &str| format!("the job's {what} are not what CodePipeline sends");
        let mut take = |key: &str| data.get_mut(key).map(Value::take).unwrap_or_default();
        let parameters = match take("actionConfiguration").pointer("/configuration/UserParameters") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => return Err(bad("UserParameters")),
        };
        let artifacts: Option<Vec<Artifact>> =
            serde_json::from_value(take("inputArtifacts")).map_err(|_| bad("inputArtifacts"))?;
        let credentials =
            serde_json::from_value(take("artifactCredentials")).map_err(|_| bad("artifactCredentials"))?;
        let continued = !take("continuationToken").is_null();
        Ok(Self { parameters, artifacts: artifacts.unwrap_or_default(), credentials, continued })
    }
}
