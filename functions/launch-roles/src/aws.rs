//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::answer;
use crate::observation::{Observation, Role};
use crate::spec::{Properties, Spec};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_iam::operation::get_role::GetRoleError;
use shared::aws::SdkConfig;
use shared::aws::trust::TrustPolicy;
use shared::drivers::cloudformation::{LookUp, Origin};
use shared::error::{Cause, cause};
use shared::reconcile::output::Output;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read role {name}")]
    Role { name: String, source: Cause },
    #[error("could not find the stack of role {name}")]
    Owner { name: String, source: Cause },
    #[error("could not read stack {stack}")]
    Stack { stack: String, source: Cause },
}

/// The function.
#[derive(Clone, Debug)]
pub struct LaunchRoles {
    iam: aws_sdk_iam::Client,
    cloudformation: aws_sdk_cloudformation::Client,
}

impl LaunchRoles {
    /// The function, with clients made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            iam: aws_sdk_iam::Client::new(config),
            cloudformation: aws_sdk_cloudformation::Client::new(config),
        }
    }
}

impl LookUp for LaunchRoles {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    /// One for each stack: another list of names changes the attributes, and replaces nothing.
    fn physical_id(_properties: &Properties) -> String {
        "launch-roles".to_owned()
    }

    fn spec(origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read(origin)
    }

    /// The roles of the spec that exist.
    async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        let mut observed = Observation::default();
        for wanted in &spec.roles {
            let name = &wanted.name;
            let Some(role) = self.role(name).await? else { continue };
            let made_here = match &spec.stack {
                Some(stack) => self.has(stack, name).await?,
                None => false,
            };
            // A policy that cannot be read trusts nobody.
            let policy = TrustPolicy::read(role.assume_role_policy_document().unwrap_or_default());
            let trusts = policy.map(|policy| policy.services()).unwrap_or_default();
            observed.roles.insert(name.clone(), Role { path: role.path, trusts, made_here });
        }
        Ok(observed)
    }

    fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
        answer::answer(spec, observed)
    }
}

impl LaunchRoles {
    async fn role(&self, name: &str) -> Result<Option<aws_sdk_iam::types::Role>, Error> {
        match self.iam.get_role().role_name(name).send().await {
            Ok(found) => Ok(found.role),
            Err(error) if error.as_service_error().is_some_and(GetRoleError::is_no_such_entity_exception) => {
                Ok(None)
            }
            Err(error) => Err(Error::Role { name: name.to_owned(), source: cause(error) }),
        }
    }

    /// Whether a stack has a role, or one of the stacks that are nested in it.
    async fn has(&self, stack: &str, role: &str) -> Result<bool, Error> {
        let mut above = self.owner(role).await?;
        while let Some(found) = above {
            if found == stack {
                return Ok(true);
            }
            above = self.parent(&found).await?;
        }
        Ok(false)
    }

    /// The stack that has a role.
    async fn owner(&self, role: &str) -> Result<Option<String>, Error> {
        let asked = self.cloudformation.describe_stack_resources().physical_resource_id(role).send().await;
        match asked {
            Ok(found) => Ok(found.stack_resources().iter().find_map(|it| it.stack_id.clone())),
            // The code of a resource that no stack has.
            Err(error) if error.code() == Some("ValidationError") => Ok(None),
            Err(error) => Err(Error::Owner { name: role.to_owned(), source: cause(error) }),
        }
    }

    /// The stack that a stack is nested in.
    async fn parent(&self, stack: &str) -> Result<Option<String>, Error> {
        let asked = self.cloudformation.describe_stacks().stack_name(stack).send().await;
        let found = asked.map_err(|error| Error::Stack { stack: stack.to_owned(), source: cause(error) })?;
        Ok(found.stacks().first().and_then(|stack| stack.parent_id.clone()))
    }
}
