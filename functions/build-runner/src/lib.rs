//! Runs a build of a CodeBuild project for each request of CloudFormation, and answers when the build has ended. On Delete it stops what
//! still runs.

mod aws;
pub mod observation;
pub mod plan;
pub mod spec;
pub mod variables;

#[cfg(test)]
mod aws_tests;

pub use aws::Error;
pub use observation::Observation;
pub use plan::Action;
pub use spec::{Properties, Spec};

use crate::aws::Aws;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use shared::aws::SdkConfig;
use shared::drivers::cloudformation::{Origin, RequestType, Resource};
use shared::drivers::codepipeline::PipelineAction;
use shared::drivers::events::Subscriber;
use shared::reconcile::batch::Postponed;
use shared::reconcile::progress::Tracked;
use shared::reconcile::step::{Plan, Reconcile};
use tokio::time::Instant;

/// The function.
#[derive(Clone, Debug)]
pub struct BuildRunner {
    aws: Aws,
}

impl BuildRunner {
    /// The function, with a client made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { aws: Aws::new(config) }
    }
}

impl Reconcile for BuildRunner {
    type Spec = Spec;
    type Observation = Observation;
    type Action = Action;
    type Error = Error;

    async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        self.aws.observe(spec).await
    }

    fn plan(spec: &Spec, observed: &Observation) -> Plan<Action> {
        plan::plan(spec, observed)
    }

    fn resources(action: &Action) -> Vec<Tracked> {
        action.resources()
    }

    async fn act(&self, action: &Action, until: Instant) -> Result<Postponed, Error> {
        self.aws.act(action, until).await
    }
}

impl Resource for BuildRunner {
    /// Values of variables. People put into them what they should not.
    const ENCRYPTED: &'static [&'static str] = &["EnvironmentVariables"];

    type Properties = Properties;

    /// Another project is another resource: CloudFormation then deletes the old one, which stops a build of the old project.
    fn physical_id(properties: &Properties) -> String {
        format!("build-runner-{}", properties.project_name)
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read(origin)
    }

    fn again(request: RequestType) -> &'static str {
        match request {
            RequestType::Create | RequestType::Update => {
                "doing it again runs another build. CloudFormation waits for ServiceTimeout seconds, 3600 at most"
            }
            RequestType::Delete => "deleting the stack again continues where it stopped",
        }
    }
}

/// No event starts it.
impl Subscriber for BuildRunner {}

/// A pipeline runs builds by itself.
impl PipelineAction for BuildRunner {
    type Parameters = IgnoredAny;

    fn file(_parameters: &IgnoredAny) -> Option<&str> {
        None
    }

    fn spec(_parameters: IgnoredAny, _file: Option<&Map<String, Value>>) -> Result<Spec, String> {
        Err("this function is a custom resource of CloudFormation: give the pipeline an action of CodeBuild"
            .to_owned())
    }
}
