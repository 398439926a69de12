//! File systems and their mount targets.

use super::error::Error;
use super::owned::Place;
use super::{Aws, BACKUP_MARK, TAG, VPC_MARK};
use crate::seen::{FileSystem, Mount, Outcome, Recovery, State};
use aws_sdk_efs::types::{FileSystemDescription, FileSystemSize, LifeCycleState, MountTargetDescription};
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::batch::AT_ONCE;
use shared::error::{cause, refused};

impl Aws {
    /// The file systems that were made for a domain of this account and Region, without their mount targets.
    pub(super) async fn file_systems(&self) -> Result<Vec<FileSystem>, Error> {
        let listed = self.efs.describe_file_systems().into_paginator().items().send().try_collect().await;
        let listed =
            listed.map_err(|error| Error::List { what: "file systems".to_owned(), source: cause(error) })?;
        let owned = listed.iter().filter_map(|found| file_system(found, &self.region));
        Ok(owned.filter(|(_, gone)| !gone).map(|(found, _)| found).collect())
    }

    /// These file systems with their mount targets.
    pub(super) async fn with_mounts(&self, of: Vec<FileSystem>) -> Result<Vec<FileSystem>, Error> {
        let looks = of.into_iter().map(|file_system| async move {
            let mounts = self.mounts(&file_system.id).await?;
            Ok(FileSystem { mounts, ..file_system })
        });
        stream::iter(looks).buffered(AT_ONCE).try_collect().await
    }

    async fn mounts(&self, file_system: &str) -> Result<Vec<Mount>, Error> {
        let pages = self.efs.describe_mount_targets().file_system_id(file_system).into_paginator();
        match pages.items().send().try_collect().await {
            Ok(listed) => Ok(listed.iter().filter_map(mount).collect()),
            // Gone since it was listed.
            Err(error) if refused(&error, &["FileSystemNotFound"]) => Ok(Vec::new()),
            Err(error) => {
                let what = format!("the mount targets of file system {file_system}");
                Err(Error::List { what, source: cause(error) })
            }
        }
    }
}

/// A file system that was made for a domain here, and whether it is gone.
fn file_system(found: &FileSystemDescription, region: &str) -> Option<(FileSystem, bool)> {
    let tag = |key: &str| found.tags().iter().find(|tag| tag.key() == key).map(|tag| tag.value().to_owned());
    let arn = found.file_system_arn()?;
    let place = Place::of(arn, "elasticfilesystem")?;
    let domain = tag(TAG)?;
    let here = place.region == region && place.account == found.owner_id();
    place.domain(&domain).filter(|_| here)?;
    let known = FileSystem {
        id: found.file_system_id().to_owned(),
        arn: arn.to_owned(),
        domain,
        state: state(found.life_cycle_state()),
        size: found.size_in_bytes().map_or(0, FileSystemSize::value),
        mounts: Vec::new(),
        mark: tag(VPC_MARK),
        backup: tag(BACKUP_MARK).map(|job| Recovery { job, outcome: Outcome::Forgotten }),
    };
    Some((known, *found.life_cycle_state() == LifeCycleState::Deleted))
}

/// A mount target that is not gone.
fn mount(found: &MountTargetDescription) -> Option<Mount> {
    (*found.life_cycle_state() != LifeCycleState::Deleted).then(|| Mount {
        id: found.mount_target_id().to_owned(),
        vpc: found.vpc_id().unwrap_or_default().to_owned(),
        interface: found.network_interface_id().unwrap_or_default().to_owned(),
        state: state(found.life_cycle_state()),
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
