//! Reads one JSON file out of a job's input artifacts, with the job's own credentials.

use super::job::{Artifact, Job};
use super::object;
use crate::aws::SdkConfig;
use crate::error::{Cause, chain, is_transient};
use crate::text;
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Map, Value};
use std::io::{Cursor, Read};
use zip::ZipArchive;
use zip::result::ZipError;

/// The largest artifact that is read, in bytes: it is held in memory.
const MAX_ARTIFACT: u64 = 64 * 1024 * 1024;
/// The largest file that is read out of it, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// How many names a sentence lists of what is there instead.
const LISTED: usize = 10;

/// Why a file could not be read.
#[derive(Debug)]
pub(super) enum ArtifactError {
    /// The pipeline is not set up for it.
    Refused(String),
    /// AWS was busy or broken.
    Busy(String),
}

#[derive(Debug, thiserror::Error)]
#[error("could not read input artifact {name}")]
struct CouldNotRead {
    name: String,
    #[source]
    source: Cause,
}

impl From<CouldNotRead> for ArtifactError {
    fn from(error: CouldNotRead) -> Self {
        if is_transient(&error) { Self::Busy(chain(&error)) } else { Self::Refused(chain(&error)) }
    }
}

/// The JSON object in the file of that name, of the first input artifact that has it.
pub(super) async fn read(
    config: &SdkConfig,
    job: &Job,
    file: &str,
) -> Result<Map<String, Value>, ArtifactError> {
    if job.artifacts.is_empty() {
        let sentence = format!("the action has no input artifact: give it the one that holds `{file}`");
        return Err(ArtifactError::Refused(sentence));
    }
    let config = as_job(config, job)?;
    let mut there = Vec::new();
    for artifact in &job.artifacts {
        let bytes = download(&config, artifact).await?;
        match find(&artifact.name, bytes, file).map_err(ArtifactError::Refused)? {
            Found::Text(text) => return parse(&artifact.name, file, &text).map_err(ArtifactError::Refused),
            Found::Others(names) => there.push(format!("{} holds {}", artifact.name, holding(&names))),
        }
    }
    Err(ArtifactError::Refused(format!("`{file}` is in no input artifact: {}", there.join("; "))))
}

/// The same configuration with the credentials of the job.
fn as_job(config: &SdkConfig, job: &Job) -> Result<SdkConfig, ArtifactError> {
    let Some(credentials) = &job.credentials else {
        return Err(ArtifactError::Refused("the job has no credentials for its artifacts".to_owned()));
    };
    let credentials = Credentials::new(
        credentials.access_key_id.expose(),
        credentials.secret_access_key.expose(),
        credentials.session_token.as_ref().map(|token| token.expose().clone()),
        None,
        "job",
    );
    let provider = SharedCredentialsProvider::new(credentials);
    Ok(config.to_builder().credentials_provider(provider).build())
}

async fn download(config: &SdkConfig, artifact: &Artifact) -> Result<Vec<u8>, ArtifactError> {
    let could_not_read = |source| CouldNotRead { name: artifact.name.clone(), source };
    let too_large = || {
        let limit = MAX_ARTIFACT / 1024 / 1024;
        ArtifactError::Refused(format!(
            "input artifact {} is larger than the {limit} MB that are read",
            artifact.name
        ))
    };
    let body = object::get(config, &artifact.location.s3_location).await.map_err(could_not_read)?;
    if body.content_length().is_some_and(|size| size > MAX_ARTIFACT) {
        return Err(too_large());
    }
    let (mut body, mut bytes) = (ByteStream::new(body), Vec::new());
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|source| could_not_read(Cause::interrupted(source)))?;
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MAX_ARTIFACT {
            return Err(too_large());
        }
    }
    Ok(bytes)
}

/// What an artifact holds: the file, or only others.
#[derive(Debug)]
pub(super) enum Found {
    Text(Vec<u8>),
    Others(Vec<String>),
}

/// Looks for a file in a zip archive.
pub(super) fn find(artifact: &str, bytes: Vec<u8>, file: &str) -> Result<Found, String> {
    let broken =
        |error: ZipError| format!("input artifact {artifact} is not a zip archive that can be read: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let text = match archive.by_name(file) {
        Ok(entry) => {
            let too_large = || {
                let limit = MAX_FILE / 1024;
                format!("`{file}` in input artifact {artifact} is larger than the {limit} kB that are read")
            };
            let mut text = Vec::new();
            // What the archive says of its sizes is not to be trusted.
            entry.take(MAX_FILE + 1).read_to_end(&mut text).map_err(|error| broken(error.into()))?;
            if text.len() as u64 > MAX_FILE {
                return Err(too_large());
            }
            Some(text)
        }
        Err(ZipError::FileNotFound) => None,
        Err(error) => return Err(broken(error)),
    };
    Ok(match text {
        Some(text) => Found::Text(text),
        None => Found::Others(archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect()),
    })
}

/// Reads the text of a file as a JSON object.
pub(super) fn parse(artifact: &str, file: &str, text: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(format!(
            "`{file}` in input artifact {artifact} is JSON, but not an object of keys and values"
        )),
        Err(error) => Err(format!("`{file}` in input artifact {artifact} is not JSON: {error}")),
    }
}

/// The names of what an artifact holds.
fn holding(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { text::list(&quoted, LISTED) }
}
