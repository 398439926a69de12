//! What can be asked for. Every bad value is a sentence that names the property, its value and what to do; values of variables are not
//! repeated.

use crate::variables::{Variables, is_name};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::{Digest, Sha256};
use shared::drivers::cloudformation::properties::{list, optional_list};
use shared::drivers::cloudformation::{Origin, RequestType};
use shared::text::{escaped, truncate_chars};

/// How much of a bad value a sentence repeats, in characters.
const QUOTED: usize = 80;

/// What is to be done about the builds of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name of the project.
    pub project: String,
    /// Whose builds they are.
    pub owner: Owner,
    pub task: Task,
}

/// A resource of a stack. Each build that it starts carries both in its variables, so that no build of others is taken for its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The ARN of the stack, which no later stack of the same name has.
    pub stack: String,
    /// The name of the resource in the template.
    pub resource: String,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Create and Update: the build of this request, run to its end.
    Run(Run),
    /// Delete: no build of the resource runs.
    Stop,
}

/// A build to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The id of the request: it has one build.
    pub request: String,
    pub variables: Variables,
    /// The version of the source; nothing for that of the project.
    pub source_version: Option<String>,
    /// The exported variables that are attributes.
    pub exported: Vec<String>,
}

/// The properties of the custom resource.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The name of the project.
    pub project_name: String,
    /// Variables for this build: a list of `{Name, Value}`.
    #[serde(default)]
    pub environment_variables: Value,
    /// The version of the source to build.
    #[serde(default)]
    pub source_version: Option<String>,
    /// Names of variables that the buildspec exports.
    #[serde(default, deserialize_with = "optional_list")]
    pub exported_variables: Vec<String>,
    /// Anything. CloudFormation asks for another build when it changes.
    #[serde(default)]
    pub trigger: Option<IgnoredAny>,
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self, origin: &Origin) -> Result<Spec, String> {
        let (Some(stack), Some(id)) = (&origin.stack, &origin.id) else {
            return Err(
                "a build is recognized by the request of CloudFormation that it is for: start one by hand in CodeBuild".to_owned()
            );
        };
        if !is_project(&self.project_name) {
            return Err(format!(
                "ProjectName is `{}`: give the name of a project of CodeBuild, not its ARN, of 2 to 150 letters, digits, hyphens and \
                 underscores",
                quoted(&self.project_name)
            ));
        }
        let owner = Owner { stack: stack.clone(), resource: id.resource.clone() };
        let project = self.project_name.clone();
        let task = match origin.request {
            RequestType::Create | RequestType::Update => Task::Run(self.run(id.request.clone())?),
            RequestType::Delete => Task::Stop,
        };
        Ok(Spec { project, owner, task })
    }

    fn run(self, request: String) -> Result<Run, String> {
        let variables = Variables::read(self.environment_variables)?;
        let source_version = self.source_version.filter(|version| !version.is_empty());
        if let Some(version) = source_version.as_ref().filter(|version| version.contains(char::is_control)) {
            return Err(format!(
                "SourceVersion is `{}`: give a commit, branch, tag or version on one line",
                quoted(version)
            ));
        }
        let exported = match self.exported_variables {
            none if none.iter().all(String::is_empty) => Vec::new(),
            some => list("ExportedVariables", some, "the name of a variable", is_name)?,
        };
        Ok(Run { request, variables, source_version, exported })
    }
}

impl Owner {
    /// The variables that each of its builds carries.
    pub(crate) fn marks(&self) -> [(&'static str, &str); 2] {
        [("SM_MLOPS_STACK_ID", &self.stack), ("SM_MLOPS_LOGICAL_ID", &self.resource)]
    }
}

impl Run {
    /// The variable by which the build of the request is found again.
    pub(crate) const MARK: &str = "SM_MLOPS_REQUEST_ID";

    /// The token by which CodeBuild starts one build for two calls within five minutes (`StartBuild`, `idempotencyToken`): 64 hexadecimal
    /// digits. It is made of the stack too, because a request is unique in its stack only.
    pub(crate) fn token(&self, owner: &Owner) -> String {
        hex::encode(Sha256::digest(format!("{}{}", owner.stack, self.request)))
    }
}

/// CodeBuild's pattern (`CreateProject`, `name`): `[A-Za-z0-9][A-Za-z0-9\-_]{1,149}`.
fn is_project(name: &str) -> bool {
    let known = |byte: u8| b"-_".contains(&byte) || byte.is_ascii_alphanumeric();
    (2..=150).contains(&name.len()) && name.bytes().all(known) && name.as_bytes()[0].is_ascii_alphanumeric()
}

/// A value on one line, and short enough for a sentence.
fn quoted(value: &str) -> String {
    truncate_chars(&escaped(value), QUOTED)
}

#[cfg(test)]
mod tests;
