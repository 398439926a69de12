//! Which domains are there. The one question whose wrong answer would cost somebody's data: only `ResourceNotFound` means
//! that a domain is gone.

use super::Aws;
use super::consumers::configured;
use super::error::Error;
use crate::observation::Domain;
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::aws::sagemaker::Status;
use shared::error::Class;
use shared::reconcile::batch::AT_ONCE;
use std::collections::{BTreeMap, BTreeSet};

/// A domain that exists.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) state: Domain,
    pub(super) vpc: Option<String>,
    /// The file system that `SageMaker` made for it.
    pub(super) home: Option<String>,
    /// The file systems that its default settings mount.
    pub(super) mounted: BTreeSet<String>,
    /// The id of the project of SageMaker Unified Studio that it is of.
    pub(super) project: Option<String>,
}

impl Aws {
    /// Those of these domains that are there.
    pub(super) async fn domains(&self, ids: BTreeSet<String>) -> Result<BTreeMap<String, Domain>, Error> {
        let looks = ids.into_iter().map(|id| async move {
            let found = self.domain(&id).await?;
            Ok(found.map(|found| (id, found.state)))
        });
        stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// The ids of the domains that are in a VPC, other than this one.
    pub(super) async fn domains_in(&self, vpc: &str, but: Option<&str>) -> Result<Vec<String>, Error> {
        let ids = self.other_domains(but).await?.into_iter();
        let looks = ids.map(|id| async move {
            let found = self.domain(&id).await?;
            Ok(found.filter(|found| found.vpc.as_deref() == Some(vpc)).map(|_| id))
        });
        stream::iter(looks)
            .buffer_unordered(AT_ONCE)
            .try_filter_map(async |found| Ok(found))
            .try_collect()
            .await
    }

    /// The ids of all domains other than this one.
    pub(super) async fn other_domains(&self, but: Option<&str>) -> Result<Vec<String>, Error> {
        let listed = self.sagemaker.domains().await;
        let listed = listed.map_err(|source| Error::List { what: "domains".to_owned(), source })?;
        let ids = listed.into_iter().filter_map(|domain| domain.domain_id);
        Ok(ids.filter(|id| Some(&**id) != but).collect())
    }

    /// A domain; nothing when it does not exist.
    pub(super) async fn domain(&self, id: &str) -> Result<Option<Described>, Error> {
        match self.sagemaker.domain(id).await {
            Ok(found) => {
                let state = match &found.status {
                    Some(Status::Deleting) => Domain::Leaving,
                    status => Domain::There(status.as_ref().map_or("no status", Status::as_str).to_owned()),
                };
                let settings = found.default_user_settings.into_iter().chain(found.default_space_settings);
                let mounted = settings.flat_map(configured).collect();
                let project = found
                    .domain_settings
                    .and_then(|of| of.unified_studio_settings)
                    .and_then(|of| of.project_id);
                let (vpc, home) = (found.vpc_id, found.home_efs_file_system_id);
                Ok(Some(Described { state, vpc, home, mounted, project }))
            }
            Err(cause) if cause.class() == Class::NotFound => Ok(None),
            Err(source) => Err(Error::Describe { what: format!("domain {id}"), source }),
        }
    }
}
