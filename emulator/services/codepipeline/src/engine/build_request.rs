//! What a `CodeBuild` action asks `CodeBuild` for: a build with sources and artifacts of type CODEPIPELINE. The version of such
//! a source is the ARN of the artifact's object.

use crate::state::{ActionRun, Artifact, Execution};
use aws_sdk_codebuild::error::BuildError;
use aws_sdk_codebuild::operation::start_build::builders::StartBuildFluentBuilder;
use aws_sdk_codebuild::types::{
    ArtifactNamespace, ArtifactPackaging, ArtifactsType, EnvironmentVariable, EnvironmentVariableType,
    ProjectArtifacts, ProjectSource, ProjectSourceVersion, SourceType,
};
use serde::Deserialize;

/// Everything a build needs to know of its action.
#[derive(Debug)]
pub(crate) struct BuildRequest {
    /// Makes starting it twice harmless.
    token: String,
    project: String,
    primary: Artifact,
    secondary: Vec<Artifact>,
    outputs: Vec<Artifact>,
    environment: Vec<Variable>,
    key: Option<String>,
    /// What the action that made the primary source says of its revision.
    pub(crate) revision: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Variable {
    name: String,
    value: String,
    #[serde(default = "plain", rename = "type")]
    kind: String,
}

fn plain() -> String {
    "PLAINTEXT".into()
}

impl BuildRequest {
    /// An error sentence if the resolved configuration makes no sense.
    pub(crate) fn new(execution: &Execution, run: &ActionRun) -> Result<Self, String> {
        let configuration = &run.configuration;
        let project = configuration.get("ProjectName").ok_or("ProjectName is missing")?.clone();
        let wanted = configuration.get("PrimarySource");
        let is_primary = |artifact: &&Artifact| wanted.is_none_or(|name| *name == artifact.name);
        let primary = run.inputs.iter().find(is_primary).ok_or("The input artifact is missing")?.clone();
        let secondary = run.inputs.iter().filter(|input| input.name != primary.name).cloned().collect();
        let environment = match configuration.get("EnvironmentVariables") {
            None => Vec::new(),
            Some(text) => serde_json::from_str(text).map_err(|_| {
                "EnvironmentVariables must be a JSON list of objects with name, value and type".to_owned()
            })?,
        };
        let outputs = run.outputs.clone();
        let key = run.encryption_key().map(|key| key.id.clone());
        let revision = execution.revision(&primary).map(|revision| revision.id.clone());
        Ok(Self { token: run.id.clone(), project, primary, secondary, outputs, environment, key, revision })
    }

    /// Puts everything into a `StartBuild` call.
    pub(crate) fn fill(self, call: StartBuildFluentBuilder) -> Result<StartBuildFluentBuilder, BuildError> {
        let mut call = call
            .project_name(self.project)
            .idempotency_token(self.token)
            .source_type_override(SourceType::Codepipeline)
            .source_version(version(&self.primary))
            .set_encryption_key_override(self.key);
        for artifact in &self.secondary {
            let source =
                ProjectSource::builder().r#type(SourceType::Codepipeline).source_identifier(&artifact.name);
            let version = ProjectSourceVersion::builder()
                .source_identifier(&artifact.name)
                .source_version(version(artifact));
            call = call.secondary_sources_override(source.build()?);
            call = call.secondary_sources_version_override(version.build()?);
        }
        call = match self.outputs.as_slice() {
            [only] => call.artifacts_override(output(only, false)?),
            several => {
                let none = ProjectArtifacts::builder().r#type(ArtifactsType::Codepipeline).build()?;
                several.iter().try_fold(call.artifacts_override(none), |call, artifact| {
                    Ok::<_, BuildError>(call.secondary_artifacts_override(output(artifact, true)?))
                })?
            }
        };
        for Variable { name, value, kind } in self.environment {
            let kind = EnvironmentVariableType::from(kind.as_str());
            let variable = EnvironmentVariable::builder().name(name).value(value).r#type(kind);
            call = call.environment_variables_override(variable.build()?);
        }
        Ok(call)
    }
}

fn version(artifact: &Artifact) -> String {
    format!("arn:aws:s3:::{}/{}", artifact.bucket, artifact.key)
}

/// `CodeBuild` joins path and name to the key.
fn output(artifact: &Artifact, secondary: bool) -> Result<ProjectArtifacts, BuildError> {
    let (path, name) = artifact.key.rsplit_once('/').unwrap_or(("", &artifact.key));
    ProjectArtifacts::builder()
        .r#type(ArtifactsType::Codepipeline)
        .location(&artifact.bucket)
        .path(path)
        .name(name)
        .namespace_type(ArtifactNamespace::None)
        .packaging(ArtifactPackaging::Zip)
        .set_artifact_identifier(secondary.then(|| artifact.name.clone()))
        .build()
}
