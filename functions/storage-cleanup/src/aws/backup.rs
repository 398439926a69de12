//! Recovery points. A job is this function's own when the file system has its id as a tag: vault and role are AWS's defaults,
//! which others use too, and a backup of last year is no backup of today's data.

mod calls;

pub(super) use calls::Backups;

use self::calls::{Job, Start};
use super::error::Error;
use super::owned::Place;
use super::{Aws, BACKUP_TAG};
use crate::observation::{FileSystem, Observation, Outcome, Recovery, Role};
use crate::plan::Order;
use futures_util::{StreamExt, TryStreamExt, stream};
use shared::aws::trust::{Principal, Trust, TrustPolicy};
use shared::error::{Class, cause};
use shared::reconcile::batch::AT_ONCE;
use std::time::{Duration, SystemTime};

/// How long a failed job is told to a person before it is tried again.
const JUST_NOW: Duration = Duration::from_mins(10);
/// How long a recovery point stands for the data: people may have gone on writing since.
const FRESH: Duration = Duration::from_hours(24);
/// Who assumes the role of a backup.
const SERVICE: &str = "backup.amazonaws.com";

impl Aws {
    /// These file systems with the state of their backups.
    pub(super) async fn with_backups(&self, of: Vec<FileSystem>) -> Result<Vec<FileSystem>, Error> {
        let looks = of.into_iter().map(|file_system| async move {
            let Some(Recovery { job, .. }) = file_system.backup else {
                return Ok(file_system);
            };
            let outcome = self.outcome(&job, &file_system.arn).await?;
            Ok(FileSystem { backup: Some(Recovery { job, outcome }), ..file_system })
        });
        stream::iter(looks).buffered(AT_ONCE).try_collect().await
    }

    /// The name of the vault, if there is none of this name. Listed, and not asked for by name: AWS Backup says of a vault
    /// that does not exist that access to it is denied.
    pub(super) async fn no_vault(&self) -> Result<Option<String>, Error> {
        let listed = self.backup.vaults().await;
        let listed = listed.map_err(|source| Error::List { what: "backup vaults".to_owned(), source })?;
        let vault = &self.recovery.vault;
        let there = listed.contains(vault);
        Ok((!there).then(|| vault.clone()))
    }

    /// Whether AWS Backup can use the role: that shows only minutes after a job was started, when the domain is gone.
    pub(super) async fn role(&self, observed: &Observation) -> Result<Role, Error> {
        let Some(file_system) = observed.proven().next() else {
            return Ok(Role::Fit);
        };
        let arn = self.role_for(&file_system.arn);
        let unfit = |why: String| Role::Unfit { arn: arn.clone(), why };
        let own = Place::of(&file_system.arn, "elasticfilesystem").map_or("", |place| place.account);
        let name = match role_name(&arn, own) {
            Ok(name) => name,
            Err(why) => return Ok(unfit(why)),
        };
        let role = match self.iam.get_role().role_name(name).send().await {
            Ok(found) => found.role,
            Err(error) => {
                let source = cause(error);
                return match source.class() {
                    Class::NotFound => {
                        Ok(unfit("there is no such role: create it, or name another".to_owned()))
                    }
                    Class::Denied => Ok(Role::Unchecked { arn, why: source.to_string() }),
                    _ => Err(Error::Describe { what: format!("role {name}"), source }),
                };
            }
        };
        let trust = role.and_then(|role| role.assume_role_policy_document).unwrap_or_default();
        let why = match TrustPolicy::read(&trust).map(|policy| policy.about(Principal::Service(SERVICE))) {
            Ok(Trust::Allowed) => return Ok(Role::Fit),
            Ok(Trust::NotAllowed) => {
                "its trust policy does not let backup.amazonaws.com assume it: add that service to the policy"
            }
            Ok(Trust::Denied) => {
                "its trust policy forbids backup.amazonaws.com to assume it: remove that statement from the policy"
            }
            Err(error) => {
                let why = format!("its trust policy could not be read: {error}");
                return Ok(Role::Unchecked { arn, why });
            }
        };
        Ok(unfit(why.to_owned()))
    }

