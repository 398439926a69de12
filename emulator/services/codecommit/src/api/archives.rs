//! Archives of commits for pipelines, and clones for builds. AWS documents the permissions of these operations, and not the
//! operations: their inputs and outputs are this emulator's own.

use super::inputs;
use crate::CodeCommit;
use crate::failure::failure;
use crate::store::{Repository, Upload};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::types::ServerSideEncryption;
use emulator_core::{Answer, Call, Failure, present, text};
use serde_json::json;
use uuid::Uuid;

/// Puts the files of a commit as a zip into a bucket, for the caller: `CodeCommit` calls S3 with the caller's permissions.
pub(super) async fn upload(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let commit = inputs::commit(&repository, text(&call.input, "commitId")).await?;
    let failed = put(service, call, &repository, &commit).await.err();
    let id = Uuid::new_v4().to_string();
    let upload = Upload {
        place: service.place(),
        repository: repository.id,
        failure: failed.map(|failure| failure.message),
    };
    service.store().uploads.insert(id.clone(), upload);
    Ok(json!({"uploadId": id}))
}

async fn put(
    service: &CodeCommit,
    call: &Call,
    repository: &Repository,
    commit: &str,
) -> Result<(), Failure> {
    let archive = repository.git.archive(commit).await?;
    let credentials = service.context.bridge.forward(&call.caller.access_key).await?;
    let config = service.context.sdk(&credentials).await;
    // Buckets are not host names on this machine.
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let (bucket, key) = (text(&call.input, "s3Bucket"), text(&call.input, "s3Key"));
    let object = Client::from_conf(config).put_object().bucket(bucket).key(key).body(archive.into());
    let object = match text(&call.input, "kmsKeyId") {
        "" => object,
        id => object.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(id),
    };
    let refused = |error| {
        let told = format!("s3://{bucket}/{key} cannot be written: {}", DisplayErrorContext(error));
        failure("AccessDenied", told)
    };
    object.send().await.map(drop).map_err(refused)
}

pub(super) fn status(service: &CodeCommit, call: &Call) -> Answer {
    let upload = find(service, call)?;
    let status = if upload.failure.is_none() { "Succeeded" } else { "Failed" };
    Ok(present(json!({"status": status, "failureReason": upload.failure})))
}

/// Forgets an archive: it was written when it was asked for.
pub(super) fn cancel(service: &CodeCommit, call: &Call) -> Answer {
    find(service, call)?;
    service.store().uploads.remove(text(&call.input, "uploadId"));
    Ok(json!({}))
}

/// Where a service of this machine that may pull clones from, and the address that its clone has on AWS.
pub(super) fn pull(service: &CodeCommit, call: &Call) -> Answer {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let shown = repository.shown(&service.place(), None);
    Ok(json!({"folder": repository.git.folder(), "cloneUrlHttp": shown["cloneUrlHttp"]}))
}

fn find(service: &CodeCommit, call: &Call) -> Result<Upload, Failure> {
    let repository = service.repository(text(&call.input, "repositoryName"))?;
    let id = text(&call.input, "uploadId");
    let store = service.store();
    let own = |upload: &&Upload| upload.place == service.place() && upload.repository == repository.id;
    let upload = store.uploads.get(id).filter(own);
    upload.cloned().ok_or_else(|| failure("Validation", format!("There is no upload {id}")))
}
