//! What the function was doing, to what, when a call failed.

use aws_sdk_sagemaker::error::SdkError;
use aws_sdk_sagemaker::operation::{
    delete_app::DeleteAppError, delete_domain::DeleteDomainError, delete_space::DeleteSpaceError,
    delete_user_profile::DeleteUserProfileError, describe_domain::DescribeDomainError,
    list_apps::ListAppsError, list_mlflow_tracking_servers::ListMlflowTrackingServersError,
    list_spaces::ListSpacesError, list_tags::ListTagsError, list_user_profiles::ListUserProfilesError,
    search::SearchError,
};

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// CloudFormation did not tell whether the domain goes.
    #[error(transparent)]
    Removal(#[from] shared::removal::Error),
    /// `DescribeDomain`.
    #[error("could not look at domain {domain}")]
    DescribeDomain {
        /// Which domain.
        domain: String,
        /// Why.
        source: Box<SdkError<DescribeDomainError>>,
    },
    /// `ListApps`.
    #[error("could not list the apps of domain {domain}")]
    ListApps {
        /// Which domain.
        domain: String,
        /// Why.
        source: Box<SdkError<ListAppsError>>,
    },
    /// `ListSpaces`.
    #[error("could not list the spaces of domain {domain}")]
    ListSpaces {
        /// Which domain.
        domain: String,
        /// Why.
        source: Box<SdkError<ListSpacesError>>,
    },
    /// `ListUserProfiles`.
    #[error("could not list the user profiles of domain {domain}")]
    ListProfiles {
        /// Which domain.
        domain: String,
        /// Why.
        source: Box<SdkError<ListUserProfilesError>>,
    },
    /// `DeleteApp`.
    #[error("could not delete {app}")]
    DeleteApp {
        /// Which app, and whose.
        app: String,
        /// Why.
        source: Box<SdkError<DeleteAppError>>,
    },
    /// `DeleteSpace`.
    #[error("could not delete space {space}")]
    DeleteSpace {
        /// Which space.
        space: String,
        /// Why.
        source: Box<SdkError<DeleteSpaceError>>,
    },
    /// `DeleteUserProfile`.
    #[error("could not delete user profile {profile}")]
    DeleteProfile {
        /// Which user profile.
        profile: String,
        /// Why.
        source: Box<SdkError<DeleteUserProfileError>>,
    },
    /// `DeleteDomain`.
    #[error("could not delete domain {domain}")]
    DeleteDomain {
        /// Which domain.
        domain: String,
        /// Why.
        source: Box<SdkError<DeleteDomainError>>,
    },
    /// `ListMlflowTrackingServers`.
    #[error("could not list tracking servers")]
    ListTrackingServers {
        /// Why.
        source: Box<SdkError<ListMlflowTrackingServersError>>,
    },
    /// `ListTags`.
    #[error("could not read the tags of {resource}")]
    ListTags {
        /// Which resource.
        resource: String,
        /// Why.
        source: Box<SdkError<ListTagsError>>,
    },
    /// `Search`.
    #[error("could not search by {property}")]
    Search {
        /// The property that was searched by.
        property: String,
        /// Why.
        source: Box<SdkError<SearchError>>,
    },
}
