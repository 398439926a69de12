//! The sources of a build: a zip in S3, an artifact of a pipeline, which is one too or a reference to clone by, or nothing.

use super::aws;
use super::clone_reference::CloneReference;
use super::error::Error;
use crate::model::{Context, Settings};
use aws_sdk_s3::Client;
use emulator_core::{Credentials, ServiceContext, text};
use serde_json::Value;
use std::path::Path;
use tokio::io::AsyncWriteExt;

/// One source of a build.
pub(crate) struct SourceSpec {
    kind: String,
    location: String,
    version: Option<String>,
    /// As messages call it.
    name: String,
}

impl SourceSpec {
    pub(crate) fn primary(settings: &Settings) -> Self {
        Self {
            kind: settings.source.kind.clone(),
            location: settings.source.location.clone().unwrap_or_default(),
            version: settings.source_version.clone(),
            name: "primary source".into(),
        }
    }

    /// The further sources by their identifiers.
    pub(crate) fn secondary(settings: &Settings) -> Vec<(String, Self)> {
        let list = |name: &str| settings.stored.get(name).and_then(Value::as_array).into_iter().flatten();
        let spec = |source: &Value| {
            let identifier = text(source, "sourceIdentifier");
            let version = list("secondarySourceVersions")
                .find(|version| text(version, "sourceIdentifier") == identifier)
                .map(|version| text(version, "sourceVersion").to_owned());
            let (kind, location) = (text(source, "type").to_owned(), text(source, "location").to_owned());
            (
                identifier.to_owned(),
                Self { kind, location, version, name: format!("secondary source {identifier}") },
            )
        };
        list("secondarySources").map(spec).collect()
    }
}

/// What sources are read with.
pub(crate) struct Fetcher<'a> {
    pub(crate) context: &'a ServiceContext,
    /// Of the build's role.
    pub(crate) credentials: &'a Credentials,
    pub(crate) client: &'a Client,
    /// A folder for files that do not stay.
    pub(crate) scratch: &'a Path,
}

/// Puts the source into `directory`.
pub(crate) async fn download(
    fetcher: &Fetcher<'_>,
    source: &SourceSpec,
    directory: &Path,
) -> Result<(), Error> {
    let Fetcher { context, credentials, client, scratch } = fetcher;
    let failed = |message: String| Context::new("CLIENT_ERROR", message);
    let SourceSpec { kind, location, version, name } = source;
    // The version of a source that comes from a pipeline is the ARN of its object.
    let (location, version) = match kind.as_str() {
        "NO_SOURCE" => return Ok(()),
        "S3" => (location.as_str(), version.clone()),
        "CODEPIPELINE" => (version.as_deref().unwrap_or_default(), None),
        other => {
            return Err(failed(format!("source type {other} is not served by the emulated CodeBuild")).into());
        }
    };
    let location = location.strip_prefix("arn:aws:s3:::").unwrap_or(location);
    let (bucket, key) = location.split_once('/').unwrap_or((location, ""));
    let object = client.get_object().bucket(bucket).key(key).set_version_id(version);
    let mut object =
        object.send().await.map_err(|error| failed(format!("{} for {name}", aws::message(&error))))?;
    let zip = scratch.join("source.zip");
    let mut file = tokio::fs::File::create(&zip).await?;
    while let Some(bytes) =
        object.body.try_next().await.map_err(|error| failed(format!("{error} for {name}")))?
    {
        file.write_all(&bytes).await?;
    }
    file.flush().await?;
    if kind == "CODEPIPELINE"
        && let Some(reference) = CloneReference::read(&zip).await?
    {
        tokio::fs::remove_file(&zip).await?;
        return reference.follow(context, credentials, directory).await;
    }
    let into = directory.to_owned();
    let unpacked = tokio::task::spawn_blocking(move || {
        let result = unzip(&zip, &into);
        let _ = std::fs::remove_file(&zip);
        result
    });
    unpacked
        .await
        .map_err(std::io::Error::other)?
        .map_err(|error| failed(format!("the source s3://{location} is not a zip: {error}")))?;
    Ok(())
}

/// Unpacks with Unix modes and symbolic links; names that would leave the directory are refused.
fn unzip(zip: &Path, into: &Path) -> zip::result::ZipResult<()> {
    zip::ZipArchive::new(std::fs::File::open(zip)?)?.extract(into)
}
