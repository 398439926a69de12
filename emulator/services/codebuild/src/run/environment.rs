//! The environment a build starts with: what AWS promises, the role's credentials, and the variables of buildspec,
//! project and call, the later ones winning.

use super::aws;
use super::build_dir::BuildDir;
use super::error::Error;
use crate::buildspec::{Env, is_variable_name};
use crate::logs::Log;
use crate::model::{Build, Context, Variable};
use aws_sdk_secretsmanager::Client;
use emulator_core::{Credentials, ServiceContext, text};
use serde_json::Value;

/// Name and value of every variable, and the names that hold secrets.
pub(crate) struct Variables {
    pub(crate) all: Vec<(String, String)>,
    pub(crate) secret: Vec<String>,
}

/// The variables of the buildspec, then those of project and call, with secrets read.
pub(crate) async fn chosen(
    env: &Env,
    variables: &[Variable],
    client: &Client,
    log: &Log,
) -> Result<Variables, Error> {
    let from_spec = [
        (&env.variables, "PLAINTEXT"),
        (&env.secrets_manager, "SECRETS_MANAGER"),
        (&env.parameter_store, "PARAMETER_STORE"),
    ];
    let from_spec = from_spec
        .into_iter()
        .flat_map(|(map, kind)| map.iter().map(move |(name, value)| (name.as_str(), value.as_str(), kind)));
    let from_project = variables
        .iter()
        .map(|variable| (variable.name.as_str(), variable.value.as_str(), variable.kind.as_str()));
    let mut chosen = Variables { all: Vec::new(), secret: Vec::new() };
    let given: Vec<(&str, &str, &str)> = from_spec.chain(from_project).collect();
    for (name, value, kind) in given {
        if !is_variable_name(name) {
            log.say(&format!("Warning: {name} is not a name of a shell variable; it is left out")).await;
            continue;
        }
        chosen.secret.retain(|known| known != name);
        let value = match kind {
            "SECRETS_MANAGER" => {
                let value = secret(client, value).await?;
                log.hide(&value);
                chosen.secret.push(name.into());
                value
            }
            "PARAMETER_STORE" => {
                let message = format!(
                    "{name}: the emulated CodeBuild does not read Parameter Store; use Secrets Manager or plain text"
                );
                return Err(Context::new("Decrypted Variables Error", message).into());
            }
            _ => value.to_owned(),
        };
        chosen.all.push((name.into(), value));
    }
    Ok(chosen)
}

/// What AWS sets itself; it comes last, because no project can change it.
pub(crate) fn promised(
    context: &ServiceContext,
    build: &Build,
    project_arn: &str,
    credentials: &Credentials,
    build_dir: &BuildDir,
) -> Vec<(String, String)> {
    let run = build.id.split_once(':').map_or("", |(_, run)| run);
    let place = |name: &str| build_dir.root().join(name).display().to_string();
    let location = build.source.location.as_deref().unwrap_or_default();
    let repository = if build.source.kind == "S3" { format!("s3://{location}") } else { location.to_owned() };
    let secondary = build.copied.get("secondarySources").and_then(Value::as_array).into_iter().flatten();
    let secondary = secondary.map(|source| {
        let identifier = text(source, "sourceIdentifier");
        let directory = build_dir.secondary(identifier).display().to_string();
        (format!("CODEBUILD_SRC_DIR_{identifier}"), directory)
    });
    // Set only if the version is known.
    let resolved = build.resolved_source_version.clone();
    let resolved = resolved.map(|version| ("CODEBUILD_RESOLVED_SOURCE_VERSION", version));
    [
        ("PATH", build_dir.path().to_owned()),
        ("HOME", place("home")),
        ("TMPDIR", place("tmp")),
        ("CI", "true".into()),
        ("CODEBUILD_CI", "true".into()),
        ("CODEBUILD_BUILD_ARN", build.arn.clone()),
        ("CODEBUILD_BUILD_ID", build.id.clone()),
        ("CODEBUILD_BUILD_IMAGE", build.environment.image.clone()),
        ("CODEBUILD_BUILD_NUMBER", build.build_number.to_string()),
        ("CODEBUILD_INITIATOR", build.initiator.clone()),
        ("CODEBUILD_KMS_KEY_ID", build.encryption_key.clone()),
        ("CODEBUILD_LOG_PATH", build.logs.stream_name.clone().unwrap_or_else(|| run.to_owned())),
        ("CODEBUILD_PROJECT_ARN", project_arn.to_owned()),
        ("CODEBUILD_SOURCE_REPO_URL", repository),
        ("CODEBUILD_SOURCE_VERSION", build.source_version.clone().unwrap_or_default()),
        ("CODEBUILD_SRC_DIR", place("src")),
        ("CODEBUILD_START_TIME", build.start_time.milliseconds().to_string()),
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", credentials.session_token.clone()),
        ("AWS_REGION", context.region.clone()),
        ("AWS_DEFAULT_REGION", context.region.clone()),
        ("AWS_ENDPOINT_URL", context.endpoint.clone()),
    ]
    .into_iter()
    .chain(resolved)
    .map(|(name, value)| (name.to_owned(), value))
    .chain(secondary)
    .collect()
}

/// Reads `secret-id:json-key:version-stage:version-id`, where all but the first part may be missing.
async fn secret(client: &Client, reference: &str) -> Result<String, Error> {
    let failed = |message: String| Context::new("Secrets Manager Error", message);
    let (id, key, phases, version) = parts(reference);
    let given = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    let read = client.get_secret_value().secret_id(id);
    let read = read.set_version_stage(given(phases)).set_version_id(given(version));
    let answer = read.send().await.map_err(|error| failed(aws::message(&error)))?;
    let text = answer.secret_string().ok_or_else(|| failed(format!("{id}: the secret is binary")))?;
    if key.is_empty() {
        return Ok(text.to_owned());
    }
    let fields: Value =
        serde_json::from_str(text).map_err(|_| failed(format!("{id}: the secret is not JSON")))?;
    match &fields[key] {
        Value::Null => Err(failed(format!("{id}: the secret has no key {key}")).into()),
        Value::String(value) => Ok(value.clone()),
        other => Ok(other.to_string()),
    }
}

/// Secret id, JSON key, version stage, version id. An ARN has seven parts of its own.
pub(super) fn parts(reference: &str) -> (&str, &str, &str, &str) {
    let own = if reference.starts_with("arn:") { 7 } else { 1 };
    let end = reference.match_indices(':').nth(own - 1).map_or(reference.len(), |(at, _)| at);
    let mut rest = reference[end..].strip_prefix(':').unwrap_or_default().splitn(3, ':');
    let mut next = || rest.next().unwrap_or_default();
    let (key, phases, version) = (next(), next(), next());
    (&reference[..end], key, phases, version)
}
