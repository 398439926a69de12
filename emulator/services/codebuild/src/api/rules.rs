//! What the service model cannot say of a project: which members go together.

use super::invalid;
use crate::model::{Artifacts, Settings, Source};
use emulator_core::{Failure, text, texts};
use serde_json::Value;
use std::collections::BTreeSet;

/// Characters of the value of a variable.
const LONGEST_VALUE: usize = 4096;

/// What holds for a project and not for a build: `CodePipeline` gives a build further sources and artifacts of its own.
pub(super) fn check_project(settings: &Settings) -> Result<(), Failure> {
    let sources = settings.stored.get("secondarySources").and_then(Value::as_array).into_iter().flatten();
    if sources.into_iter().any(|source| text(source, "type") == "CODEPIPELINE") {
        return Err(invalid("Invalid input: sourceType CODEPIPELINE is not allowed for secondarySources"));
    }
    if settings.secondary_artifacts.iter().any(|artifacts| artifacts.kind == "CODEPIPELINE") {
        return Err(invalid(
            "Invalid input: artifactType CODEPIPELINE is not allowed for secondaryArtifacts",
        ));
    }
    check(settings)
}

/// What holds for a project and for a build.
pub(super) fn check(settings: &Settings) -> Result<(), Failure> {
    source(&settings.source)?;
    variables(settings)?;
    secondary(settings)?;
    vpc(settings)?;
    let (source, artifacts) = (&settings.source, &settings.artifacts);
    artifacts_place(artifacts)?;
    settings.secondary_artifacts.iter().try_for_each(artifacts_place)?;
    if settings.secondary_artifacts.iter().any(|further| further.kind == "NO_ARTIFACTS") {
        return Err(invalid(
            "Invalid input: artifactType NO_ARTIFACTS is not allowed for secondaryArtifacts",
        ));
    }
    if (source.kind == "CODEPIPELINE") != (artifacts.kind == "CODEPIPELINE") {
        return Err(invalid(
            "Invalid input: when using CodePipeline both sourceType, and artifactType must be set to: CODEPIPELINE",
        ));
    }
    let badge = settings.stored.get("badge").is_some_and(|badge| badge["badgeEnabled"] == true);
    if badge && source.kind == "CODEPIPELINE" {
        return Err(invalid("Build badges are not supported for CodePipeline source"));
    }
    Ok(())
}

/// In the words of CodeBuild, as its users report them: thii/aws-codebuild-extras#1, wolfeidau/buildkite-serverless-agent#35.
fn variables(settings: &Settings) -> Result<(), Failure> {
    for variable in &settings.environment.environment_variables {
        if variable.name.starts_with("CODEBUILD_") {
            return Err(invalid("No user environment variables can start with `CODEBUILD_`"));
        }
        if variable.value.chars().count() > LONGEST_VALUE {
            return Err(invalid(format!("EnvironmentVariable should be at most {LONGEST_VALUE} characters")));
        }
    }
    Ok(())
}

fn artifacts_place(artifacts: &Artifacts) -> Result<(), Failure> {
    match artifacts.kind.as_str() {
        "S3" if artifacts.location.as_deref().unwrap_or_default().is_empty() => {
            Err(invalid("Invalid artifacts: location is required for artifacts type S3"))
        }
        "NO_ARTIFACTS" if artifacts.name.is_some() => {
            Err(invalid("Invalid artifacts: artifact type NO_ARTIFACTS should have null output name"))
        }
        _ => Ok(()),
    }
}

fn source(source: &Source) -> Result<(), Failure> {
    let location = source.location.as_deref().unwrap_or_default();
    match source.kind.as_str() {
        "NO_SOURCE" if source.buildspec.as_deref().is_none_or(|text| text.trim().is_empty()) => {
            Err(invalid("Invalid project source: buildspec is required for source type NO_SOURCE"))
        }
        kind => place(kind, location),
    }
}

/// Where a source is, as its type wants it.
fn place(kind: &str, location: &str) -> Result<(), Failure> {
    let in_bucket =
        location.split_once('/').is_some_and(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    match kind {
        "S3" if !in_bucket => {
            Err(invalid("Invalid project source: location must be a valid S3 location: bucket/key"))
        }
        "CODEPIPELINE" | "NO_SOURCE" | "S3" => Ok(()),
        _ if location.is_empty() => Err(invalid("Invalid project source: location is required")),
        _ => Ok(()),
    }
}

/// Further sources and artifacts have names, by which builds and versions refer to them.
fn secondary(settings: &Settings) -> Result<(), Failure> {
    let list = |name: &str| settings.stored.get(name).and_then(Value::as_array).into_iter().flatten();
    let identifiers = |name: &str| list(name).map(|item| text(item, "sourceIdentifier"));
    let sources = names(identifiers("secondarySources"), "secondary source", "sourceIdentifier")?;
    let artifacts = settings.secondary_artifacts.iter();
    let artifacts = artifacts.map(|artifacts| artifacts.artifact_identifier.as_deref().unwrap_or_default());
    names(artifacts, "secondary artifacts", "artifactIdentifier")?;
    for source in list("secondarySources") {
        match text(source, "type") {
            "NO_SOURCE" => return Err(invalid("Invalid secondary source: type must not be NO_SOURCE")),
            kind => place(kind, text(source, "location"))?,
        }
    }
    let versions =
        names(identifiers("secondarySourceVersions"), "secondary source version", "sourceIdentifier")?;
    match versions.difference(&sources).next() {
        Some(unknown) => {
            Err(invalid(format!("Invalid secondary source version: there is no secondary source {unknown}")))
        }
        None => Ok(()),
    }
}

fn names<'a>(
    items: impl Iterator<Item = &'a str>,
    what: &str,
    member: &str,
) -> Result<BTreeSet<&'a str>, Failure> {
    let mut found = BTreeSet::new();
    for name in items {
        if name.is_empty() {
            return Err(invalid(format!("Invalid {what}: {member} is required")));
        }
        // A variable of builds is named after it.
        if name.len() > 128 || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Err(invalid(format!(
                "Invalid {what}: {member} can only contain alphanumeric characters and underscores, and must be less \
                 than 128 characters in length"
            )));
        }
        if !found.insert(name) {
            return Err(invalid(format!("Invalid {what}: {member} must be unique, and {name} is not")));
        }
    }
    Ok(found)
}

fn vpc(settings: &Settings) -> Result<(), Failure> {
    let vpc = settings.stored.get("vpcConfig").unwrap_or(&Value::Null);
    let given = [
        !text(vpc, "vpcId").is_empty(),
        !texts(vpc, "subnets").is_empty(),
        !texts(vpc, "securityGroupIds").is_empty(),
    ];
    if given.contains(&true) && given.contains(&false) {
        return Err(invalid(
            "Invalid vpc config: vpcId, subnets and securityGroupIds must be given together, or none of them",
        ));
    }
    Ok(())
}
