//! The calls. The only file that knows the SDK; what leaves it is plain data.

use crate::observation::{Observation, Portfolio};
use crate::plan::Action;
use crate::spec::{Kind, Principal};
use aws_sdk_servicecatalog::types::{PortfolioDetail, PrincipalType};
use serde::Deserialize;
use serde_json::json;
use shared::aws::SdkConfig;
use shared::aws::sagemaker::SageMaker;
use shared::error::{Cause, Class, cause};
use shared::reconcile::batch::{self, Ended, Postponed};
use tokio::time::Instant;

/// Who shares the portfolio with the templates of projects.
const PROVIDER: &str = "Amazon SageMaker";

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("could not read whether SageMaker projects are enabled")]
    Status(#[source] Cause),
    #[error("could not enable SageMaker projects")]
    Enable(#[source] Cause),
    #[error("could not list the portfolios that the account has accepted")]
    Shares(#[source] Cause),
    #[error("could not list who has access to portfolio {portfolio}")]
    Principals { portfolio: String, source: Cause },
    #[error("could not give {principal} access to portfolio {portfolio}")]
    Associate { principal: String, portfolio: String, source: Cause },
    #[error("could not take access to portfolio {portfolio} away from {principal}")]
    Disassociate { principal: String, portfolio: String, source: Cause },
}

/// The services.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    sagemaker: SageMaker,
    catalog: aws_sdk_servicecatalog::Client,
}

/// What `GetSagemakerServicecatalogPortfolioStatus` answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PortfolioStatus {
    status: Option<String>,
}

impl Aws {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self { sagemaker: SageMaker::new(config), catalog: aws_sdk_servicecatalog::Client::new(config) }
    }

    pub(crate) async fn observe(&self) -> Result<Observation, Error> {
        let asked = self.sagemaker.call("GetSagemakerServicecatalogPortfolioStatus", &json!({})).await;
        let PortfolioStatus { status } = asked.map_err(Error::Status)?;
        let portfolio = match self.portfolio().await? {
            Some(id) => Some(Portfolio { principals: self.principals(&id).await?.into_iter().collect(), id }),
            None => None,
        };
        Ok(Observation { enabled: status.as_deref() == Some("Enabled"), portfolio })
    }

    /// SageMaker's portfolio, of which there is one. Were there more, it would be the one that was made last.
    async fn portfolio(&self) -> Result<Option<String>, Error> {
        let mut found: Vec<PortfolioDetail> = Vec::new();
        let mut pages = self.catalog.list_accepted_portfolio_shares().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::Shares(cause(error)))?;
            let shares = page.portfolio_details.unwrap_or_default().into_iter();
            found.extend(shares.filter(|share| share.provider_name() == Some(PROVIDER)));
        }
        let last = found.into_iter().max_by_key(|share| share.created_time.map(|time| time.secs()));
        Ok(last.and_then(|share| share.id))
    }

    async fn principals(&self, portfolio: &str) -> Result<Vec<Principal>, Error> {
        let mut found = Vec::new();
        let mut pages =
            self.catalog.list_principals_for_portfolio().portfolio_id(portfolio).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::Principals {
                portfolio: portfolio.to_owned(),
                source: cause(error),
            })?;
            for principal in page.principals.unwrap_or_default() {
                let kind = match principal.principal_type {
                    Some(PrincipalType::Iam) => Kind::Role,
                    Some(PrincipalType::IamPattern) => Kind::Pattern,
                    _ => continue,
                };
                found.extend(principal.principal_arn.map(|arn| Principal { arn, kind }));
            }
        }
        Ok(found)
    }

    /// Makes an action; which of its calls are postponed.
    pub(crate) async fn act(&self, action: &Action, until: Instant) -> Result<Postponed, Error> {
        match action {
            Action::Enable => {
                let enabled = self.sagemaker.run("EnableSagemakerServicecatalogPortfolio", &json!({})).await;
                enabled.map(|()| Postponed::default()).map_err(Error::Enable)
            }
            Action::Associate { portfolio, principals } => {
                let give = |principal| self.associate(portfolio, principal);
                batch::each(principals, until, give).await.finish()
            }
            Action::Disassociate { portfolio, principals } => {
                let take = |principal| self.disassociate(portfolio, principal);
                batch::each(principals, until, take).await.finish()
            }
        }
    }

    async fn associate(&self, portfolio: &str, principal: &Principal) -> Result<Ended, Error> {
        let call = self.catalog.associate_principal_with_portfolio().portfolio_id(portfolio);
        let call = call.principal_arn(&principal.arn).principal_type(kind(principal));
        call.send().await.map(|_| Ended::Done).map_err(|error| Error::Associate {
            principal: principal.arn.clone(),
            portfolio: portfolio.to_owned(),
            source: cause(error),
        })
    }

    /// What has no access any more is done.
    async fn disassociate(&self, portfolio: &str, principal: &Principal) -> Result<Ended, Error> {
        let call = self.catalog.disassociate_principal_from_portfolio().portfolio_id(portfolio);
        let call = call.principal_arn(&principal.arn).principal_type(kind(principal));
        match call.send().await.map_err(cause) {
            Ok(_) => Ok(Ended::Done),
            Err(cause) if cause.class() == Class::NotFound => Ok(Ended::Done),
            Err(source) => Err(Error::Disassociate {
                principal: principal.arn.clone(),
                portfolio: portfolio.to_owned(),
                source,
            }),
        }
    }
}

fn kind(of: &Principal) -> PrincipalType {
    match of.kind {
        Kind::Role => PrincipalType::Iam,
        Kind::Pattern => PrincipalType::IamPattern,
    }
}
