//! The three operations of AWS Backup (<https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations.html>).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::aws::SdkConfig;
use shared::aws::json;
use shared::aws::operation::{Operation, Service, next_page};
use shared::error::Cause;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BACKUP: Service = json::service("Backup", "backup");
/// The characters of an id or a token that are not sent as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The service.
#[derive(Clone, Debug)]
pub(in super::super) struct Backups {
    config: SdkConfig,
}

/// What is asked for.
pub(super) struct Start<'a> {
    pub(super) vault: &'a str,
    /// The ARN of the file system.
    pub(super) of: &'a str,
    /// The ARN of the role that AWS Backup assumes.
    pub(super) role: &'a str,
    pub(super) token: String,
}

/// A job.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Job {
    pub(super) resource_arn: Option<String>,
    pub(super) backup_vault_name: Option<String>,
    pub(super) iam_role_arn: Option<String>,
    pub(super) state: Option<String>,
    pub(super) status_message: Option<String>,
    pub(super) recovery_point_arn: Option<String>,
    pub(super) percent_done: Option<String>,
    pub(super) bytes_transferred: Option<i64>,
    /// Seconds since 1970.
    completion_date: Option<f64>,
    /// Seconds since 1970.
    creation_date: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Started {
    backup_job_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vaults {
    #[serde(default)]
    backup_vault_list: Vec<Vault>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vault {
    backup_vault_name: Option<String>,
}

impl Job {
    /// When it ended; of one without an end, when it began.
    pub(super) fn time(&self) -> Option<SystemTime> {
        let seconds = self.completion_date.or(self.creation_date)?;
        UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
    }
}

impl Backups {
    pub(in super::super) fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone() }
    }

    /// The names of all vaults.
    pub(super) async fn vaults(&self) -> Result<Vec<String>, Cause> {
        let mut names = Vec::new();
        let mut path = "/backup-vaults/".to_owned();
        let mut asked: Option<String> = None;
        loop {
            let page: Vaults = self.call("ListBackupVaults", "GET", path, None).await?;
            names.extend(page.backup_vault_list.into_iter().filter_map(|vault| vault.backup_vault_name));
            let Some(token) = next_page(asked.as_deref(), page.next_token)? else { return Ok(names) };
            path = format!("/backup-vaults/?nextToken={}", utf8_percent_encode(&token, ENCODED));
            asked = Some(token);
        }
    }

    pub(super) async fn job(&self, id: &str) -> Result<Job, Cause> {
        let path = format!("/backup-jobs/{}", utf8_percent_encode(id, ENCODED));
        self.call("DescribeBackupJob", "GET", path, None).await
    }

    /// Starts a job. Returns its id.
    pub(super) async fn start(&self, asked: &Start<'_>) -> Result<String, Cause> {
        let input = json!({
            "BackupVaultName": asked.vault,
            "ResourceArn": asked.of,
            "IamRoleArn": asked.role,
            "IdempotencyToken": asked.token,
        });
        let path = "/backup-jobs".to_owned();
        let started: Started = self.call("StartBackupJob", "PUT", path, Some(&input)).await?;
        Ok(started.backup_job_id)
    }

    async fn call<T: DeserializeOwned>(
        &self,
        name: &'static str,
        method: &str,
        path: String,
        input: Option<&Value>,
    ) -> Result<T, Cause> {
        let operation = Operation { service: BACKUP, name, endpoint: BACKUP.endpoint(&self.config) };
        operation.rest_json(&self.config, method, path, input).await
    }
}
