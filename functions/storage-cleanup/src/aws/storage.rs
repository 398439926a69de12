//! File systems and their mount targets.

use super::error::Error;
use super::owned::Place;
use super::{Aws, BACKUP_TAG, ON_DELETE_TAG, TAG, VPC_TAG, on_delete};
use crate::observation::{FileSystem, Group, Mount, Outcome, Owner, Proof, Recovery, State};
use crate::spec::Target;
use aws_sdk_efs::types::{FileSystemDescription, FileSystemSize, LifeCycleState, MountTargetDescription};
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::error::{Class, cause};
use shared::reconcile::batch::AT_ONCE;
use std::collections::BTreeSet;

impl Aws {
    /// All file systems of this account and Region that exist.
    pub(super) async fn file_systems(&self) -> Result<Vec<FileSystemDescription>, Error> {
        let listed = self.efs.describe_file_systems().into_paginator().items().send().try_collect().await;
        let mut listed: Vec<_> =
            listed.map_err(|error| Error::List { what: "file systems".to_owned(), source: cause(error) })?;
        listed.retain(|found| *found.life_cycle_state() != LifeCycleState::Deleted);
        Ok(listed)
    }

    /// These file systems with their mount targets. `groups` are the security groups of the domains.
    pub(super) async fn with_mounts(
        &self,
        of: Vec<FileSystem>,
        groups: &[Group],
    ) -> Result<Vec<FileSystem>, Error> {
        let looks = of.into_iter().map(|file_system| async move {
            let mounts = self.mounts(&file_system.id).await?;
            Ok(FileSystem { mounts, ..file_system })
        });
        let mut file_systems: Vec<FileSystem> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        let interfaces = file_systems.iter().flat_map(|found| &found.mounts).map(|mount| &mount.interface);
        let interfaces: BTreeSet<String> = interfaces.filter(|id| !id.is_empty()).cloned().collect();
        let used = self.groups_of_interfaces(&interfaces).await?;
        for file_system in &mut file_systems {
            let own = groups.iter().filter(|group| group.domain == file_system.domain);
            let own: BTreeSet<_> = own.map(|group| group.id.as_str()).collect();
            for mount in &mut file_system.mounts {
                mount.owner = owner(used.get(&mount.interface), &own);
            }
        }
        Ok(file_systems)
    }

    async fn mounts(&self, file_system: &str) -> Result<Vec<Mount>, Error> {
        let pages = self.efs.describe_mount_targets().file_system_id(file_system).into_paginator();
        match pages.items().send().try_collect().await {
            Ok(listed) => Ok(listed.iter().filter_map(mount).collect()),
            // Gone since it was listed.
            Err(error) if Class::of(&error) == Class::NotFound => Ok(Vec::new()),
            Err(error) => {
                let what = format!("the mount targets of file system {file_system}");
                Err(Error::List { what, source: cause(error) })
            }
        }
    }
}

/// A file system as the home of each domain here that its tag or its creation token names.
pub(super) fn claims(found: &FileSystemDescription, region: &str) -> Vec<FileSystem> {
    let Some(place) = place(found, region) else {
        return Vec::new();
    };
    let tagged = tag(found, TAG).filter(|domain| place.domain(domain).is_some());
    let token = Some(found.creation_token()).filter(|token| Target::domain(token).is_ok());
    let token = token.map(|token| place.arn(token));
    match (tagged, token) {
        (Some(tagged), Some(token)) if tagged == token => vec![file_system(found, tagged, Proof::Both)],
        (tagged, token) => {
            let tagged = tagged.map(|domain| file_system(found, domain, Proof::Tag));
            tagged.into_iter().chain(token.map(|domain| file_system(found, domain, Proof::Token))).collect()
        }
    }
}

/// A file system that only `DescribeDomain` says is the home of this domain.
pub(super) fn unproven(found: &FileSystemDescription, region: &str, domain: &str) -> Option<FileSystem> {
    Some(file_system(found, place(found, region)?.arn(domain), Proof::Neither))
}

fn place<'a>(found: &'a FileSystemDescription, region: &str) -> Option<Place<'a>> {
    let place = Place::of(found.file_system_arn()?, "elasticfilesystem")?;
    (place.region == region && place.account == found.owner_id()).then_some(place)
}

fn tag(found: &FileSystemDescription, key: &str) -> Option<String> {
    found.tags().iter().find(|tag| tag.key() == key).map(|tag| tag.value().to_owned())
}

fn file_system(found: &FileSystemDescription, domain: String, proof: Proof) -> FileSystem {
    FileSystem {
        id: found.file_system_id().to_owned(),
        arn: found.file_system_arn().unwrap_or_default().to_owned(),
        domain,
        proof,
        home: false,
        state: state(found.life_cycle_state()),
        size: found.size_in_bytes().map_or(0, FileSystemSize::value),
        mounts: Vec::new(),
        own_tag: tag(found, VPC_TAG),
        on_delete: on_delete(tag(found, ON_DELETE_TAG).as_deref()),
        created: found.creation_time().secs(),
        backup: tag(found, BACKUP_TAG).map(|job| Recovery { job, outcome: Outcome::Forgotten }),
        consumers: BTreeSet::new(),
    }
}

/// Who made a mount target whose network interface is in these groups.
fn owner(used: Option<&BTreeSet<String>>, own: &BTreeSet<&str>) -> Owner {
    match used {
        None => Owner::Unknown,
        Some(used) if !used.is_empty() && used.iter().all(|id| own.contains(id.as_str())) => Owner::Domain,
        Some(_) => Owner::Other,
    }
}

/// A mount target that is not gone.
fn mount(found: &MountTargetDescription) -> Option<Mount> {
    (*found.life_cycle_state() != LifeCycleState::Deleted).then(|| Mount {
        id: found.mount_target_id().to_owned(),
        vpc: found.vpc_id().unwrap_or_default().to_owned(),
        subnet: found.subnet_id().to_owned(),
        interface: found.network_interface_id().unwrap_or_default().to_owned(),
        state: state(found.life_cycle_state()),
        owner: Owner::Unknown,
    })
}

fn state(word: &LifeCycleState) -> State {
    match word {
        LifeCycleState::Available => State::Up,
        LifeCycleState::Creating | LifeCycleState::Updating => State::Busy,
        LifeCycleState::Deleting | LifeCycleState::Deleted => State::Leaving,
        LifeCycleState::Error => State::Broken,
        other => State::Unknown(other.as_str().to_owned()),
    }
}
