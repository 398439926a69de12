//! SageMaker's words into ours. What has no name is left out: nothing could be done with it.

use crate::observation::{App, AppId, AppState, Domain, Owner, Profile, Project, RECENT, Space, State};
use aws_sdk_sagemaker::operation::describe_domain::DescribeDomainOutput;
use aws_sdk_sagemaker::types::{
    AppDetails, AppStatus, DomainStatus, EbsStorageSettings, SpaceDetails, SpaceStatus, Tag,
    UserProfileDetails, UserProfileStatus,
};
use aws_smithy_types::DateTime;
use std::time::SystemTime;

/// Statuses of spaces, user profiles and domains have the same words, and a type for each.
macro_rules! state {
    ($status:expr, $type:ident, $modified:expr, $why:expr) => {
        match $status {
            Some($type::InService | $type::Failed | $type::UpdateFailed) => State::Standing,
            Some($type::Pending | $type::Updating) => State::Changing,
            Some($type::Deleting) => State::Leaving,
            Some($type::DeleteFailed) => State::Refused { recently: recently($modified), why: $why },
            Some(other) => State::Unknown(other.as_str().to_owned()),
            None => State::Unknown(String::new()),
        }
    };
}

/// The tags by which Amazon `DataZone` knows what it made for a project.
const DATA_ZONE: [&str; 2] = ["AmazonDataZoneProject", "AmazonDataZoneDomain"];

/// The domain, with the tags it has.
pub(super) fn domain(it: &DescribeDomainOutput, tags: &[Tag]) -> Domain {
    let why = it.failure_reason().map(str::to_owned);
    Domain {
        arn: it.domain_arn().unwrap_or_default().to_owned(),
        file_system: it.home_efs_file_system_id().map(str::to_owned),
        project: project(it, tags),
        state: state!(it.status(), DomainStatus, it.last_modified_time(), why),
    }
}

/// The project that the domain was made for: by its settings, or by its tags, which older projects have only.
fn project(it: &DescribeDomainOutput, tags: &[Tag]) -> Option<Project> {
    let settings = it.domain_settings().and_then(|settings| settings.unified_studio_settings());
    let [project, domain] =
        DATA_ZONE.map(|key| tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value));
    let id = settings.and_then(|found| found.project_id()).or(project);
    let domain = settings.and_then(|found| found.domain_id()).or(domain);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (id.is_some() || domain.is_some()).then(|| Project { id: text(id), domain: text(domain) })
}

/// An app, unless it is deleted already.
pub(super) fn app(it: &AppDetails) -> Option<App> {
    let state = match it.status() {
        Some(AppStatus::Deleted) => return None,
        Some(AppStatus::InService) => AppState::Running,
        Some(AppStatus::Pending) => AppState::Starting,
        Some(AppStatus::Deleting) => AppState::Leaving,
        Some(AppStatus::Failed) => AppState::Failed,
        Some(other) => AppState::Unknown(other.as_str().to_owned()),
        None => AppState::Unknown(String::new()),
    };
    let owner = match (it.space_name(), it.user_profile_name()) {
        (Some(space), _) => Owner::Space(space.to_owned()),
        (None, profile) => Owner::Profile(profile.unwrap_or_default().to_owned()),
    };
    let kind = it.app_type()?.as_str().to_owned();
    Some(App { id: AppId { kind, name: it.app_name()?.to_owned(), owner }, state })
}

pub(super) fn space(it: &SpaceDetails) -> Option<Space> {
    let owner = it.ownership_settings_summary().and_then(|summary| summary.owner_user_profile_name());
    let storage = it.space_settings_summary().and_then(|summary| summary.space_storage_settings());
    let storage = storage.and_then(|storage| storage.ebs_storage_settings());
    Some(Space {
        name: it.space_name()?.to_owned(),
        owner: owner.map(str::to_owned),
        volume: storage.and_then(EbsStorageSettings::ebs_volume_size_in_gb),
        state: state!(it.status(), SpaceStatus, it.last_modified_time(), None),
    })
}

pub(super) fn profile(it: &UserProfileDetails) -> Option<Profile> {
    let state = state!(it.status(), UserProfileStatus, it.last_modified_time(), None);
    Some(Profile { name: it.user_profile_name()?.to_owned(), state })
}

/// Whether something changed within the last ten minutes. A time in the future is a clock that differs a little.
fn recently(modified: Option<&DateTime>) -> bool {
    let modified = modified.and_then(|time| SystemTime::try_from(*time).ok());
    modified.is_some_and(|time| time.elapsed().is_ok_and(|age| age < RECENT) || time > SystemTime::now())
}
