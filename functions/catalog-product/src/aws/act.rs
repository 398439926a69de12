//! The calls that change something.

use super::{Aws, Error, not_there, read};
use crate::observation::Status;
use crate::plan::{ProductAction, entry};
use crate::spec::Launch;
use aws_sdk_servicecatalog::types::{PrincipalType, ProvisioningParameter};
use shared::error::{Class, cause, chain, refused};
use shared::reconcile::batch::{self, Ended, Postponed};
use tokio::time::Instant;

impl Aws {
    /// Makes an action. What another run did first is done.
    pub(crate) async fn act(&self, next: &ProductAction, until: Instant) -> Result<Postponed, Error> {
        let one = std::slice::from_ref(next);
        batch::each(one, until, |action| self.call(action)).await.finish()
    }

    async fn call(&self, action: &ProductAction) -> Result<Ended, Error> {
        match action {
            ProductAction::Associate { portfolio, role } => self.associate(portfolio, role).await,
            ProductAction::Provision { launch, path } => self.provision(launch, path).await,
            ProductAction::Record { product, id } => self.record(product, id).await,
            ProductAction::Terminate { id, name, token } => self.terminate(id, name, token).await,
            ProductAction::Forget { product } => self.forget(product).await,
        }
    }

    async fn associate(&self, portfolio: &str, role: &str) -> Result<Ended, Error> {
        let call = self.catalog.associate_principal_with_portfolio().portfolio_id(portfolio);
        match call.principal_arn(role).principal_type(PrincipalType::Iam).send().await {
            Ok(_) => Ok(Ended::Done),
            Err(error) => {
                let (role, portfolio) = (role.to_owned(), portfolio.to_owned());
                Err(Error::Associate { role, portfolio, source: cause(error) })
            }
        }
    }

    async fn provision(&self, launch: &Launch, path: &str) -> Result<Ended, Error> {
        let parameter = |(key, value): (&String, &shared::secret::Secret<String>)| {
            ProvisioningParameter::builder().key(key).value(value.expose()).build()
        };
        let parameters: Vec<_> = launch.parameters.iter().map(parameter).collect();
        let call = self
            .catalog
            .provision_product()
            .product_id(&launch.product)
            .provisioning_artifact_id(&launch.artifact)
            .path_id(path)
            .provisioned_product_name(&launch.name)
            .provision_token(launch.token())
            .set_provisioning_parameters((!parameters.is_empty()).then_some(parameters));
        let failed = |source| Error::Provision { name: launch.name.clone(), source };
        match call.send().await {
            Ok(_) => Ok(Ended::Done),
            // Another run was first: the next step sees what it made.
            Err(error) if refused(&error, &["DuplicateResourceException"]) => {
                Ok(Ended::Held(chain(&failed(cause(error)))))
            }
            Err(error) => Err(failed(cause(error))),
        }
    }

    async fn record(&self, product: &str, id: &str) -> Result<Ended, Error> {
        let name = entry(product);
        match self.ssm.put(&name, id).await {
            Ok(()) => Ok(Ended::Done),
            Err(source) => Err(Error::WriteEntry { name, source }),
        }
    }

    async fn terminate(&self, id: &str, name: &str, token: &str) -> Result<Ended, Error> {
        let call = self.catalog.terminate_provisioned_product().provisioned_product_id(id);
        let record = match call.terminate_token(token).send().await {
            Ok(answer) => answer.record_detail.as_ref().map(read::record),
            Err(error) if not_there(&error) => return Ok(Ended::Done),
            Err(error) => return Err(Error::Terminate { name: name.to_owned(), source: cause(error) }),
        };
        match record.map(|record| record.status) {
            // The answer to an earlier call of this run.
            Some(Status::Failed(reason)) => Err(Error::NotTerminated { name: name.to_owned(), reason }),
            _ => Ok(Ended::Done),
        }
    }

    async fn forget(&self, product: &str) -> Result<Ended, Error> {
        let name = entry(product);
        match self.ssm.delete(&name).await {
            Ok(()) => Ok(Ended::Done),
            Err(cause) if cause.class() == Class::NotFound => Ok(Ended::Done),
            Err(source) => Err(Error::DeleteEntry { name, source }),
        }
    }
}
