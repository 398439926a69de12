//! What a `CodeBuild` action asks `CodeBuild` for. AWS hands builds a source and artifacts of type CODEPIPELINE; here they are
//! plain S3 overrides to the same objects, so that `CodeBuild` needs no knowledge of pipelines.

use crate::model::EncryptionKey;
use crate::state::{ActionRun, Artifact};
use aws_sdk_codebuild::error::BuildError;
use aws_sdk_codebuild::operation::start_build::builders::StartBuildFluentBuilder;
use aws_sdk_codebuild::types::{
    ArtifactNamespace, ArtifactPackaging, ArtifactsType, EnvironmentVariable, EnvironmentVariableType,
    ProjectArtifacts, ProjectSource, SourceType,
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
    pub(crate) fn new(run: &ActionRun, key: Option<&EncryptionKey>) -> Result<Self, String> {
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
        let key = key.map(|key| key.id.clone());
        Ok(Self { token: run.id.clone(), project, primary, secondary, outputs, environment, key })
    }

    /// Puts everything into a `StartBuild` call.
    pub(crate) fn fill(self, call: StartBuildFluentBuilder) -> Result<StartBuildFluentBuilder, BuildError> {
        let mut call = call
            .project_name(self.project)
            .idempotency_token(self.token)
            .source_type_override(SourceType::S3)
            .source_location_override(location(&self.primary))
            .set_encryption_key_override(self.key);
        for artifact in &self.secondary {
            let source = ProjectSource::builder()
                .r#type(SourceType::S3)
                .location(location(artifact))
                .source_identifier(&artifact.name);
            call = call.secondary_sources_override(source.build()?);
        }
        call = match self.outputs.as_slice() {
            [only] => call.artifacts_override(output(only, false)?),
            several => {
                let none = ProjectArtifacts::builder().r#type(ArtifactsType::NoArtifacts).build()?;
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

fn location(artifact: &Artifact) -> String {
    format!("{}/{}", artifact.bucket, artifact.key)
}

/// `CodeBuild` joins path and name to the key.
fn output(artifact: &Artifact, secondary: bool) -> Result<ProjectArtifacts, BuildError> {
    let (path, name) = artifact.key.rsplit_once('/').unwrap_or(("", &artifact.key));
    ProjectArtifacts::builder()
        .r#type(ArtifactsType::S3)
        .location(&artifact.bucket)
        .path(path)
        .name(name)
        .namespace_type(ArtifactNamespace::None)
        .packaging(ArtifactPackaging::Zip)
        .set_artifact_identifier(secondary.then(|| artifact.name.clone()))
        .build()
}
