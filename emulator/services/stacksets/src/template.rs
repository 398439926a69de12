//! The template of a stack set: in the call, or in S3 and read with the permissions of the caller.

use crate::StackSets;
use crate::failure::{invalid, unknown_caller};
use emulator_core::{Call, Failure, ServiceContext, text};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The longest template in a call, in bytes: the quota "Template body size in a request" of CloudFormation's user guide.
pub(crate) const LONGEST_BODY: usize = 51_200;

/// A template and what it declares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    pub(crate) text: String,
    /// Its section `Parameters`.
    pub(crate) parameters: Map<String, Value>,
    /// What has to be acknowledged.
    pub(crate) capabilities: Vec<String>,
}

/// What ministack says to a template.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Read { parameters: Map<String, Value>, capabilities: Vec<String> },
    Refused { refused: String },
}

impl Template {
    /// The template that a call gives; none if it gives none.
    pub(crate) async fn of_call(service: &StackSets, call: &Call) -> Result<Option<Self>, Failure> {
        let (body, url) = (text(&call.input, "TemplateBody"), text(&call.input, "TemplateURL"));
        let text = match (body, url) {
            ("", "") => return Ok(None),
            (body, "") if body.len() > LONGEST_BODY => {
                let message = "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200";
                return Err(invalid(message));
            }
            (body, "") => body.to_owned(),
            ("", url) => object(&service.context, &call.caller.access_key, url).await?,
            _ => return Err(invalid("You can specify either TemplateBody or TemplateURL, not both")),
        };
        Self::read(&service.context, text).await.map(Some)
    }

    async fn read(context: &ServiceContext, text: String) -> Result<Self, Failure> {
        match context.bridge.post("describe_template", &json!({"text": text})).await? {
            Answer::Read { parameters, capabilities } => Ok(Self { text, parameters, capabilities }),
            Answer::Refused { refused } => Err(invalid(refused)),
        }
    }

    /// The template as CloudFormation takes it for a stack: a long one from where the service keeps it.
    pub(crate) async fn published(
        &self,
        context: &ServiceContext,
        set: &str,
    ) -> Result<emulator_stacks::Template, Failure> {
        if self.text.len() <= LONGEST_BODY {
            return Ok(emulator_stacks::Template::Body(self.text.clone()));
        }
        let ServiceContext { account, region, .. } = context;
        let key = set.replace(':', "-");
        let url = format!("https://stack-sets-{region}.s3.{region}.amazonaws.com/{account}/{key}.template");
        let copy = json!({"url": url, "text": self.text});
        context.bridge.post::<Value>("keep_stack_set_template", &copy).await?;
        Ok(emulator_stacks::Template::Url(url))
    }
}

/// An object of S3, read by the caller.
pub(crate) async fn object(context: &ServiceContext, access_key: &str, url: &str) -> Result<String, Failure> {
    let credentials = context.bridge.forward(access_key).await.map_err(unknown_caller)?;
    let read = emulator_stacks::object(context, &credentials, url).await;
    read.map_err(|why| match why.code.as_str() {
        "AccessDenied" => invalid("S3 error: Access Denied"),
        "" => invalid(format!("TemplateURL must be a supported URL. {}", why.message)),
        code => invalid(format!("S3 error: {code}")),
    })
}
