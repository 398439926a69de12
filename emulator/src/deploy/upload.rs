//! Puts archives and templates into a bucket, where CloudFormation and Lambda find them.

use super::Parameters;
use crate::cloud::Cloud;
use anyhow::Context;
use aws_sdk_s3::primitives::ByteStream;
use package::CodeLocation;
use std::path::Path;

/// The bucket that all code is put into.
const CODE_BUCKET: &str = "sm-mlops-code";

/// Puts the function's zip into a bucket, as the deployment guide has the user do. Returns bucket and key.
pub async fn upload_code(cloud: &Cloud, zip: &Path) -> anyhow::Result<(String, String)> {
    upload_code_as(cloud, zip, "sagemaker-mlops/git-source.zip").await
}

/// [`upload_code`] under another key.
pub async fn upload_code_as(cloud: &Cloud, zip: &Path, key: &str) -> anyhow::Result<(String, String)> {
    put(&code_bucket(cloud).await?, key, read(zip).await?).await?;
    Ok((CODE_BUCKET.to_owned(), key.to_owned()))
}

/// Puts every zip and template of a folder that `package` wrote into the bucket under one prefix, as `package upload`
/// does: templates know from their defaults where the code is. Returns the parameters that tell it to a template which is not
/// read from there.
pub async fn upload_release(cloud: &Cloud, folder: &Path, prefix: &str) -> anyhow::Result<Parameters> {
    let s3 = code_bucket(cloud).await?;
    let location = CodeLocation::new(CODE_BUCKET, prefix, Some(architecture()))?;
    let missing = || format!("could not read {}: run `make package` first", folder.display());
    let mut entries = tokio::fs::read_dir(folder).await.with_context(missing)?;
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let body = match path.extension().and_then(|extension| extension.to_str()) {
            Some("zip") => read(&path).await?,
            Some("template" | "yaml") => {
                let template = tokio::fs::read_to_string(&path).await?;
                let placed = package::place(&template, &location).with_context(|| name.clone())?;
                placed.into_bytes().into()
            }
            _ => continue,
        };
        put(&s3, &format!("{prefix}/{name}"), body).await?;
    }
    let parameters = location.parameters();
    Ok(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// What Lambda calls the processor of this machine, which runs what was built for it.
pub fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// A client of S3 and the bucket of code, made if it is not there.
async fn code_bucket(cloud: &Cloud) -> anyhow::Result<aws_sdk_s3::Client> {
    let s3 = aws_sdk_s3::Client::from_conf(s3_config(&cloud.root().await));
    if s3.head_bucket().bucket(CODE_BUCKET).send().await.is_err() {
        s3.create_bucket().bucket(CODE_BUCKET).send().await.context("could not create the code bucket")?;
    }
    Ok(s3)
}

async fn read(file: &Path) -> anyhow::Result<ByteStream> {
    let body = ByteStream::from_path(file).await;
    body.with_context(|| format!("could not read {}: run `make package` first", file.display()))
}

async fn put(s3: &aws_sdk_s3::Client, key: &str, body: ByteStream) -> anyhow::Result<()> {
    // As `package upload` tags a release: launch roles of Service Catalog read what has this tag.
    let request = s3.put_object().bucket(CODE_BUCKET).key(key).body(body);
    request
        .tagging("servicecatalog:provisioning=true")
        .send()
        .await
        .with_context(|| format!("could not upload {key}"))?;
    Ok(())
}

/// S3 by path: a bucket has no host name of its own on the loopback address.
pub fn s3_config(sdk: &aws_config::SdkConfig) -> aws_sdk_s3::Config {
    aws_sdk_s3::config::Builder::from(sdk).force_path_style(true).build()
}
