//! The artifacts of a build: the files its buildspec names, as one zip or one by one, in S3.

use super::error::Error;
use super::{aws, pattern};
use crate::buildspec::ArtifactFiles;
use crate::logs::Log;
use crate::model::{Artifacts, BuildArtifacts, Context, Settings};
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

/// What is uploaded from, and to where.
pub(crate) struct Upload<'a> {
    pub(crate) client: &'a Client,
    pub(crate) settings: &'a Settings,
    pub(crate) build_id: &'a str,
    pub(crate) source: &'a Path,
    pub(crate) scratch: &'a Path,
    pub(crate) log: &'a Log,
}

impl Upload<'_> {
    /// Uploads what the buildspec names for the artifacts of the project; `None` if the build has no artifacts.
    pub(crate) async fn primary(
        &self,
        files: Option<&ArtifactFiles>,
    ) -> Result<Option<BuildArtifacts>, Error> {
        let wanted = &self.settings.artifacts;
        // A build that a pipeline starts for no artifact, or for several, has none with a place here.
        if !matches!(wanted.kind.as_str(), "S3" | "CODEPIPELINE") || wanted.location.is_none() {
            return Ok(None);
        }
        match files {
            None => {
                self.log.say("No artifact files specified").await;
                Ok(None)
            }
            Some(files) if files.files.is_empty() => Err(undefined("primary artifacts")),
            Some(files) => self.one(wanted, files).await.map(Some),
        }
    }

    /// Uploads each of the project's secondary artifacts. What the buildspec has besides belongs to no artifact.
    pub(crate) async fn secondary(
        &self,
        files: Option<&ArtifactFiles>,
    ) -> Result<Vec<BuildArtifacts>, Error> {
        let mut uploaded = Vec::new();
        for wanted in &self.settings.secondary_artifacts {
            let identifier = wanted.artifact_identifier.as_deref().unwrap_or_default();
            let files = files.and_then(|files| files.secondary_artifacts.get(identifier));
            let files = files.ok_or_else(|| undefined(&format!("secondary artifacts {identifier}")))?;
            uploaded.push(self.one(wanted, files).await?);
        }
        Ok(uploaded)
    }

    async fn one(&self, wanted: &Artifacts, files: &ArtifactFiles) -> Result<BuildArtifacts, Error> {
        let (files_wanted, root) = (files.clone(), self.source.to_owned());
        let found = tokio::task::spawn_blocking(move || find(&files_wanted, &root))
            .await
            .map_err(io::Error::other)??;
        self.log.say(&format!("Found {} file(s)", found.len())).await;
        let bucket = wanted.location.as_deref().unwrap_or_default();
        let bucket = bucket.strip_prefix("arn:aws:s3:::").unwrap_or(bucket);
        let place = key(wanted, files, self.build_id);
        let mut done = BuildArtifacts {
            location: format!("arn:aws:s3:::{bucket}/{place}"),
            sha256sum: None,
            override_artifact_name: wanted.override_artifact_name,
            encryption_disabled: wanted.encryption_disabled,
            artifact_identifier: wanted.artifact_identifier.clone(),
        };
        if wanted.packaging.as_deref() == Some("ZIP") {
            let zip = self.scratch.join("artifact.zip");
            let made = zip.clone();
            let sum = tokio::task::spawn_blocking(move || pack(&found, &made))
                .await
                .map_err(io::Error::other)??;
            done.sha256sum = Some(sum);
            self.put(&zip, wanted, bucket, &place).await?;
        } else {
            for (file, name) in found {
                let key = if place.is_empty() { name } else { format!("{place}/{name}") };
                self.put(&file, wanted, bucket, &key).await?;
            }
        }
        Ok(done)
    }

    async fn put(&self, file: &Path, wanted: &Artifacts, bucket: &str, key: &str) -> Result<(), Error> {
        let body = ByteStream::from_path(file).await.map_err(io::Error::other)?;
        let mut put = self.client.put_object().bucket(bucket).key(key).body(body);
        if wanted.encryption_disabled != Some(true) {
            put = put.server_side_encryption(ServerSideEncryption::AwsKms);
            put = put.ssekms_key_id(&self.settings.encryption_key);
        }
        put.send().await.map_err(|error| {
            let message = format!("could not upload s3://{bucket}/{key}: {}", aws::message(&error));
            Context::new("CLIENT_ERROR", message)
        })?;
        Ok(())
    }
}

fn undefined(what: &str) -> Error {
    Context::new("CLIENT_ERROR", format!("no definition for {what} in buildspec")).into()
}

/// `path/[build]/name`, as AWS puts it together.
fn key(wanted: &Artifacts, files: &ArtifactFiles, build_id: &str) -> String {
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
    let in_source =
        ["$CODEBUILD_SRC_DIR", "${CODEBUILD_SRC_DIR}"].iter().find_map(|root| base.strip_prefix(root));
    let root = source.join(in_source.map_or(base, |rest| rest.trim_start_matches('/')));
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
