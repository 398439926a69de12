//! The template of a version: read with the permissions of who makes the version, and kept.

use crate::ServiceCatalog;
use crate::constraint::Limits;
use crate::failure::{invalid, unknown_caller};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use emulator_core::{Credentials, Failure, ServiceContext};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A template as Service Catalog keeps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    /// Where it was read.
    pub(crate) source: Source,
    pub(crate) text: String,
    /// Its section `Parameters`.
    pub(crate) parameters: Map<String, Value>,
    /// The descriptions of its outputs.
    pub(crate) outputs: BTreeMap<String, Option<String>>,
}

/// What a version was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Url(String),
    /// The ARN of a stack.
    Stack(String),
}

impl Default for Source {
    fn default() -> Self {
        Self::Url(String::new())
    }
}

/// What ministack says to a template.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Read(Read),
    Refused { refused: String },
}

/// What it finds in it.
#[derive(Deserialize)]
struct Read {
    text: String,
    parameters: Map<String, Value>,
    outputs: BTreeMap<String, Option<String>>,
}

impl Template {
    /// Reads and checks the template that `Info` names, as the caller.
    pub(crate) async fn of_info(
        service: &ServiceCatalog,
        access_key: &str,
        info: &Value,
        validate: bool,
    ) -> Result<Self, Failure> {
        let credentials = service.context.bridge.forward(access_key).await.map_err(unknown_caller)?;
        let named = |name: &str| info[name].as_str().filter(|value| !value.is_empty());
        let (source, text) = match (named("LoadTemplateFromURL"), named("ImportFromPhysicalId")) {
            (Some(url), None) => {
                let text = object(&service.context, &credentials, url).await?;
                if validate {
                    check(&service.context, &credentials, url).await?;
                }
                (Source::Url(url.to_owned()), text)
            }
            (None, Some(stack)) => {
                let text = of_stack(&service.context, &credentials, stack).await?;
                (Source::Stack(stack.to_owned()), text)
            }
            _ => {
                let message = "The provisioning artifact info must have one of LoadTemplateFromURL, ImportFromPhysicalId.";
                return Err(invalid(message));
            }
        };
        let read = read(&service.context, &text, &[]).await?;
        Ok(Self { source, text, parameters: read.parameters, outputs: read.outputs })
    }

    /// Puts a copy with the rules of the constraints to where the stack of a provisioned product is made from. Its URL.
    pub(crate) async fn publish(
        &self,
        context: &ServiceContext,
        artifact: &str,
        limits: &Limits,
    ) -> Result<String, Failure> {
        let read = read(context, &self.text, &limits.rules).await?;
        let unique = emulator_core::random_id(8);
        let ServiceContext { account, region, .. } = context;
        let url = format!(
            "https://sc-templates-{region}.s3.{region}.amazonaws.com/{account}/{artifact}-{unique}.template"
        );
        let copy = json!({"url": url, "text": read.text});
        context.bridge.post::<Value>("keep_template", &copy).await?;
        Ok(url)
    }
}

async fn read(context: &ServiceContext, text: &str, rules: &[(String, Value)]) -> Result<Read, Failure> {
    let asked = json!({"text": text, "rules": rules});
    match context.bridge.post("read_template", &asked).await? {
        Answer::Read(read) => Ok(read),
        Answer::Refused { refused } => Err(invalid(refused)),
    }
}

/// An object of S3, read by the caller.
async fn object(context: &ServiceContext, credentials: &Credentials, url: &str) -> Result<String, Failure> {
    let read = emulator_stacks::object(context, credentials, url).await;
    read.map_err(|why| invalid(format!("Cannot access a template. Please check the url. {}", why.message)))
}

/// Has CloudFormation check a template for the caller.
async fn check(context: &ServiceContext, credentials: &Credentials, url: &str) -> Result<(), Failure> {
    let client = aws_sdk_cloudformation::Client::new(&context.sdk(credentials).await);
    match client.validate_template().template_url(url).send().await {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = error.into_service_error();
            let message = error.message().unwrap_or("CloudFormation does not take it.").to_owned();
            if error.code() == Some("AccessDenied") {
                return Err(Failure::new("AccessDeniedException", message));
            }
            Err(invalid(format!(
                "Invalid templateBody. Please make sure that your template is valid. {message}"
            )))
        }
    }
}

/// The template of a stack, read by the caller.
async fn of_stack(
    context: &ServiceContext,
    credentials: &Credentials,
    stack: &str,
) -> Result<String, Failure> {
    let client = aws_sdk_cloudformation::Client::new(&context.sdk(credentials).await);
    let got = client.get_template().stack_name(stack).send().await;
    let got = got.map_err(|error| {
        let error = error.into_service_error();
        invalid(format!("Cannot access a stack. {}", error.message().unwrap_or_default()))
    })?;
    Ok(got.template_body.unwrap_or_default())
}
