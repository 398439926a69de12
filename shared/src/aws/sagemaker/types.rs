//! What several programs read of SageMaker's answers, with the names of its API reference. A thing is the same type where it is
//! listed and where it is described: what a list leaves out is absent.

use aws_smithy_types::DateTime;
use serde::{Deserialize, Deserializer};

/// The status of a domain, user profile, space or app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Status {
    Deleted,
    Deleting,
    DeleteFailed,
    Failed,
    InService,
    Pending,
    UpdateFailed,
    Updating,
    /// One that the API reference does not have yet.
    Other(String),
}

impl From<String> for Status {
    fn from(text: String) -> Self {
        match text.as_str() {
            "Deleted" => Self::Deleted,
            "Deleting" => Self::Deleting,
            "Delete_Failed" => Self::DeleteFailed,
            "Failed" => Self::Failed,
            "InService" => Self::InService,
            "Pending" => Self::Pending,
            "Update_Failed" => Self::UpdateFailed,
            "Updating" => Self::Updating,
            _ => Self::Other(text),
        }
    }
}

impl Status {
    /// SageMaker's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Deleted => "Deleted",
            Self::Deleting => "Deleting",
            Self::DeleteFailed => "Delete_Failed",
            Self::Failed => "Failed",
            Self::InService => "InService",
            Self::Pending => "Pending",
            Self::UpdateFailed => "Update_Failed",
            Self::Updating => "Updating",
            Self::Other(text) => text,
        }
    }
}

/// `ListDomains`, `DescribeDomain`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Domain {
    pub domain_id: Option<String>,
    pub domain_arn: Option<String>,
    pub domain_name: Option<String>,
    pub status: Option<Status>,
    #[serde(default, deserialize_with = "time")]
    pub creation_time: Option<DateTime>,
    #[serde(default, deserialize_with = "time")]
    pub last_modified_time: Option<DateTime>,
    pub failure_reason: Option<String>,
    pub vpc_id: Option<String>,
    pub subnet_ids: Option<Vec<String>>,
    pub home_efs_file_system_id: Option<String>,
    pub default_user_settings: Option<UserSettings>,
    /// Of the members of `DefaultSpaceSettings` those that `UserSettings` has too.
    pub default_space_settings: Option<UserSettings>,
    pub domain_settings: Option<DomainSettings>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserSettings {
    pub execution_role: Option<String>,
    pub security_groups: Option<Vec<String>>,
    pub custom_file_system_configs: Option<Vec<CustomFileSystemConfig>>,
}

/// A file system of one kind; those of other kinds than EFS are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct CustomFileSystemConfig {
    #[serde(rename = "EFSFileSystemConfig")]
    pub efs_file_system_config: Option<FileSystem>,
}

/// A file system of one kind; those of other kinds than EFS are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct CustomFileSystem {
    #[serde(rename = "EFSFileSystem")]
    pub efs_file_system: Option<FileSystem>,
}

/// `EFSFileSystemConfig`, `EFSFileSystem`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FileSystem {
    pub file_system_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DomainSettings {
    pub unified_studio_settings: Option<UnifiedStudioSettings>,
}

/// The project of SageMaker Unified Studio that a domain was made for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnifiedStudioSettings {
    pub project_id: Option<String>,
    /// The project's domain, which is one of Amazon `DataZone`.
    pub domain_id: Option<String>,
}

/// `ListUserProfiles`, `DescribeUserProfile`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UserProfile {
    pub user_profile_name: Option<String>,
    pub status: Option<Status>,
    #[serde(default, deserialize_with = "time")]
    pub last_modified_time: Option<DateTime>,
    pub failure_reason: Option<String>,
    pub user_settings: Option<UserSettings>,
}

/// `ListSpaces`, `DescribeSpace`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Space {
    pub space_name: Option<String>,
    pub status: Option<Status>,
    #[serde(default, deserialize_with = "time")]
    pub last_modified_time: Option<DateTime>,
    pub failure_reason: Option<String>,
    pub ownership_settings_summary: Option<OwnershipSettings>,
    pub space_settings: Option<SpaceSettings>,
    pub space_settings_summary: Option<SpaceSettingsSummary>,
}

/// `OwnershipSettingsSummary`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipSettings {
    pub owner_user_profile_name: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SpaceSettings {
    pub custom_file_systems: Option<Vec<CustomFileSystem>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SpaceSettingsSummary {
    pub space_storage_settings: Option<SpaceStorageSettings>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SpaceStorageSettings {
    pub ebs_storage_settings: Option<EbsStorageSettings>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EbsStorageSettings {
    pub ebs_volume_size_in_gb: Option<i32>,
}

/// `ListApps`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct App {
    pub app_name: Option<String>,
    pub app_type: Option<String>,
    pub status: Option<Status>,
    pub space_name: Option<String>,
    pub user_profile_name: Option<String>,
}

/// `ListTags`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    /// May be empty.
    #[serde(default)]
    pub value: String,
}

/// Reads seconds since 1970.
fn time<'de, D: Deserializer<'de>>(seconds: D) -> Result<Option<DateTime>, D::Error> {
    Ok(Option::<f64>::deserialize(seconds)?.map(DateTime::from_secs_f64))
}
