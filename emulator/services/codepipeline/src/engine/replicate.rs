//! Objects of artifact stores. An action in another Region reads its artifacts from the store of that Region: they are copied
//! there before it begins, as the action's role.

use super::{CodePipeline, Outcome};
use crate::model::EncryptionKey;
use crate::state::{Artifact, RunId};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::ServerSideEncryption;
use emulator_core::{Credentials, ServiceContext};

/// Copies the input artifacts of an action that are in the store of another Region, and notes where the copies are.
pub(crate) async fn inputs(
    service: &CodePipeline,
    id: &RunId,
    credentials: &Credentials,
) -> Result<(), Outcome> {
    let found = service.look(|state| {
        let (execution, run) = state.run(id)?;
        Some((run.inputs.clone(), run.store.clone()?, execution.declaration.artifact_stores.clone()?))
    });
    // With one store there is one Region.
    let Some((inputs, store, stores)) = found else { return Ok(()) };
    if inputs.iter().all(|input| input.bucket == store.location) {
        return Ok(());
    }
    let here = client(&service.context_of(id), credentials).await;
    let mut copies = Vec::new();
    for input in inputs {
        if input.bucket == store.location {
            copies.push(input);
            continue;
        }
        // A bucket answers in its own Region only.
        let found = stores.iter().find(|(_, store)| store.location == input.bucket);
        let region = found.map_or(&service.context.region, |(region, _)| region);
        let there = client(&service.context.at(&service.context.account, region), credentials).await;
        let bytes = get(&there, &input).await?;
        let copy = Artifact { bucket: store.location.clone(), ..input };
        put(&here, &copy, store.encryption_key.as_ref(), bytes).await?;
        copies.push(copy);
    }
    service.change(|transaction| {
        if let Some(run) = transaction.run_mut(id) {
            run.inputs = copies;
        }
    });
    Ok(())
}

/// S3 in the Region of a context.
pub(crate) async fn client(context: &ServiceContext, credentials: &Credentials) -> Client {
    let config = context.sdk(credentials).await;
    // Buckets are not host names on this machine.
    Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build())
}

/// The bytes of an artifact.
pub(crate) async fn get(s3: &Client, artifact: &Artifact) -> Result<Vec<u8>, Outcome> {
    let source = format!("s3://{}/{}", artifact.bucket, artifact.key);
    let object = s3.get_object().bucket(&artifact.bucket).key(&artifact.key).send().await;
    let object = object.map_err(|error| refused(&format!("{source} cannot be read"), &error))?;
    let content = object.body.collect().await;
    let content =
        content.map_err(|error| Outcome::failed("JobFailed", format!("{source} cannot be read: {error}")))?;
    Ok(content.into_bytes().into())
}

/// Writes an object where an artifact belongs.
pub(crate) async fn put(
    s3: &Client,
    place: &Artifact,
    encryption: Option<&EncryptionKey>,
    bytes: Vec<u8>,
) -> Result<(), Outcome> {
    let upload = s3.put_object().bucket(&place.bucket).key(&place.key).body(bytes.into());
    let upload = match encryption {
        Some(key) => upload.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(&key.id),
        None => upload,
    };
    let target = format!("s3://{}/{}", place.bucket, place.key);
    upload.send().await.map(drop).map_err(|error| refused(&format!("{target} cannot be written"), &error))
}

/// How a call of a service that failed ends an action.
pub(crate) fn refused<E>(what: &str, error: &SdkError<E>) -> Outcome
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = match error.code() {
        Some("AccessDeniedException" | "AccessDenied") => "PermissionError",
        Some("NoSuchBucket" | "NoSuchKey") => "ConfigurationError",
        _ => "JobFailed",
    };
    Outcome::failed(code, format!("{what}: {}", DisplayErrorContext(error)))
}
