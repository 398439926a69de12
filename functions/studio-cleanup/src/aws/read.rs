//! SageMaker's words into ours. What has no name is left out: nothing could be done with it.

use crate::observation::{App, AppId, AppState, Domain, Owner, Profile, Project, RECENT, Space, State};
use aws_smithy_types::DateTime;
use shared::aws::sagemaker::{self, Status, Tag};
use std::time::SystemTime;

/// The tags by which Amazon `DataZone` knows what it made for a project.
const DATA_ZONE: [&str; 2] = ["AmazonDataZoneProject", "AmazonDataZoneDomain"];

/// The domain, with the tags it has.
pub(super) fn domain(it: sagemaker::Domain, tags: &[Tag]) -> Domain {
    Domain {
        project: project(&it, tags),
        arn: it.domain_arn.unwrap_or_default(),
        file_system: it.home_efs_file_system_id,
        state: state(it.status, it.last_modified_time, it.failure_reason),
    }
}

/// The project that the domain was made for: by its settings, or by its tags, which older projects have only.
fn project(it: &sagemaker::Domain, tags: &[Tag]) -> Option<Project> {
    let settings = it.domain_settings.as_ref().and_then(|settings| settings.unified_studio_settings.as_ref());
    let [project, domain] = DATA_ZONE.map(|key| tags.iter().find(|tag| tag.key == key).map(|tag| &tag.value));
    let id = settings.and_then(|found| found.project_id.as_ref()).or(project);
    let domain = settings.and_then(|found| found.domain_id.as_ref()).or(domain);
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    (id.is_some() || domain.is_some()).then(|| Project { id: text(id), domain: text(domain) })
}

/// An app, unless it is deleted already.
pub(super) fn app(it: sagemaker::App) -> Option<App> {
    let state = match it.status {
        Some(Status::Deleted) => return None,
        Some(Status::InService) => AppState::Running,
        Some(Status::Pending) => AppState::Starting,
        Some(Status::Deleting) => AppState::Leaving,
        Some(Status::Failed) => AppState::Failed,
        Some(other @ (Status::DeleteFailed | Status::UpdateFailed | Status::Updating | Status::Other(_))) => {
            AppState::Unknown(other.as_str().to_owned())
        }
        None => AppState::Unknown(String::new()),
    };
    let owner = match (it.space_name, it.user_profile_name) {
        (Some(space), _) => Owner::Space(space),
        (None, profile) => Owner::Profile(profile.unwrap_or_default()),
    };
    Some(App { id: AppId { kind: it.app_type?, name: it.app_name?, owner }, state })
}

pub(super) fn space(it: sagemaker::Space) -> Option<Space> {
    let storage = it.space_settings_summary.and_then(|summary| summary.space_storage_settings);
    let storage = storage.and_then(|storage| storage.ebs_storage_settings);
    Some(Space {
        name: it.space_name?,
        owner: it.ownership_settings_summary.and_then(|summary| summary.owner_user_profile_name),
        volume: storage.and_then(|storage| storage.ebs_volume_size_in_gb),
        state: state(it.status, it.last_modified_time, None),
    })
}

pub(super) fn profile(it: sagemaker::UserProfile) -> Option<Profile> {
    let state = state(it.status, it.last_modified_time, None);
    Some(Profile { name: it.user_profile_name?, state })
}

/// The state of a space, a user profile or a domain.
fn state(status: Option<Status>, modified: Option<DateTime>, why: Option<String>) -> State {
    match status {
        Some(Status::InService | Status::Failed | Status::UpdateFailed) => State::Standing,
        Some(Status::Pending | Status::Updating) => State::Changing,
        Some(Status::Deleting) => State::Leaving,
        Some(Status::DeleteFailed) => State::Refused { recently: recently(modified), why },
        Some(other @ (Status::Deleted | Status::Other(_))) => State::Unknown(other.as_str().to_owned()),
        None => State::Unknown(String::new()),
    }
}

/// Whether something changed within the last ten minutes. A time in the future is a clock that differs a little.
fn recently(modified: Option<DateTime>) -> bool {
    let modified = modified.and_then(|time| SystemTime::try_from(time).ok());
    modified.is_some_and(|time| time.elapsed().is_ok_and(|age| age < RECENT) || time > SystemTime::now())
}
