//! What can be asked for. Every bad value is a sentence that names it.

use serde::Deserialize;
use shared::sagemaker_domain;
use std::collections::BTreeSet;

/// An environment, and what to tell of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// The project that belongs to the environment, by name.
    pub project: Option<String>,
    /// The domain of the environment.
    pub domain: Option<String>,
    /// The name of the environment, such as `team`.
    pub name: Option<String>,
    /// Its type, such as `dev`.
    pub kind: Option<String>,
    pub variables: Vec<Variable>,
}

/// An attribute that is read from a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name of the attribute.
    pub name: String,
    /// The name of the parameter, without the name and type of the environment before it.
    pub parameter: String,
}

/// The properties of the custom resource.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    #[serde(default, rename = "SageMakerProjectName")]
    pub sagemaker_project_name: Option<String>,
    #[serde(default)]
    pub domain_id: Option<String>,
    #[serde(default)]
    pub environment_name: Option<String>,
    #[serde(default)]
    pub environment_type: Option<String>,
    /// The attributes that are read from parameters.
    #[serde(default, rename = "SSMParams")]
    pub ssm_params: Vec<Asked>,
}

/// One of `SSMParams`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Asked {
    pub variable_name: String,
    pub parameter_name: String,
}

impl Properties {
    /// The spec.
    ///
    /// # Errors
    /// A sentence that names the property, its value and what to do.
    pub(crate) fn read(self) -> Result<Spec, String> {
        let project = "the name of a project: up to 32 letters, digits and hyphens";
        let part = "letters, digits, hyphens, underscores and dots";
        Ok(Spec {
            project: fitting("SageMakerProjectName", self.sagemaker_project_name, project, is_project)?,
            domain: fitting(
                "DomainId",
                self.domain_id,
                "the id of a domain, such as d-0123456789ab",
                |id| sagemaker_domain::id(id).is_ok(),
            )?,
            name: fitting("EnvironmentName", self.environment_name, part, is_name)?,
            kind: fitting("EnvironmentType", self.environment_type, part, is_name)?,
            variables: variables(self.ssm_params)?,
        })
    }
}

/// A value that may be left out, or left empty.
fn fitting(
    property: &str,
    value: Option<String>,
    expected: &str,
    is: impl Fn(&str) -> bool,
) -> Result<Option<String>, String> {
    match value.filter(|value| !value.is_empty()) {
        Some(value) if !is(&value) => Err(format!("{property} is `{value}`: give {expected}")),
        value => Ok(value),
    }
}

fn variables(asked: Vec<Asked>) -> Result<Vec<Variable>, String> {
    let mut known = BTreeSet::new();
    let read = asked.into_iter().map(|Asked { variable_name: name, parameter_name: parameter }| {
        if !is_attribute(&name) {
            return Err(format!(
                "SSMParams has the VariableName `{name}`: give the name of an attribute: letters and digits"
            ));
        }
        if !is_name(&parameter) {
            return Err(format!(
                "SSMParams has the ParameterName `{parameter}` for {name}: give the name of a parameter without the name and type of the \
                 environment before it: letters, digits, hyphens, underscores and dots"
            ));
        }
        if !known.insert(name.clone()) {
            return Err(format!("SSMParams has the VariableName `{name}` twice: leave one out"));
        }
        Ok(Variable { name, parameter })
    });
    read.collect()
}

/// SageMaker's pattern (`CreateProject`, `ProjectName`): `[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}`.
fn is_project(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=32).contains(&text.len())
        && text.bytes().all(known)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What Systems Manager takes in the name of a parameter, without the slashes of a hierarchy (`PutParameter`, `Name`). The name of
/// an environment, its type and the rest of the name stay below the 1,011 characters of a whole one.
fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=255).contains(&text.len()) && text.bytes().all(known)
}

fn is_attribute(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(properties: Value) -> Result<Spec, String> {
        serde_json::from_value::<Properties>(properties).map_err(|error| error.to_string())?.read()
    }

    #[test]
    fn everything_may_be_left_out_or_left_empty() {
        assert_eq!(read(json!({})), Ok(Spec::default()));
        let empty =
            json!({"SageMakerProjectName": "", "DomainId": "", "EnvironmentName": "", "SSMParams": []});
        assert_eq!(read(empty), Ok(Spec::default()));
        let all = json!({
            "SageMakerProjectName": "abalone", "DomainId": "d-0123456789ab", "EnvironmentName": "team", "EnvironmentType": "dev",
            "SSMParams": [{"VariableName": "DataBucketName", "ParameterName": "data-bucket-name"}],
        });
        let spec = read(all).unwrap();
        assert_eq!(spec.project.as_deref(), Some("abalone"));
        assert_eq!(spec.variables[0].parameter, "data-bucket-name");
    }

    #[test]
    fn a_bad_value_is_named() {
        let long = "a".repeat(33);
        let variable =
            |name: &str, parameter: &str| json!({"VariableName": name, "ParameterName": parameter});
        for (properties, told) in [
            (
                json!({"SageMakerProjectName": "-a"}),
                "SageMakerProjectName is `-a`: give the name of a project",
            ),
            (json!({"SageMakerProjectName": long}), "SageMakerProjectName is `aaaa"),
            (json!({"DomainId": "team"}), "DomainId is `team`: give the id of a domain"),
            (json!({"EnvironmentName": "a/b"}), "EnvironmentName is `a/b`: give letters, digits"),
            (json!({"EnvironmentType": "a b"}), "EnvironmentType is `a b`: give letters, digits"),
            (
                json!({"SSMParams": [variable("a-b", "x")]}),
                "SSMParams has the VariableName `a-b`: give the name",
            ),
            (json!({"SSMParams": [variable("A", "/x")]}), "SSMParams has the ParameterName `/x` for A: give"),
            (json!({"SSMParams": [variable("A", "")]}), "SSMParams has the ParameterName `` for A: give"),
            (
                json!({"SSMParams": [variable("A", "x"), variable("A", "y")]}),
                "SSMParams has the VariableName `A` twice: leave one out",
            ),
            (json!({"SSMParams": [{"VariableName": "A"}]}), "missing field `ParameterName`"),
            (json!({"Unknown": "x"}), "unknown field `Unknown`"),
        ] {
            let refused = read(properties).unwrap_err();
            assert!(refused.starts_with(told), "{refused}");
        }
    }
}
