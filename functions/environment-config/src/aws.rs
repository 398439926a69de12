//! The calls. The only file that knows the APIs; what leaves it is plain data.

use crate::answer;
use crate::environment::{environment, known_domain};
use crate::observation::{Domain, Observation, Parameter, Project, Settings, Tags};
use crate::spec::{Properties, Spec};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use shared::aws::SdkConfig;
use shared::aws::sagemaker::SageMaker;
use shared::aws::ssm::Ssm;
use shared::drivers::cloudformation::{LookUp, Origin};
use shared::error::{Cause, Class};
use shared::reconcile::output::Output;
use std::collections::{BTreeMap, BTreeSet};

/// How many domains are asked for their tags at once.
const AT_ONCE: usize = 4;
/// Names that `GetParameters` takes in one call (`Names`).
const NAMES: usize = 10;

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no project {project}: correct SageMakerProjectName")]
    NoProject { project: String, source: Cause },
    #[error("there is no domain {domain}: correct DomainId, or give that of the environment")]
    NoDomain { domain: String, source: Cause },
    #[error("could not read {what}")]
    Read { what: String, source: Cause },
}

/// The function.
#[derive(Clone, Debug)]
pub struct EnvironmentConfig {
    sagemaker: SageMaker,
    ssm: Ssm,
}

/// What `DescribeProject` answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundProject {
    project_arn: Option<String>,
    created_by: Option<User>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    domain_id: Option<String>,
}

/// What a domain is, and where its tags are.
struct Found {
    arn: String,
    settings: Settings,
}

impl EnvironmentConfig {
    /// The function, with clients made once for all its events.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { sagemaker: SageMaker::new(config), ssm: Ssm::new(config) }
    }
}

impl LookUp for EnvironmentConfig {
    type Properties = Properties;
    type Spec = Spec;
    type Observation = Observation;
    type Error = Error;

    /// One for each resource: another project or other variables change the attributes, and replace nothing.
    fn physical_id(_properties: &Properties) -> String {
        "environment-config".to_owned()
    }

    fn spec(_origin: &Origin, properties: Properties) -> Result<Spec, String> {
        properties.read()
    }

    /// The project, its domain and the parameters. What is not decided ends the reading: the answer says why.
    async fn read(&self, spec: &Spec) -> Result<Observation, Error> {
        let mut observed = Observation::default();
        if let Some(project) = &spec.project {
            observed.project = Some(self.project(project).await?);
        }
        let Ok(known) = known_domain(spec, &observed) else { return Ok(observed) };
        if let Some(id) = known {
            let found = self.domain(&id).await?;
            observed.domains = vec![Domain { id, environment: self.tags(&found.arn).await? }];
            observed.settings = found.settings;
        } else {
            observed.domains = self.domains().await?;
            let Ok(chosen) = environment(spec, &observed) else { return Ok(observed) };
            observed.settings = self.domain(&chosen.domain).await?.settings;
        }
        if let Ok(environment) = environment(spec, &observed) {
            let names = spec.variables.iter().map(|variable| environment.parameter(&variable.parameter));
            observed.parameters = self.parameters(names.collect()).await?;
        }
        Ok(observed)
    }

    fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
        answer::answer(spec, observed)
    }
}

impl EnvironmentConfig {
    async fn project(&self, name: &str) -> Result<Project, Error> {
        let asked = self.sagemaker.call("DescribeProject", &json!({"ProjectName": name})).await;
        let found: FoundProject = asked.map_err(|source| match source.class() {
            Class::NotFound => Error::NoProject { project: name.to_owned(), source },
            _ => Error::Read { what: format!("project {name}"), source },
        })?;
        let domain = found.created_by.and_then(|by| by.domain_id);
        let environment = match found.project_arn {
            Some(arn) => self.tags(&arn).await?,
            None => Tags::default(),
        };
        Ok(Project { domain, environment })
    }

    async fn domain(&self, id: &str) -> Result<Found, Error> {
        let found = self.sagemaker.domain(id).await.map_err(|source| match source.class() {
            Class::NotFound => Error::NoDomain { domain: id.to_owned(), source },
            _ => Error::Read { what: format!("domain {id}"), source },
        })?;
        let users = found.default_user_settings;
        let (role, security_groups) =
            users.map(|users| (users.execution_role, users.security_groups)).unwrap_or_default();
        Ok(Found {
            arn: found.domain_arn.unwrap_or_default(),
            settings: Settings {
                vpc: found.vpc_id.unwrap_or_default(),
                subnets: found.subnet_ids.unwrap_or_default(),
                security_groups: security_groups.unwrap_or_default(),
                role: role.unwrap_or_default(),
            },
        })
    }

    /// All domains with their tags.
    async fn domains(&self) -> Result<Vec<Domain>, Error> {
        let failed = |source| Error::Read { what: "the list of domains".to_owned(), source };
        let listed = self.sagemaker.domains().await.map_err(failed)?;
        let found = listed.into_iter().filter_map(|domain| domain.domain_id.zip(domain.domain_arn));
        let tagged = found.map(|(id, arn)| async move {
            let environment = self.tags(&arn).await?;
            Ok(Domain { id, environment })
        });
        stream::iter(tagged).buffered(AT_ONCE).try_collect().await
    }

    /// The tags that name an environment.
    async fn tags(&self, arn: &str) -> Result<Tags, Error> {
        let failed = |source| Error::Read { what: format!("the tags of {arn}"), source };
        let listed = self.sagemaker.tags(arn).await.map_err(failed)?;
        let value = |key: &str| listed.iter().find(|tag| tag.key == key).map(|tag| tag.value.clone());
        Ok(Tags { name: value("EnvironmentName"), kind: value("EnvironmentType") })
    }

    /// Those of these parameters that exist.
    async fn parameters(&self, names: BTreeSet<String>) -> Result<BTreeMap<String, Parameter>, Error> {
        let mut found = BTreeMap::new();
        for some in names.into_iter().collect::<Vec<_>>().chunks(NAMES) {
            let asked = self.ssm.parameters(some).await;
            let failed = |source| Error::Read { what: format!("parameters {}", some.join(", ")), source };
            for parameter in asked.map_err(failed)? {
                let value = match &parameter.value {
                    _ if parameter.is_secure() => Parameter::Secure,
                    Some(value) => Parameter::Text(value.expose().clone()),
                    None => Parameter::Text(String::new()),
                };
                found.extend(parameter.name.map(|name| (name, value)));
            }
        }
        Ok(found)
    }
}
