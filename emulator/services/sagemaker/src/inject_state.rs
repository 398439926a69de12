//! States that AWS has no operation for: failures, states that never end, statuses that do not exist yet. For tests, and over
//! HTTP (`POST /_local/state`) for people.

use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::Kind;
use emulator_core::{Failure, InjectedState};
use std::time::Duration;

impl SageMaker {
    /// Forces a status on every resource of this name.
    pub(crate) fn force(&self, state: &InjectedState) -> Result<(), Failure> {
        let now = self.now();
        let wanted = state.resource.to_lowercase();
        let mut found = false;
        for (kind, resource) in self.store().everything() {
            let arn = resource.arn.to_lowercase();
            let short = arn.splitn(6, ':').last();
            if arn != wanted && short != Some(&wanted) {
                continue;
            }
            found = true;
            let since = now - i64::from(state.modified_ago) * 1000;
            let life = resource.life.set_status(since, &state.status);
            if kind == Kind::App && state.status == "Deleted" {
                life.then(self.end_of(since, takes::APP_TO_BE_FORGOTTEN), Next::Gone);
            }
            life.created = life.created.min(since);
            life.reason.clone_from(&state.failure_reason);
        }
        if found { Ok(()) } else { Err(state.no_resource()) }
    }

    /// Forces a status of an app; `owner` is its user profile or space.
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
        self.force(&InjectedState::new(&format!("app/{domain}/{owner}/{app_type}/{name}"), status))
    }

    /// Forces a status of a space, with the reason of the failure and how long ago it was.
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
        self.force(&InjectedState {
            failure_reason: failure_reason.map(str::to_owned),
            modified_ago: u32::try_from(modified_ago.as_secs()).unwrap_or(u32::MAX),
            ..InjectedState::new(&format!("space/{domain}/{name}"), status)
        })
    }

    /// Forces a status of a user profile.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such user profile.
    pub fn set_user_profile_status(&self, domain: &str, name: &str, status: &str) -> Result<(), Failure> {
        self.force(&InjectedState::new(&format!("user-profile/{domain}/{name}"), status))
    }

    /// Forces a status of a domain.
    ///
    /// # Errors
    /// `ResourceNotFound` if there is no such domain.
    pub fn set_domain_status(&self, domain: &str, status: &str) -> Result<(), Failure> {
        self.force(&InjectedState::new(&format!("domain/{domain}"), status))
    }
}
