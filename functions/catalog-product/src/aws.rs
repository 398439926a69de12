//! The calls to Service Catalog, SSM and IAM, each with its harmless refusals written out. The only file, with those below it,
//! that knows the SDKs; what leaves it is plain data.

mod act;
mod browse;
mod error;
mod read;

pub use error::Error;

use crate::observation::{Observation, Offer, Provisioned};
use crate::plan::entry;
use crate::spec::{Launch, Spec, Termination};
use aws_sdk_servicecatalog::Client;
use shared::aws::SdkConfig;
use shared::aws::ssm::Ssm;
use shared::error::{Class, cause};

/// Things per page: the most that Service Catalog gives.
const PAGE: i32 = 20;

/// The services.
#[derive(Clone, Debug)]
pub struct Aws {
    catalog: Client,
    ssm: Ssm,
    iam: aws_sdk_iam::Client,
    /// The name of the function's own role.
    role: String,
}

impl Aws {
    /// Clients for the account and Region of the configuration.
    #[must_use]
    pub fn new(config: &SdkConfig, role: String) -> Self {
        Self {
            catalog: Client::new(config),
            ssm: Ssm::new(config),
            iam: aws_sdk_iam::Client::new(config),
            role,
        }
    }

    /// Reads what a spec needs to know.
    pub(crate) async fn observe(&self, spec: &Spec) -> Result<Observation, Error> {
        match spec {
            Spec::Associate { portfolio } => self.access(portfolio).await,
            Spec::Provision(launch) => self.launch(launch).await,
            Spec::Terminate(asked) => self.end(asked).await,
        }
    }

    async fn access(&self, portfolio: &str) -> Result<Observation, Error> {
        let role = self.role_arn().await?;
        let list = self.catalog.list_principals_for_portfolio().portfolio_id(portfolio).page_size(PAGE);
        let mut pages = list.into_paginator().send();
        let mut associated = false;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|source| Error::Principals {
                portfolio: portfolio.to_owned(),
                source: cause(source),
            })?;
            associated |= page.principals().iter().any(|it| it.principal_arn() == Some(role.as_str()));
        }
        Ok(Observation::Access { role, associated })
    }

    /// The ARN of the function's own role, with its path: the identity of a session has none.
    async fn role_arn(&self) -> Result<String, Error> {
        let asked = self.iam.get_role().role_name(&self.role).send().await;
        let failed = |source| Error::Role { role: self.role.clone(), source };
        let found = asked.map_err(|source| failed(cause(source)))?;
        let arn = found.role.map(|role| role.arn).filter(|arn| !arn.is_empty());
        arn.ok_or_else(|| failed(shared::error::Cause::incomplete("no ARN")))
    }

    async fn launch(&self, launch: &Launch) -> Result<Observation, Error> {
        let entry = if launch.entry { self.recorded(&launch.product).await? } else { None };
        let recorded = match entry {
            Some(id) => self.by_id(&id).await?,
            None => None,
        };
        let named = match &recorded {
            Some(it) if it.name == launch.name => recorded.clone(),
            _ => self.by_name(&launch.name).await?,
        };
        let offer = if named.is_none() { Some(self.offer(launch).await?) } else { None };
        Ok(Observation::Launch { recorded, named, offer })
    }

    async fn end(&self, asked: &Termination) -> Result<Observation, Error> {
        let recorded = self.recorded(&asked.product).await?;
        if let Some(id) = &asked.id {
            let found = self.by_id(id).await?;
            return Ok(Observation::End { recorded: recorded.as_ref() == Some(id), found });
        }
        let found = match &recorded {
            Some(id) => self.by_id(id).await?,
            None => None,
        };
        let found = match found {
            Some(found) => Some(found),
            None => self.by_name(&asked.name).await?,
        };
        Ok(Observation::End { recorded: recorded.is_some(), found })
    }

    /// The id that the SSM parameter of a product holds.
    async fn recorded(&self, product: &str) -> Result<Option<String>, Error> {
        let name = entry(product);
        match self.ssm.parameter(&name).await {
            Ok(found) => Ok(found.value.map(|id| id.expose().clone()).filter(|id| !id.is_empty())),
            Err(cause) if cause.class() == Class::NotFound => Ok(None),
            Err(source) => Err(Error::ReadEntry { name, source }),
        }
    }

    async fn by_id(&self, id: &str) -> Result<Option<Provisioned>, Error> {
        self.provisioned(id, self.catalog.describe_provisioned_product().id(id)).await
    }

    async fn by_name(&self, name: &str) -> Result<Option<Provisioned>, Error> {
        self.provisioned(name, self.catalog.describe_provisioned_product().name(name)).await
    }

    async fn provisioned(
        &self,
        what: &str,
        call: aws_sdk_servicecatalog::operation::describe_provisioned_product::builders::DescribeProvisionedProductFluentBuilder,
    ) -> Result<Option<Provisioned>, Error> {
        let failed = |source| Error::Describe { what: format!("provisioned product {what}"), source };
        let found = match call.send().await {
            Ok(found) => found.provisioned_product_detail,
            Err(error) if not_there(&error) => return Ok(None),
            Err(error) => return Err(failed(cause(error))),
        };
        let missing = || failed(shared::error::Cause::incomplete("no detail of it"));
        let found = found.ok_or_else(missing)?;
        let Some(id) = found.last_record_id() else { return Err(missing()) };
        let record = match self.catalog.describe_record().id(id).send().await {
            Ok(answer) => answer.record_detail,
            // Terminated meanwhile.
            Err(error) if not_there(&error) => return Ok(None),
            Err(error) => return Err(Error::Describe { what: format!("record {id}"), source: cause(error) }),
        };
        let record = read::record(&record.ok_or_else(missing)?);
        read::provisioned(&found, record).map(Some).ok_or_else(missing)
    }

    /// How the product of a launch can be launched.
    async fn offer(&self, launch: &Launch) -> Result<Offer, Error> {
        let Launch { product, artifact, path: wanted, .. } = launch;
        let mut paths = self.paths(product).await?;
        if let Some(wanted) = wanted {
            paths.retain(|it| it.id == *wanted || it.name == *wanted);
        }
        let path = match &paths[..] {
            [] => return Ok(Offer::NoPath),
            [path] => &path.id,
            many => return Ok(Offer::Paths(many.iter().map(|it| it.name.clone()).collect())),
        };
        let call = self.catalog.describe_provisioning_parameters().product_id(product).path_id(path);
        match call.provisioning_artifact_id(artifact).send().await {
            Ok(found) => {
                let keys = found.provisioning_artifact_parameters().iter();
                let parameters = keys.filter_map(|it| it.parameter_key().map(str::to_owned)).collect();
                Ok(Offer::Version { path: path.to_owned(), parameters })
            }
            Err(error) if not_there(&error) => Ok(Offer::NoVersion),
            Err(error) => Err(Error::Offer { product: product.clone(), source: cause(error) }),
        }
    }
}

/// Whether AWS says that something does not exist.
fn not_there<E>(error: &aws_sdk_servicecatalog::error::SdkError<E>) -> bool
where
    E: aws_sdk_servicecatalog::error::ProvideErrorMetadata + aws_smithy_types::retry::ProvideErrorKind,
{
    Class::of(error) == Class::NotFound
}