    /// The role that a backup of this file system is made with.
    fn role_for(&self, file_system: &str) -> String {
        self.recovery.role.clone().unwrap_or_else(|| default_role(file_system))
    }

    async fn outcome(&self, job: &str, of: &str) -> Result<Outcome, Error> {
        match self.backup.job(job).await {
            // A tag is only text: the job must be one of this file system.
            Ok(found) if found.resource_arn.as_deref() != Some(of) => Ok(Outcome::Forgotten),
            Ok(found) => Ok(outcome(&found, &self.recovery.vault, &self.role_for(of), SystemTime::now())),
            Err(cause) if cause.class() == Class::NotFound => Ok(Outcome::Forgotten),
            Err(source) => Err(Error::Describe { what: format!("backup job {job}"), source }),
        }
    }

    /// Starts a job and writes its id on the file system. When that is cut short in between, the same token finds the same
    /// job again.
    pub(super) async fn start_backup(&self, order: &Order) -> Result<(), Error> {
        let Order { file_system, arn, after } = order;
        let vault = &self.recovery.vault;
        let role = self.role_for(arn);
        let token = format!("sm-mlops-{file_system}-after-{}", after.as_deref().unwrap_or("nothing"));
        let started = self.backup.start(&Start { vault, of: arn, role: &role, token }).await;
        let job = started.map_err(|source| Error::Backup {
            file_system: file_system.clone(),
            vault: vault.clone(),
            role,
            source,
        })?;
        self.tag_file_system(file_system, BACKUP_TAG, &job).await
    }
}

/// The role that AWS Backup makes for itself, in the account of a file system.
fn default_role(file_system: &str) -> String {
    let place = Place::of(file_system, "elasticfilesystem");
    let (partition, account) =
        place.map_or(("aws", ""), |place| (place.partition.unwrap_or("aws"), place.account));
    format!("arn:{partition}:iam::{account}:role/service-role/AWSBackupDefaultServiceRole")
}

/// The name in the ARN of a role, if it is one of this account.
fn role_name<'a>(arn: &'a str, account: &str) -> Result<&'a str, String> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let name = match parts[..] {
        ["arn", _, "iam", "", of, role] if of == account => role.strip_prefix("role/"),
        ["arn", _, "iam", "", of, _] => {
            return Err(format!("it is of account {of}, and AWS Backup takes one of account {account}"));
        }
        _ => None,
    };
    let name = name.and_then(|path| path.rsplit('/').next()).filter(|name| !name.is_empty());
    name.ok_or_else(|| {
        "it is not the ARN of a role, such as arn:aws:iam::111122223333:role/backup".to_owned()
    })
}

/// The state of a job. One that failed with another role or into another vault says nothing about what is asked now.
fn outcome(job: &Job, vault: &str, role: &str, now: SystemTime) -> Outcome {
    let same_vault = job.backup_vault_name.as_ref().is_none_or(|name| name == vault);
    let same = same_vault && job.iam_role_arn.as_ref().is_none_or(|arn| arn == role);
    let why = || job.status_message.as_deref().unwrap_or("AWS Backup does not say why");
    let age = job.time().and_then(|ended| now.duration_since(ended).ok()).unwrap_or_default();
    match (job.state.as_deref().unwrap_or("without a state"), &job.recovery_point_arn) {
        ("COMPLETED", _) if age >= FRESH || !same_vault => Outcome::Forgotten,
        ("COMPLETED", Some(point)) => Outcome::Made(point.clone()),
        ("CREATED" | "PENDING" | "RUNNING" | "ABORTING", _) => Outcome::Running {
            percent: job.percent_done.clone().unwrap_or_else(|| "0".to_owned()),
            bytes: job.bytes_transferred.unwrap_or_default(),
        },
        (state, _) => {
            Outcome::Failed { why: format!("{state}: {}", why()), just_now: same && age < JUST_NOW }
        }
    }
}
