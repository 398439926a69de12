//! What else uses a file system that is to be deleted: access points, replication, and the settings of other domains with
//! their user profiles and spaces. Deleting it would take the data from all of these.

use super::Aws;
use super::error::Error;
use crate::observation::{FileSystem, Mount, Outcome, Proof, State};
use aws_sdk_efs::types::ReplicationStatus;
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::aws::sagemaker::UserSettings;
use shared::error::{Cause, Class, cause};
use shared::reconcile::batch::AT_ONCE;
use std::collections::BTreeSet;

/// A file system, and what uses it.
type Use = (String, String);

/// What a domain holds that may mount a file system of its own.
#[derive(Clone, Copy)]
enum Member {
    UserProfile,
    Space,
}

impl Member {
    fn singular(self) -> &'static str {
        match self {
            Self::UserProfile => "user profile",
            Self::Space => "space",
        }
    }
}

impl Aws {
    /// These file systems with what uses them. Every domain of the account is asked, so those of which nothing is deleted in
    /// this step cost no call: a backup or the deletion of mount targets is waited for.
    pub(super) async fn with_consumers(
        &self,
        mut of: Vec<FileSystem>,
        but: Option<&str>,
        vpcs: &BTreeSet<String>,
    ) -> Result<Vec<FileSystem>, Error> {
        let due = |found: &&mut FileSystem| {
            let backup = found.backup.as_ref().map(|backup| &backup.outcome);
            let unmounted = |mount: &Mount| mount.state == State::Leaving;
            let waits = matches!(backup, Some(Outcome::Running { .. }))
                || found.state == State::Leaving
                || found.mounts.iter().any(unmounted) && found.mounts.iter().all(unmounted);
            found.proof == Proof::Both && !waits
        };
        for found in of.iter_mut().filter(due) {
            found.consumers = self.access_points(&found.id).await?;
            found.consumers.extend(self.replications(&found.id).await?);
        }
        if of.iter_mut().any(|mut found| due(&mut found)) {
            let uses = self.uses(but, vpcs).await?;
            for found in of.iter_mut().filter(due) {
                let of_this = uses.iter().filter(|(id, _)| *id == found.id).map(|(_, user)| user.clone());
                found.consumers.extend(of_this);
            }
        }
        Ok(of)
    }

    async fn access_points(&self, file_system: &str) -> Result<BTreeSet<String>, Error> {
        let pages = self.efs.describe_access_points().file_system_id(file_system).into_paginator();
        let listed: Vec<_> = match pages.items().send().try_collect().await {
            Ok(listed) => listed,
            Err(error) if Class::of(&error) == Class::NotFound => Vec::new(),
            Err(error) => {
                let what = format!("the access points of file system {file_system}");
                return Err(Error::List { what, source: cause(error) });
            }
        };
        Ok(listed
            .into_iter()
            .filter_map(|found| found.access_point_id)
            .map(|id| format!("access point {id}"))
            .collect())
    }

    /// The replications that it is the source or a destination of: EFS deletes neither.
    async fn replications(&self, file_system: &str) -> Result<BTreeSet<String>, Error> {
        let pages =
            self.efs.describe_replication_configurations().file_system_id(file_system).into_paginator();
        let listed: Vec<_> = match pages.items().send().try_collect().await {
            Ok(listed) => listed,
            Err(error) if Class::of(&error) == Class::NotFound => Vec::new(),
            Err(error) => {
                let what = format!("the replications of file system {file_system}");
                return Err(Error::List { what, source: cause(error) });
            }
        };
        let mut names = BTreeSet::new();
        for found in listed {
            let source = found.source_file_system_id();
            for to in found.destinations().iter().filter(|to| *to.status() != ReplicationStatus::Deleting) {
                names.insert(format!(
                    "replication of {source} to {} in {}",
                    to.file_system_id(),
                    to.region()
                ));
            }
        }
        Ok(names)
    }

