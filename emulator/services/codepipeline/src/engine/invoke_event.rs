//! The event a function gets with a job: that of the Lambda developer guide's chapter on `CodePipeline`. It holds
//! credentials, so it is made where it is sent and kept nowhere.

use crate::state::{Artifact, Execution, State};
use emulator_core::Credentials;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// How long STS lets a service's session last.
const SESSION: SignedDuration = SignedDuration::from_hours(1);

/// None if the job has ended.
pub(crate) fn shape(
    state: &State,
    account: &str,
    job: &str,
    credentials: &Credentials,
    now: Timestamp,
) -> Option<Value> {
    let job = state.jobs.get(job).filter(|job| job.is_open())?;
    let (execution, run) = state.run(&job.run)?;
    let artifacts = |list: &[Artifact]| list.iter().map(|one| artifact(execution, one)).collect::<Vec<_>>();
    let expiration = now + SESSION;
    let mut artifact_credentials = artifact_credentials(credentials);
    artifact_credentials["expirationTime"] = expiration.as_millisecond().into();
    let mut data = json!({
        "actionConfiguration": {"configuration": run.configuration},
        "inputArtifacts": artifacts(&run.inputs),
        "outputArtifacts": artifacts(&run.outputs),
        "artifactCredentials": artifact_credentials,
    });
    if let Some(token) = &job.continuation {
        data["continuationToken"] = json!(token);
    }
    if let Some(key) = run.encryption_key() {
        data["encryptionKey"] = json!(key);
    }
    Some(json!({"CodePipeline.job": {"id": job.id, "accountId": account, "data": data}}))
}

/// What a job has to reach its artifacts with.
pub(crate) fn artifact_credentials(credentials: &Credentials) -> Value {
    json!({
        "accessKeyId": credentials.access_key_id,
        "secretAccessKey": credentials.secret_access_key,
        "sessionToken": credentials.session_token,
    })
}

/// The revision is null for an artifact that is yet to be made.
fn artifact(execution: &Execution, artifact: &Artifact) -> Value {
    let revision = execution.revision(artifact).map(|revision| &revision.id);
    let place = json!({"bucketName": artifact.bucket, "objectKey": artifact.key});
    json!({"name": artifact.name, "revision": revision, "location": {"type": "S3", "s3Location": place}})
}
