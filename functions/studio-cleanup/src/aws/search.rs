//! `Search`. A result may be any resource of SageMaker: those that are searched for are read.

use super::{Aws, Error};
use serde::Deserialize;
use serde_json::json;

/// One of the two, as was searched for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Found {
    pub(super) pipeline: Option<Pipeline>,
    pub(super) pipeline_execution: Option<Execution>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Pipeline {
    pub(super) pipeline_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Execution {
    pub(super) pipeline_arn: Option<String>,
    pub(super) pipeline_execution_arn: Option<String>,
    pub(super) created_by: Option<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    pub(super) domain_id: Option<String>,
}

impl Aws {
    /// All resources of a kind whose property has this value.
    pub(super) async fn search(&self, kind: &str, property: &str, value: &str) -> Result<Vec<Found>, Error> {
        let filter = json!({"Name": property, "Operator": "Equals", "Value": value});
        let input = json!({"Resource": kind, "SearchExpression": {"Filters": [filter]}});
        let found = self.sagemaker.list("Search", input).await;
        let found = found.map_err(|source| Error::Search { property: property.to_owned(), source })?;
        Ok(found.items)
    }
}
