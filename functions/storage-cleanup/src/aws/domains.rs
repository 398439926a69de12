//! Which domains are there. The one question whose wrong answer would cost somebody's data: only `ResourceNotFound` means
//! that a domain is gone.

use super::Aws;
use super::error::Error;
use crate::seen::Domain;
use aws_sdk_sagemaker::operation::describe_domain::DescribeDomainError;
use aws_sdk_sagemaker::types::DomainStatus;
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::batch::AT_ONCE;
use shared::error::{Cause, cause};
use std::collections::{BTreeMap, BTreeSet};

impl Aws {
    /// Those of these domains that are there.
    pub(super) async fn domains(&self, ids: BTreeSet<String>) -> Result<BTreeMap<String, Domain>, Error> {
        let looks = ids.into_iter().map(|id| async move {
            let found = self.domain(&id).await?;
            Ok(found.map(|(state, _)| (id, state)))
        });
        stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// The ids of the domains that are in a VPC, other than this one.
    pub(super) async fn domains_in(&self, vpc: &str, but: Option<&str>) -> Result<Vec<String>, Error> {
        let listed = self.sagemaker.list_domains().into_paginator().items().send().try_collect().await;
        let listed =
            listed.map_err(|error| Error::List { what: "domains".to_owned(), source: cause(error) })?;
        let ids = listed.into_iter().filter_map(|domain| domain.domain_id).filter(|id| Some(&**id) != but);
        let looks = ids.map(|id| async move {
            let found = self.domain(&id).await?;
            Ok(found.filter(|(_, its)| its.as_deref() == Some(vpc)).map(|_| id))
        });
        stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// How a domain is, and its VPC.
    async fn domain(&self, id: &str) -> Result<Option<(Domain, Option<String>)>, Error> {
        let told = |source: Cause| Error::Look { what: format!("domain {id}"), source };
        match self.sagemaker.describe_domain().domain_id(id).send().await {
            Ok(found) => {
                let state = match &found.status {
                    Some(DomainStatus::Deleting) => Domain::Leaving,
                    status => {
                        Domain::There(status.as_ref().map_or("no status", DomainStatus::as_str).to_owned())
                    }
                };
                Ok(Some((state, found.vpc_id)))
            }
            Err(error)
                if error.as_service_error().is_some_and(DescribeDomainError::is_resource_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(told(cause(error))),
        }
    }
}
