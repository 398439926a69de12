//! The artifacts of a build: the files its buildspec names, as one zip or one by one, in S3.

use super::error::Error;
use super::{aws, pattern};
use crate::buildspec::ArtifactFiles;
use crate::logs::Log;
use crate::model::{BuildArtifacts, Context, Settings};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;
use zip::write::SimpleFileOptions;

/// A file and the name it has in the artifact.
type Named = (PathBuf, String);

/// Uploads what the buildspec names; `None` if the build has no artifacts.
pub(crate) async fn upload(
    client: &Client,
    settings: &Settings,
    files: Option<&ArtifactFiles>,
    build_id: &str,
    source: &Path,
    scratch: &Path,
    log: &Log,
) -> Result<Option<BuildArtifacts>, Error> {
    let wanted = &settings.artifacts;
    // A build that a pipeline starts for no artifact has none with a place.
    if !matches!(wanted.kind.as_str(), "S3" | "CODEPIPELINE") || wanted.location.is_none() {
        return Ok(None);
    }
    let Some(files) = files else {
        log.say("No artifact files specified").await;
        return Ok(None);
    };
    let (files_wanted, root) = (files.clone(), source.to_owned());
    let found =
        tokio::task::spawn_blocking(move || find(&files_wanted, &root)).await.map_err(io::Error::other)??;
    log.say(&format!("Found {} file(s)", found.len())).await;
    let bucket = wanted.location.as_deref().unwrap_or_default();
    let bucket = bucket.strip_prefix("arn:aws:s3:::").unwrap_or(bucket);
    let place = key(settings, files, build_id);
    let mut done = BuildArtifacts {
        location: format!("arn:aws:s3:::{bucket}/{place}"),
        sha256sum: None,
        override_artifact_name: wanted.override_artifact_name,
        encryption_disabled: wanted.encryption_disabled,
    };
    let to = Target { client, settings, bucket };
    if wanted.packaging.as_deref() == Some("ZIP") {
        let zip = scratch.join("artifact.zip");
        let made = zip.clone();
        let sum =
            tokio::task::spawn_blocking(move || pack(&found, &made)).await.map_err(io::Error::other)??;
        done.sha256sum = Some(sum);
        to.put(&zip, &place).await?;
    } else {
        for (file, name) in found {
            to.put(&file, &format!("{place}/{name}")).await?;
        }
    }
    Ok(Some(done))
}

struct Target<'a> {
    client: &'a Client,
    settings: &'a Settings,
    bucket: &'a str,
}

impl Target<'_> {
    async fn put(&self, file: &Path, key: &str) -> Result<(), Error> {
        let body = ByteStream::from_path(file).await.map_err(io::Error::other)?;
        let mut put = self.client.put_object().bucket(self.bucket).key(key).body(body);
        if self.settings.artifacts.encryption_disabled != Some(true) {
            put = put.server_side_encryption(ServerSideEncryption::AwsKms);
            put = put.ssekms_key_id(&self.settings.encryption_key);
        }
        put.send().await.map_err(|error| {
            Context::new(
                "CLIENT_ERROR",
                format!("could not upload s3://{}/{key}: {}", self.bucket, aws::message(&error)),
            )
        })?;
        Ok(())
    }
}

/// `path/[build]/name`, as AWS puts it together.
fn key(settings: &Settings, files: &ArtifactFiles, build_id: &str) -> String {
    let wanted = &settings.artifacts;
    let (project, run) = build_id.split_once(':').unwrap_or((build_id, ""));
    let from_spec = files.name.as_deref().filter(|_| wanted.override_artifact_name == Some(true));
    let name = from_spec.or(wanted.name.as_deref()).unwrap_or(project);
    let namespace = if wanted.namespace_type.as_deref() == Some("BUILD_ID") { run } else { "" };
    let parts = [wanted.path.as_deref().unwrap_or_default(), namespace, name];
    let parts: Vec<_> =
        parts.iter().map(|part| part.trim_matches('/')).filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// The files that fit a pattern and no exclusion, in the order of their names.
fn find(wanted: &ArtifactFiles, source: &Path) -> Result<Vec<Named>, Error> {
    let failed = |message: String| Context::new("CLIENT_ERROR", message);
    let base = wanted.base_directory.as_deref().unwrap_or(".");
    let root = source.join(base);
    if !root.is_dir() {
        return Err(failed(format!("no matching base directory path found for {base}")).into());
    }
    let mut found = Vec::new();
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.map_err(io::Error::other)?;
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path().strip_prefix(&root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        let fits = |patterns: &[String]| patterns.iter().any(|pattern| pattern::matches(pattern, &path));
        if fits(&wanted.files) && !fits(&wanted.exclude_paths) {
            let name =
                if wanted.discards_paths() { entry.file_name().to_string_lossy().into_owned() } else { path };
            found.push((entry.path().to_owned(), name));
        }
    }
    if found.is_empty() {
        return Err(failed("no matching artifact paths found".into()).into());
    }
    Ok(found)
}

/// Makes the zip, with Unix modes and symbolic links, and returns its SHA-256.
fn pack(files: &[Named], zip: &Path) -> io::Result<String> {
    let mut archive = zip::ZipWriter::new(File::create(zip)?);
    for (file, name) in files {
        let status = fs::symlink_metadata(file)?;
        let options =
            SimpleFileOptions::default().unix_permissions(status.permissions().mode()).large_file(true);
        if status.is_symlink() {
            archive.add_symlink(name, fs::read_link(file)?.to_string_lossy(), options)?;
        } else {
            archive.start_file(name, options)?;
            io::copy(&mut File::open(file)?, &mut archive)?;
        }
    }
    archive.finish()?;
    let mut sum = Sha256::new();
    let mut file = File::open(zip)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hex::encode(sum.finalize())),
            read => sum.update(&buffer[..read]),
        }
    }
}
