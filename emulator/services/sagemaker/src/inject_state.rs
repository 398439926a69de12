//! States that one cannot ask AWS for: failures, states that never end, statuses that are not invented yet. For tests,
//! and over HTTP (`POST /_local/sagemaker`) for people.

use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::Kind;
use emulator_core::Failure;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A status that is forced on a resource. It stays until a call changes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InjectedState {
    /// ARN of the resource, or what follows the account in it, in any case: `domain/d-1`, `user-profile/d-1/alice`,
    /// `space/d-1/lab`, `app/d-1/alice/JupyterServer/default`, `mlflow-tracking-server/name`.
    pub resource: String,
    /// Any word, AWS's own (`Failed`, `Delete_Failed`, `Deleting` for a deletion that hangs) or not.
    pub status: String,
    /// What Describe says of it.
    #[serde(default)]
    pub failure_reason: Option<String>,
    /// How many simulated seconds ago the resource came to this status.
    #[serde(default)]
    pub modified_ago: u32,
}

impl InjectedState {
    #[must_use]
    pub fn new(resource: &str, status: &str) -> Self {
        let (resource, status) = (resource.into(), status.into());
        Self { resource, status, failure_reason: None, modified_ago: 0 }
    }
}

impl SageMaker {
    /// Forces a status on a resource.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such resource.
    pub fn inject_state(&self, spec: &InjectedState) -> Result<(), Failure> {
        let now = self.0.clock.now();
        let wanted = spec.resource.to_lowercase();
        let mut found = false;
        for (kind, resource) in self.0.store().everything() {
            let arn = resource.arn.to_lowercase();
            let short = arn.splitn(6, ':').last();
            if arn != wanted && short != Some(&wanted) {
                continue;
            }
            found = true;
            let since = now - i64::from(spec.modified_ago) * 1000;
            let life = resource.life.set_status(since, &spec.status);
            if kind == Kind::App && spec.status == "Deleted" {
                life.then(since + takes::APP_TO_BE_FORGOTTEN, Next::Gone);
            }
            life.created = life.created.min(since);
            life.reason.clone_from(&spec.failure_reason);
        }
        let missing = || Failure::new("ResourceNotFound", format!("There is no resource {}", spec.resource));
        if found { Ok(()) } else { Err(missing()) }
    }

    /// [`provoke`](Self::provoke)s a status of an app; `owner` is its user profile or space.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such app.
    pub fn set_app_status(
        &self,
        domain: &str,
        owner: &str,
        app_type: &str,
        name: &str,
        status: &str,
    ) -> Result<(), Failure> {
        self.inject_state(&InjectedState::new(&format!("app/{domain}/{owner}/{app_type}/{name}"), status))
    }

    /// [`provoke`](Self::provoke)s a status of a space, with the reason of the failure and how long ago it was.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such space.
    pub fn set_space_status(
        &self,
        domain: &str,
        name: &str,
        status: &str,
        failure_reason: Option<&str>,
        modified_ago: Duration,
    ) -> Result<(), Failure> {
        self.inject_state(&InjectedState {
            failure_reason: failure_reason.map(str::to_owned),
            modified_ago: u32::try_from(modified_ago.as_secs()).unwrap_or(u32::MAX),
            ..InjectedState::new(&format!("space/{domain}/{name}"), status)
        })
    }

    /// [`provoke`](Self::provoke)s a status of a user profile.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such user profile.
    pub fn set_user_profile_status(&self, domain: &str, name: &str, status: &str) -> Result<(), Failure> {
        self.inject_state(&InjectedState::new(&format!("user-profile/{domain}/{name}"), status))
    }

    /// [`provoke`](Self::provoke)s a status of a domain.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such domain.
    pub fn set_domain_status(&self, domain: &str, status: &str) -> Result<(), Failure> {
        self.inject_state(&InjectedState::new(&format!("domain/{domain}"), status))
    }
}
