//! Works on a source action of provider `S3`: copies the object that the action names into the artifact store, as the action's
//! role. Only a start of the pipeline looks at the object: nothing polls for changes.

use super::{CodePipeline, Outcome, replicate};
use crate::model::EncryptionKey;
use crate::state::{Artifact, Revision, RunId};
use std::collections::BTreeMap;

/// Where the object is, and where its copy goes.
struct Copy {
    bucket: String,
    key: String,
    output: Artifact,
    encryption: Option<EncryptionKey>,
}

/// Carries one action from its start to its end.
pub(crate) async fn work(service: CodePipeline, id: RunId) {
    let copy = service.look(|state| {
        let (_, run) = state.run(&id)?;
        let given = |name: &str| run.configuration.get(name).cloned().unwrap_or_default();
        let output = run.outputs.first()?.clone();
        let encryption = run.encryption_key().cloned();
        Some(Copy { bucket: given("S3Bucket"), key: given("S3ObjectKey"), output, encryption })
    });
    let Some(copy) = copy else { return };
    let (Ok(outcome) | Err(outcome)) = run(&service, &id, copy).await;
    service.change(|transaction| transaction.finish(&id, outcome));
}

async fn run(service: &CodePipeline, id: &RunId, copy: Copy) -> Result<Outcome, Outcome> {
    let credentials = service.credentials(id).await;
    let credentials =
        credentials.map_err(|failure| Outcome::failed("PermissionError", failure.to_string()))?;
    let client = replicate::client(&service.context, &credentials).await;
    let Copy { bucket, key, output, encryption } = copy;
    let source = format!("s3://{bucket}/{key}");
    let object = client.get_object().bucket(&bucket).key(&key).send().await;
    let object = object.map_err(|error| replicate::refused(&format!("{source} cannot be read"), &error))?;
    let version = object.version_id.filter(|version| version != "null");
    let version = version.ok_or_else(|| {
        Outcome::failed(
            "ConfigurationError",
            format!("The bucket {bucket} does not keep versions of objects"),
        )
    })?;
    let etag = object.e_tag.unwrap_or_default().trim_matches('"').to_owned();
    let modified = object.last_modified.map(|moment| moment.as_secs_f64());
    let content = object.body.collect().await;
    let content =
        content.map_err(|error| Outcome::failed("JobFailed", format!("{source} cannot be read: {error}")))?;
    replicate::put(&client, &output, encryption.as_ref(), content.into_bytes().into()).await?;
    let variables =
        [("BucketName", bucket), ("ETag", etag), ("ObjectKey", key), ("VersionId", version.clone())];
    let revision = Revision {
        id: version.clone(),
        change: version.clone(),
        summary: Some(format!("Amazon S3 version id: {version}")),
        created: modified,
    };
    let variables: BTreeMap<_, _> =
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(Outcome::Succeeded { revision: Some(revision), variables })
}
