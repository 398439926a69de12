//! The buildspec, version 0.2: what a build does, read from YAML. It only reads; `run` carries it out.

#[cfg(test)]
mod tests;

use crate::model::{Context, PhaseType};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
pub(crate) struct Buildspec {
    version: String,
    #[serde(default)]
    pub(crate) env: Env,
    pub(crate) phases: Phases,
    #[serde(default)]
    pub(crate) artifacts: Option<ArtifactFiles>,
    #[serde(rename = "run-as", default)]
    run_as: Option<String>,
    /// Top-level sections that this service does not carry out.
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Env {
    #[serde(default)]
    pub(crate) shell: Shell,
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) parameter_store: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) secrets_manager: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) exported_variables: Vec<String>,
    #[serde(default)]
    git_credential_helper: Option<String>,
}

/// The shell that runs the commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shell {
    #[default]
    Sh,
    Bash,
}

impl Shell {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Bash => "bash",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phases {
    #[serde(default)]
    install: Commands,
    #[serde(default)]
    pre_build: Commands,
    #[serde(default)]
    build: Commands,
    #[serde(default)]
    post_build: Commands,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "a buildspec calls its list of commands so")]
pub(crate) struct Commands {
    #[serde(default)]
    pub(crate) commands: Vec<String>,
    #[serde(default)]
    pub(crate) finally: Vec<String>,
    #[serde(default)]
    pub(crate) on_failure: Option<OnFailure>,
    #[serde(default)]
    run_as: Option<String>,
    #[serde(default)]
    runtime_versions: Option<IgnoredAny>,
}

/// What follows a phase that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum OnFailure {
    Abort,
    Continue,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ArtifactFiles {
    #[serde(default)]
    pub(crate) files: Vec<String>,
    #[serde(default)]
    pub(crate) exclude_paths: Vec<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    discard_paths: Option<String>,
    #[serde(default)]
    pub(crate) base_directory: Option<String>,
    /// By the identifiers that they have in the project.
    #[serde(default)]
    pub(crate) secondary_artifacts: BTreeMap<String, Self>,
}

impl ArtifactFiles {
    /// Without files there is no artifact; a build whose only artifacts are secondary ones needs no files for itself.
    fn lacks_files(&self) -> bool {
        self.files.is_empty() && self.secondary_artifacts.is_empty()
            || self.secondary_artifacts.values().any(|one| one.files.is_empty())
    }

    /// Whether the files land side by side, without their directories.
    pub(crate) fn discards_paths(&self) -> bool {
        self.discard_paths.as_deref().is_some_and(|word| matches!(word, "yes" | "true"))
    }
}

impl Buildspec {
    /// Reads a buildspec; what is wrong with it comes back as the context of the phase that fails by it.
    pub(crate) fn parse(text: &str) -> Result<Self, Context> {
        let wrong = |message: String| Context::new("YAML_FILE_ERROR", message);
        let spec: Self = serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if spec.version != "0.2" {
            return Err(wrong(format!("version {} is not supported here; write 0.2", spec.version)));
        }
        if let Some(name) = spec.env.exported_variables.iter().find(|name| !is_variable_name(name)) {
            return Err(wrong(format!("exported-variables: {name} is not a name of a variable")));
        }
        if spec.artifacts.as_ref().is_some_and(ArtifactFiles::lacks_files) {
            return Err(wrong("artifacts: files must list at least one file".into()));
        }
        Ok(spec)
    }

    /// The commands of one of the four phases a buildspec describes.
    pub(crate) fn phase(&self, phase: PhaseType) -> Option<&Commands> {
        match phase {
            PhaseType::Install => Some(&self.phases.install),
            PhaseType::PreBuild => Some(&self.phases.pre_build),
            PhaseType::Build => Some(&self.phases.build),
            PhaseType::PostBuild => Some(&self.phases.post_build),
            _ => None,
        }
    }

    /// What the author asked for and does not get here: one sentence each, for the log.
    pub(crate) fn ignored(&self) -> Vec<String> {
        let phases =
            [&self.phases.install, &self.phases.pre_build, &self.phases.build, &self.phases.post_build];
        let run_as = self.run_as.is_some() || phases.iter().any(|phase| phase.run_as.is_some());
        let known = [
            (run_as, "run-as"),
            (phases.iter().any(|phase| phase.runtime_versions.is_some()), "runtime-versions"),
            (self.env.git_credential_helper.is_some(), "git-credential-helper"),
        ];
        let others = self.others.keys().map(String::as_str);
        known
            .into_iter()
            .filter_map(|(present, name)| present.then_some(name))
            .chain(others)
            .map(|name| format!("Warning: {name} in the buildspec is ignored by the emulated CodeBuild"))
            .collect()
    }
}

/// Whether a shell can hold a variable of this name.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|next| next.is_ascii_alphanumeric() || next == '_')
}
