//! The calls to AWS, made by the AWS CLI of the build's image: the secret, the details of the job, the upload. A secret
//! goes from one process to the next through pipes, and never into an argument or a log.

use super::{Failure, log};
use crate::exit_status::ExitStatus;
use serde::Deserialize;
use shared::secret::Secret;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `aws`; its standard output may be secret and is not shown.
fn aws(command: &mut Command) -> Result<Output, Failure> {
    command.args(["--output", "json"]).env("AWS_PAGER", "").stdin(Stdio::null());
    command.output().map_err(|error| Failure::other("could not run aws", error))
}

/// The error code in `An error occurred (CODE) when calling the ... operation`.
fn code(stderr: &str) -> Option<&str> {
    let (_, rest) = stderr.split_once("An error occurred (")?;
    rest.split_once(')').map(|(code, _)| code)
}

fn parse<'a, T: Deserialize<'a>>(output: &'a Output, what: &str) -> Result<T, Failure> {
    // The error of the parser could repeat the text.
    serde_json::from_slice(&output.stdout)
        .map_err(|_| Failure::new(ExitStatus::Other, format!("{what}: aws printed something else than JSON")))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<Secret<String>>,
    secret_binary: Option<Secret<String>>,
}

/// Reads the secret and writes the private key into a file that only this user can read.
///
/// # Errors
/// When the secret does not exist, may not be read, or is no key that works without a passphrase.
pub(super) fn read_key(secret: &str, file: &Path) -> Result<(), Failure> {
    let mut get = Command::new("aws");
    let output = aws(get.args(["secretsmanager", "get-secret-value", "--secret-id", secret]))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        log::repeat(&said);
        return Err(match code(&said) {
            Some("ResourceNotFoundException" | "InvalidRequestException") => {
                Failure::new(ExitStatus::SecretNotFound, format!("the secret {secret} does not exist"))
            }
            Some("AccessDeniedException" | "AccessDenied" | "DecryptionFailure") => {
                Failure::new(ExitStatus::SecretDenied, format!("the secret {secret} may not be read"))
            }
            _ => Failure::new(ExitStatus::Other, format!("the secret {secret} could not be read")),
        });
    }
    let value: SecretValue = parse(&output, "the secret")?;
    let unusable = || {
        let sentence = format!("the secret {secret} is not an SSH private key, or has a passphrase");
        Failure::new(ExitStatus::KeyUnusable, sentence)
    };
    let key = key(value).ok_or_else(unusable)?;
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(&key))
        .map_err(|error| Failure::other("the key could not be written", error))?;
    // Says no more than whether ssh can use it.
    let mut check = Command::new("ssh-keygen");
    check.args(["-y", "-P", "", "-f"]).arg(file).stdin(Stdio::null()).stdout(Stdio::null());
    let usable = check.stderr(Stdio::null()).status();
    let usable = usable.map_err(|error| Failure::other("could not run ssh-keygen", error))?;
    if usable.success() { Ok(()) } else { Err(unusable()) }
}

/// The bytes that ssh reads: no carriage returns, and a newline at the end. A binary secret, and a text that somebody
/// encoded, is in base64.
fn key(value: SecretValue) -> Option<Vec<u8>> {
    let text = value.secret_string.or(value.secret_binary)?;
    let mut key = if text.expose().contains("-----BEGIN") {
        text.expose().clone().into_bytes()
    } else {
        let packed: String = text.expose().split_whitespace().collect();
        aws_smithy_types::base64::decode(packed).ok()?
    };
    key.retain(|byte| *byte != b'\r');
    key.push(b'\n');
    Some(key)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    job_details: Details,
}

#[derive(Deserialize)]
struct Details {
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    output_artifacts: Vec<Artifact>,
    artifact_credentials: Credentials,
    encryption_key: Option<EncryptionKey>,
}

#[derive(Deserialize)]
struct Artifact {
    location: Location,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    s3_location: S3Location,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Location {
    bucket_name: String,
    object_key: String,
}

#[derive(Deserialize)]
struct EncryptionKey {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    access_key_id: Secret<String>,
    secret_access_key: Secret<String>,
    session_token: Secret<String>,
}

/// Uploads the artifact with the credentials of the job. They are asked for only now, because they live for minutes, and
/// are in the environment of one command.
///
/// # Errors
/// When the job cannot be read, or S3 refuses the artifact.
pub(super) fn upload(job: &str, artifact: &Path) -> Result<(), Failure> {
    let mut get = Command::new("aws");
    let output = aws(get.args(["codepipeline", "get-job-details", "--job-id", job]))?;
    let unread = || Failure::new(ExitStatus::JobNotRead, "the details of the job could not be read");
    if !output.status.success() {
        log::repeat(&String::from_utf8_lossy(&output.stderr));
        return Err(unread());
    }
    let details: Job = parse(&output, "the details of the job")?;
    let Data { output_artifacts, artifact_credentials: credentials, encryption_key } =
        details.job_details.data;
    let place = output_artifacts.into_iter().next().ok_or_else(unread)?.location.s3_location;
    let mut copy = Command::new("aws");
    copy.args(["s3", "cp", "--only-show-errors", "--content-type", "application/zip", "--sse", "aws:kms"]);
    if let Some(key) = encryption_key {
        copy.args(["--sse-kms-key-id", &key.id]);
    }
    copy.arg(artifact).arg(format!("s3://{}/{}", place.bucket_name, place.object_key));
    copy.env("AWS_ACCESS_KEY_ID", credentials.access_key_id.expose());
    copy.env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.expose());
    copy.env("AWS_SESSION_TOKEN", credentials.session_token.expose());
    let copied = aws(&mut copy)?;
    if copied.status.success() {
        return Ok(());
    }
    log::repeat(&String::from_utf8_lossy(&copied.stderr));
    Err(Failure::new(ExitStatus::ArtifactNotUploaded, "the artifact could not be uploaded"))
}

#[cfg(test)]
mod tests;
