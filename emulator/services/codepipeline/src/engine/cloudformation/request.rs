//! What the configuration of a `CloudFormation` action asks for, with a sentence for each value that makes no sense.

use super::parameters::{Override, overrides};
use crate::model::{Action, Configuration};
use std::collections::BTreeSet;

/// The most of `ParameterOverrides` that AWS takes, in bytes.
const LONGEST_OVERRIDES: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    CreateUpdate,
    DeleteOnly,
    ReplaceOnFailure,
    ChangeSetReplace,
    ChangeSetExecute,
}

impl Mode {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "CREATE_UPDATE" => Some(Self::CreateUpdate),
            "DELETE_ONLY" => Some(Self::DeleteOnly),
            "REPLACE_ON_FAILURE" => Some(Self::ReplaceOnFailure),
            "CHANGE_SET_REPLACE" => Some(Self::ChangeSetReplace),
            "CHANGE_SET_EXECUTE" => Some(Self::ChangeSetExecute),
            _ => None,
        }
    }

    fn takes_template(self) -> bool {
        matches!(self, Self::CreateUpdate | Self::ReplaceOnFailure | Self::ChangeSetReplace)
    }

    fn is_of_change_set(self) -> bool {
        matches!(self, Self::ChangeSetReplace | Self::ChangeSetExecute)
    }
}

/// A file of an input artifact: `Artifact::path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactFile {
    pub artifact: String,
    pub path: String,
}

impl ArtifactFile {
    fn parse(property: &str, value: &str) -> Result<Self, String> {
        match value.split_once("::") {
            Some((artifact, path)) if !artifact.is_empty() && !path.is_empty() => {
                Ok(Self { artifact: artifact.into(), path: path.into() })
            }
            _ => Err(format!("{property} '{value}' is not of the form ArtifactName::FileName")),
        }
    }
}

/// What an action does to which stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeployRequest {
    pub mode: Mode,
    pub stack: String,
    pub change_set: Option<String>,
    /// The role that `CloudFormation` acts as.
    pub role: Option<String>,
    pub template: Option<ArtifactFile>,
    pub configuration: Option<ArtifactFile>,
    pub overrides: Vec<(String, Override)>,
    pub capabilities: Vec<String>,
    pub output_file: Option<String>,
}

impl DeployRequest {
    /// Reads a configuration whose variables are resolved.
    pub(crate) fn parse(configuration: &Configuration) -> Result<Self, String> {
        let given = |name: &str| configuration.get(name).filter(|value| !value.is_empty());
        let required = |name: &str| given(name).cloned().ok_or_else(|| format!("{name} is missing"));
        let name = required("ActionMode")?;
        let mode = Mode::parse(&name).ok_or_else(|| format!("ActionMode '{name}' is unknown"))?;
        let needed = |needs: bool, property: &str| match given(property) {
            None if needs => Err(format!("ActionMode {name} needs {property}")),
            found => Ok(found.cloned()),
        };
        let file = |property: &str, value: Option<String>| {
            value.map(|value| ArtifactFile::parse(property, &value)).transpose()
        };
        let text = given("ParameterOverrides").map_or("{}", String::as_str);
        if text.len() > LONGEST_OVERRIDES {
            return Err(format!("ParameterOverrides is longer than {LONGEST_OVERRIDES} bytes"));
        }
        let capabilities = given("Capabilities").into_iter().flat_map(|list| list.split(','));
        Ok(Self {
            mode,
            stack: required("StackName")?,
            change_set: needed(mode.is_of_change_set(), "ChangeSetName")?,
            role: needed(mode != Mode::ChangeSetExecute, "RoleArn")?,
            template: file("TemplatePath", needed(mode.takes_template(), "TemplatePath")?)?,
            configuration: file("TemplateConfiguration", given("TemplateConfiguration").cloned())?,
            overrides: overrides(text)?,
            capabilities: capabilities.map(|one| one.trim().to_owned()).collect(),
            output_file: given("OutputFileName").cloned(),
        })
    }

    /// The artifacts that it reads files of.
    pub(crate) fn artifacts(&self) -> BTreeSet<&str> {
        let files = [&self.template, &self.configuration].into_iter().flatten();
        let of_overrides = self.overrides.iter().filter_map(|(_, value)| value.artifact());
        files.map(|file| file.artifact.as_str()).chain(of_overrides).collect()
    }
}

/// Refuses an action that could not run. A configuration with variables is read when they are known.
pub(crate) fn check_deployment(action: &Action) -> Result<(), String> {
    if action.configuration.values().any(|value| value.contains("#{")) {
        return Ok(());
    }
    let request = DeployRequest::parse(&action.configuration)?;
    let known = |name: &&str| action.input_artifacts.iter().any(|artifact| artifact.name == **name);
    if let Some(missing) = request.artifacts().into_iter().find(|name| !known(name)) {
        return Err(format!("'{missing}' is not an input artifact of the action"));
    }
    if request.output_file.is_some() && action.output_artifacts.is_empty() {
        return Err("OutputFileName needs an output artifact".into());
    }
    Ok(())
}
