//! What can be asked for, by whom, and in which words.

use crate::ExampleFunction;
use serde::Deserialize;
use serde_json::{Map, Value};
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::drivers::codepipeline::PipelineAction;

/// The days that CloudWatch Logs accepts (`PutRetentionPolicy`, parameter `retentionInDays`).
const DAYS: [i32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// What the log group is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name of the log group.
    pub group: String,
    /// Days that events are kept; none if they never expire.
    pub retention: Option<i32>,
}

/// The properties of the custom resource, and the `UserParameters` of a pipeline action.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Properties {
    /// The name of the log group.
    pub log_group_name: String,
    /// Days that events are kept. CloudFormation sends a string.
    pub retention_in_days: Value,
}

impl Properties {
    fn read(self) -> Result<Spec, String> {
        if self.log_group_name.is_empty() || self.log_group_name.len() > 512 {
            return Err(format!(
                "LogGroupName is {:?}: give a name of 1 to 512 characters",
                self.log_group_name
            ));
        }
        let days = match &self.retention_in_days {
            Value::String(text) => text.parse().ok(),
            other => other.as_i64().and_then(|days| i32::try_from(days).ok()),
        };
        match days.filter(|days| DAYS.contains(days)) {
            Some(days) => Ok(Spec { group: self.log_group_name, retention: Some(days) }),
            None => Err(format!("RetentionInDays is {}: give one of {DAYS:?}", self.retention_in_days)),
        }
    }
}

impl Resource for ExampleFunction {
    type Properties = Properties;

    fn physical_id(properties: &Properties) -> String {
        format!("example-function-{}", properties.log_group_name)
    }

    /// Delete undoes what Create did.
    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        let spec = properties.read()?;
        Ok(if origin.request == RequestType::Delete { Spec { retention: None, ..spec } } else { spec })
    }
}

impl PipelineAction for ExampleFunction {
    type Parameters = Properties;

    fn file(_parameters: &Properties) -> Option<&str> {
        None
    }

    fn spec(parameters: Properties, _file: Option<&Map<String, Value>>) -> Result<Spec, String> {
        parameters.read()
    }
}
