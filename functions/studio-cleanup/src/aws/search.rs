//! `Search`, read by types of our own: a result may be any resource of SageMaker, and the SDK reads all of them.

use super::{Error, PAGE};
use aws_sdk_sagemaker::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::aws::SdkConfig;
use shared::aws::json;
use shared::aws::operation::{Operation, Service};
use shared::error::Cause;

const SAGEMAKER: Service = json::service("SageMaker", "sagemaker");

/// Where pipelines are looked for.
#[derive(Clone, Debug)]
pub(super) struct Search {
    config: SdkConfig,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    results: Option<Vec<Found>>,
    next_token: Option<String>,
}

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

impl Search {
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone() }
    }

    /// All resources of a kind whose property has this value.
    pub(super) async fn all(&self, kind: &str, property: &str, value: &str) -> Result<Vec<Found>, Error> {
        let failed = |source| Error::Search { property: property.to_owned(), source };
        let filter = json!({"Name": property, "Operator": "Equals", "Value": value});
        let expression = json!({"Filters": [filter]});
        let mut input = json!({"Resource": kind, "SearchExpression": expression, "MaxResults": PAGE});
        let mut found = Vec::new();
        loop {
            let page = self.page(&input).await.map_err(failed)?;
            found.extend(page.results.unwrap_or_default());
            match page.next_token {
                Some(token) if !token.is_empty() => input["NextToken"] = token.into(),
                _ => return Ok(found),
            }
        }
    }

    async fn page(&self, input: &Value) -> Result<Page, Cause> {
        let endpoint = self.endpoint().await?;
        let operation = Operation { service: SAGEMAKER, name: "Search", endpoint };
        operation.json(&self.config, "SageMaker", input).await
    }

    async fn endpoint(&self) -> Result<String, Cause> {
        let params = Params::builder()
            .set_region(self.config.region().map(ToString::to_string))
            .set_endpoint(SAGEMAKER.own_endpoint(&self.config))
            .set_use_fips(self.config.use_fips())
            .set_use_dual_stack(self.config.use_dual_stack())
            .build()
            .map_err(Cause::other)?;
        let resolver = DefaultResolver::new();
        let endpoint = ResolveEndpoint::resolve_endpoint(&resolver, &params).await;
        endpoint
            .map(|endpoint| endpoint.url().to_owned())
            .map_err(|error| Cause::incomplete(&error.to_string()))
    }
}
