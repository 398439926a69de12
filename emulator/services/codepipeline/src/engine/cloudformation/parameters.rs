//! The parameters of a stack: those of the template configuration, and `ParameterOverrides`, which go before them.

use super::inputs::Inputs;
use super::request::ArtifactFile;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The value of one parameter in `ParameterOverrides`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Override {
    Text(String),
    /// `Fn::GetParam`: a key of a JSON file.
    Param {
        file: ArtifactFile,
        key: String,
    },
    /// `Fn::GetArtifactAtt`: where an artifact is.
    Attribute {
        artifact: String,
        attribute: Attribute,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribute {
    BucketName,
    ObjectKey,
    Url,
}

impl Override {
    fn parse(name: &str, value: &Value) -> Result<Self, String> {
        let Some(call) = value.as_object() else {
            return text(value).map(Self::Text).ok_or_else(|| {
                format!("ParameterOverrides: the value of {name} is neither text nor a function")
            });
        };
        let single = Some(call).filter(|call| call.len() == 1).and_then(|call| call.iter().next());
        let (function, arguments) =
            single.ok_or_else(|| format!("ParameterOverrides: {name} must have one function"))?;
        let arguments: Option<Vec<&str>> =
            arguments.as_array().map(|list| list.iter().filter_map(Value::as_str).collect());
        match (function.as_str(), arguments.as_deref()) {
            ("Fn::GetParam", Some([artifact, path, key])) => Ok(Self::Param {
                file: ArtifactFile { artifact: (*artifact).into(), path: (*path).into() },
                key: (*key).into(),
            }),
            ("Fn::GetParam", _) => {
                Err(format!("ParameterOverrides: Fn::GetParam of {name} takes an artifact, a file and a key"))
            }
            ("Fn::GetArtifactAtt", Some([artifact, attribute])) => {
                let attribute = match *attribute {
                    "BucketName" => Attribute::BucketName,
                    "ObjectKey" => Attribute::ObjectKey,
                    "URL" => Attribute::Url,
                    other => {
                        return Err(format!("ParameterOverrides: artifacts have no attribute '{other}'"));
                    }
                };
                Ok(Self::Attribute { artifact: (*artifact).into(), attribute })
            }
            ("Fn::GetArtifactAtt", _) => Err(format!(
                "ParameterOverrides: Fn::GetArtifactAtt of {name} takes an artifact and an attribute"
            )),
            (other, _) => Err(format!("ParameterOverrides: {name} has the unknown function '{other}'")),
        }
    }

    /// The artifact that its value is read from.
    pub(crate) fn artifact(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Param { file, .. } => Some(&file.artifact),
            Self::Attribute { artifact, .. } => Some(artifact),
        }
    }

    fn resolve(&self, inputs: &Inputs) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            Self::Param { file, key } => {
                let found: Map<String, Value> = inputs.json(file)?;
                let value = found.get(key).and_then(text);
                value.ok_or_else(|| {
                    format!("{} of {} has no text under the key '{key}'", file.path, file.artifact)
                })
            }
            Self::Attribute { artifact, attribute } => {
                let place = inputs.place(artifact)?;
                Ok(match attribute {
                    Attribute::BucketName => place.bucket.clone(),
                    Attribute::ObjectKey => place.key.clone(),
                    Attribute::Url => format!("https://s3.amazonaws.com/{}/{}", place.bucket, place.key),
                })
            }
        }
    }
}

/// The parts of a template configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct TemplateConfiguration {
    parameters: BTreeMap<String, Value>,
    tags: BTreeMap<String, Value>,
    stack_policy: Option<Value>,
}

/// What a stack is made with, apart from its template.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct StackInput {
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub policy: Option<String>,
}

/// The functions and texts of `ParameterOverrides`, in the order of the names.
pub(crate) fn overrides(json: &str) -> Result<Vec<(String, Override)>, String> {
    let parsed: BTreeMap<String, Value> = serde_json::from_str(json)
        .map_err(|_| "ParameterOverrides must be a JSON object of parameters".to_owned())?;
    parsed
        .into_iter()
        .map(|(name, value)| Override::parse(&name, &value).map(|value| (name, value)))
        .collect()
}

/// The parameters of the configuration, with the overrides in their places and in addition to them.
pub(crate) fn merge(
    configuration: Option<TemplateConfiguration>,
    overrides: &[(String, Override)],
    inputs: &Inputs,
) -> Result<StackInput, String> {
    let TemplateConfiguration { parameters, tags, stack_policy } = configuration.unwrap_or_default();
    let texts = |what: &str, values: BTreeMap<String, Value>| {
        values
            .into_iter()
            .map(|(name, value)| match text(&value) {
                Some(value) => Ok((name, value)),
                None => Err(format!("TemplateConfiguration: {what} {name} is not text")),
            })
            .collect::<Result<BTreeMap<_, _>, _>>()
    };
    let mut parameters = texts("parameter", parameters)?;
    for (name, value) in overrides {
        parameters.insert(name.clone(), value.resolve(inputs)?);
    }
    Ok(StackInput {
        parameters,
        tags: texts("tag", tags)?,
        policy: stack_policy.map(|policy| policy.to_string()),
    })
}

/// A scalar as `CloudFormation` takes it.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