    /// Which file systems the domains other than this one use, with all they hold. All mount targets of a file system are in
    /// one VPC (`CreateMountTarget`), and a domain mounts through those of its own VPC: what a domain elsewhere holds is not
    /// looked at. `vpcs` are those where the file systems are or were; empty where that is not known.
    async fn uses(&self, but: Option<&str>, vpcs: &BTreeSet<String>) -> Result<Vec<Use>, Error> {
        let domains = self.other_domains(but).await?.into_iter().map(|domain| self.uses_of(domain, vpcs));
        let uses: Vec<Vec<Use>> = stream::iter(domains).buffered(AT_ONCE).try_collect().await?;
        Ok(uses.concat())
    }

    async fn uses_of(&self, domain: String, vpcs: &BTreeSet<String>) -> Result<Vec<Use>, Error> {
        let Some(described) = self.domain(&domain).await? else {
            return Ok(Vec::new());
        };
        let own =
            described.home.into_iter().chain(described.mounted).map(|id| (id, format!("domain {domain}")));
        let mut uses: Vec<_> = own.collect();
        if described.vpc.is_some_and(|vpc| !vpcs.is_empty() && !vpcs.contains(&vpc)) {
            return Ok(uses);
        }
        for member in [Member::UserProfile, Member::Space] {
            uses.extend(self.uses_within(&domain, member).await?);
        }
        Ok(uses)
    }

    /// Which file systems the user profiles or the spaces of a domain use.
    async fn uses_within(&self, domain: &str, member: Member) -> Result<Vec<Use>, Error> {
        let looks = self.names(domain, member).await?.into_iter().map(|name| async move {
            let user = format!("{} {name} of domain {domain}", member.singular());
            let mounted = match member {
                Member::UserProfile => self.mounted_by_profile(domain, &name, &user).await?,
                Member::Space => self.mounted_by_space(domain, &name, &user).await?,
            };
            Ok(mounted.into_iter().map(|id| (id, user.clone())).collect())
        });
        let uses: Vec<Vec<Use>> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        Ok(uses.concat())
    }

    async fn names(&self, domain: &str, member: Member) -> Result<Vec<String>, Error> {
        let listed = match member {
            Member::UserProfile => {
                let listed = self.sagemaker.user_profiles(domain).await;
                listed.map(|all| all.items.into_iter().filter_map(|one| one.user_profile_name).collect())
            }
            Member::Space => {
                let listed = self.sagemaker.spaces(domain).await;
                listed.map(|all| all.items.into_iter().filter_map(|one| one.space_name).collect())
            }
        };
        listed.map_err(|source| Error::List {
            what: format!("{}s of domain {domain}", member.singular()),
            source,
        })
    }

    async fn mounted_by_profile(&self, domain: &str, name: &str, what: &str) -> Result<Vec<String>, Error> {
        let found = still_there(self.sagemaker.user_profile(domain, name).await, what)?;
        Ok(found.and_then(|found| found.user_settings).into_iter().flat_map(configured).collect())
    }

    async fn mounted_by_space(&self, domain: &str, name: &str, what: &str) -> Result<Vec<String>, Error> {
        let found = still_there(self.sagemaker.space(domain, name).await, what)?;
        let mounts = found.and_then(|found| found.space_settings?.custom_file_systems).unwrap_or_default();
        Ok(mounts.into_iter().filter_map(|mount| mount.efs_file_system?.file_system_id).collect())
    }
}

/// What was described, unless it went since it was listed.
fn still_there<T>(described: Result<T, Cause>, what: &str) -> Result<Option<T>, Error> {
    match described {
        Ok(found) => Ok(Some(found)),
        Err(cause) if cause.class() == Class::NotFound => Ok(None),
        Err(source) => Err(Error::Describe { what: what.to_owned(), source }),
    }
}

/// The ids of the file systems in EFS that settings mount.
pub(super) fn configured(settings: UserSettings) -> impl Iterator<Item = String> {
    let mounts = settings.custom_file_system_configs.unwrap_or_default().into_iter();
    mounts.filter_map(|mount| mount.efs_file_system_config?.file_system_id)
}
