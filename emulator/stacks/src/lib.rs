//! Stacks of CloudFormation that a service of the emulator makes, changes and deletes with given credentials, and follows to the
//! end of each operation. Every call goes through the endpoint: IAM is asked, and the call is recorded.

mod object;
mod progress;

pub use object::object;
pub use progress::{FailedResource, Failure, Observation, Output, Progress};

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_cloudformation::types::{Capability, Parameter, Tag};
use emulator_core::{Clock, Credentials, Refused, ServiceContext};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often a service looks at a stack.
const LOOK: Duration = Duration::from_secs(5);

/// The code of what CloudFormation has no code of its own for: among others a stack that is not there.
pub(crate) const VALIDATION: &str = "ValidationError";

/// What CloudFormation says to an update without changes. It has neither a code nor a type of its own for that.
pub const NO_UPDATES: &str = "No updates are to be performed";

/// A template: where it is, or its text.
#[derive(Clone, Debug)]
pub enum Template {
    Url(String),
    Body(String),
}

impl Template {
    fn url(&self) -> Option<String> {
        if let Self::Url(url) = self { Some(url.clone()) } else { None }
    }

    fn body(&self) -> Option<String> {
        if let Self::Body(body) = self { Some(body.clone()) } else { None }
    }
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    New(String),
    Previous,
}

/// A stack is to be so.
#[derive(Clone, Debug)]
pub struct Spec {
    pub name: String,
    pub template: Template,
    pub parameters: Vec<(String, Value)>,
    pub tags: Vec<(String, String)>,
    pub capabilities: Vec<String>,
    pub notifications: Vec<String>,
    /// The ARN of the service role of a new stack.
    pub role: Option<String>,
}

/// The capabilities that services acknowledge for their users.
#[must_use]
pub fn all_capabilities() -> Vec<String> {
    let all = [Capability::CapabilityIam, Capability::CapabilityNamedIam, Capability::CapabilityAutoExpand];
    all.map(|capability| capability.as_str().to_owned()).into()
}

/// CloudFormation as someone with these credentials.
#[derive(Clone, Debug)]
pub struct Stacks {
    client: Client,
    clock: Clock,
}

impl Stacks {
    /// In the Region of the context.
    pub async fn new(context: &ServiceContext, credentials: &Credentials) -> Self {
        Self { client: Client::new(&context.sdk(credentials).await), clock: context.clock.clone() }
    }

    /// The ARN of the new stack.
    ///
    /// # Errors
    /// If CloudFormation refuses it.
    pub async fn create(&self, spec: &Spec) -> Result<String, Refused> {
        let create = self.client.create_stack().stack_name(&spec.name).set_role_arn(spec.role.clone());
        let create = create
            .set_template_url(spec.template.url())
            .set_template_body(spec.template.body())
            .set_parameters(Some(parameters(spec)))
            .set_tags(Some(tags(spec)))
            .set_capabilities(Some(capabilities(spec)));
        let notifications = Some(spec.notifications.clone()).filter(|all| !all.is_empty());
        let made = create.set_notification_arns(notifications).send().await.map_err(refused)?;
        Ok(made.stack_id.unwrap_or_default())
    }

    /// Begins to update a stack, named in the spec by its name or its ARN. Whether there is something to update.
    ///
    /// # Errors
    /// If CloudFormation refuses it.
    pub async fn update(&self, spec: &Spec) -> Result<bool, Refused> {
        let update = self.client.update_stack().stack_name(&spec.name);
        let update = update
            .set_template_url(spec.template.url())
            .set_template_body(spec.template.body())
            .set_parameters(Some(parameters(spec)))
            .set_tags(Some(tags(spec)))
            .set_capabilities(Some(capabilities(spec)));
        match update.send().await.map_err(refused) {
            Err(error) if error.code == VALIDATION && error.message.contains(NO_UPDATES) => Ok(false),
            other => other.map(|_| true),
        }
    }

    /// Begins to delete a stack.
    ///
    /// # Errors
    /// If CloudFormation refuses it.
    pub async fn delete(&self, stack: &str) -> Result<(), Refused> {
        self.client.delete_stack().stack_name(stack).send().await.map(drop).map_err(refused)
    }

    /// The names of the parameters of a template.
    ///
    /// # Errors
    /// If CloudFormation refuses the template or its reader.
    pub async fn parameters(&self, template: &Template) -> Result<BTreeSet<String>, Refused> {
        let summary = self.client.get_template_summary();
        let summary = summary.set_template_url(template.url()).set_template_body(template.body());
        let found = summary.send().await.map_err(refused)?.parameters.unwrap_or_default();
        Ok(found.into_iter().filter_map(|parameter| parameter.parameter_key).collect())
    }

    /// Looks at a stack until its operation has ended, and tells each look. The last one, which is not `Running` nor
    /// `RollingBack`.
    ///
    /// # Errors
    /// If the stack cannot be looked at.
    pub async fn follow(
        &self,
        stack: &str,
        mut tell: impl FnMut(&Observation) + Send,
    ) -> Result<Observation, Refused> {
        loop {
            tokio::time::sleep(self.clock.scaled(LOOK)).await;
            let observation = self.observe(stack).await?;
            tell(&observation);
            if !matches!(observation.progress, Progress::Running | Progress::RollingBack) {
                return Ok(observation);
            }
        }
    }
}

fn parameters(spec: &Spec) -> Vec<Parameter> {
    let parameter = |(key, value): &(String, Value)| {
        let parameter = Parameter::builder().parameter_key(key);
        match value {
            Value::New(value) => parameter.parameter_value(value).build(),
            Value::Previous => parameter.use_previous_value(true).build(),
        }
    };
    spec.parameters.iter().map(parameter).collect()
}

fn tags(spec: &Spec) -> Vec<Tag> {
    spec.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn capabilities(spec: &Spec) -> Vec<Capability> {
    spec.capabilities.iter().map(|name| Capability::from(name.as_str())).collect()
}

/// An error of CloudFormation, or of the way to it.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub fn refused<E: ProvideErrorMetadata + std::error::Error + 'static>(error: SdkError<E>) -> Refused {
    match error.as_service_error() {
        Some(refused) => Refused {
            code: refused.code().unwrap_or("InternalFailure").to_owned(),
            message: refused.message().unwrap_or_default().to_owned(),
        },
        None => Refused { code: String::new(), message: DisplayErrorContext(&error).to_string() },
    }
}
