//! SageMaker by its JSON protocol, on the runtime of the SDK: a program uses a dozen of its 400 operations, and the SDK crate of all
//! takes many minutes and 5 GB of memory to compile. What several programs read has its types here; of other operations the caller
//! brings the types.

mod types;

pub use types::{
    App, CustomFileSystem, CustomFileSystemConfig, Domain, DomainSettings, EbsStorageSettings, FileSystem,
    OwnershipSettings, Space, SpaceSettings, SpaceSettingsSummary, SpaceStorageSettings, Status, Tag,
    UnifiedStudioSettings, UserProfile, UserSettings,
};

use super::SdkConfig;
use super::json;
use super::operation::{Host, Operation, Service, next_page};
use crate::error::Cause;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value, json};

/// <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html>
const SAGEMAKER: Service = Service { host: Host::Api, ..json::service("SageMaker", "sagemaker") };
/// What the header of a call has before the name of the operation.
const TARGET: &str = "SageMaker";
/// Things per page: the most that SageMaker gives (`MaxResults`).
const PAGE: u8 = 100;

/// The service.
#[derive(Clone, Debug)]
pub struct SageMaker {
    config: SdkConfig,
}

/// All that a list has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    pub items: Vec<T>,
    /// How many calls that took.
    pub pages: usize,
}

impl SageMaker {
    /// A client for the account and Region of the configuration.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { config: config.clone() }
    }

    /// Makes a call, and reads its answer.
    ///
    /// # Errors
    /// Those of the SDK, classified; and an answer that lacks a field of `T`.
    pub async fn call<T: DeserializeOwned>(&self, action: &'static str, input: &Value) -> Result<T, Cause> {
        let endpoint = SAGEMAKER.endpoint(&self.config);
        Operation { service: SAGEMAKER, name: action, endpoint }.json(&self.config, TARGET, input).await
    }

    /// Makes a call whose answer is not needed.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn run(&self, action: &'static str, input: &Value) -> Result<(), Cause> {
        self.call::<IgnoredAny>(action, input).await.map(drop)
    }

    /// All items of a list, to its last page. `input` is an object.
    ///
    /// # Errors
    /// As [`Self::call`], for any page.
    pub async fn list<T: DeserializeOwned>(
        &self,
        action: &'static str,
        mut input: Value,
    ) -> Result<List<T>, Cause> {
        input["MaxResults"] = PAGE.into();
        let mut list = List { items: Vec::new(), pages: 0 };
        loop {
            let mut page: Map<String, Value> = self.call(action, &input).await?;
            let token = page.remove("NextToken").and_then(|token| token.as_str().map(str::to_owned));
            // Every list calls its items otherwise; none has a second array.
            let items = page.into_iter().map(|(_, member)| member).find(Value::is_array);
            let items = items.map(serde_json::from_value::<Vec<T>>).transpose().map_err(Cause::other)?;
            list.items.extend(items.unwrap_or_default());
            list.pages += 1;
            match next_page(input["NextToken"].as_str(), token)? {
                Some(token) => input["NextToken"] = token.into(),
                None => return Ok(list),
            }
        }
    }

    /// All domains, without what only [`Self::domain`] tells.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn domains(&self) -> Result<Vec<Domain>, Cause> {
        Ok(self.list("ListDomains", json!({})).await?.items)
    }

    /// A domain.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn domain(&self, id: &str) -> Result<Domain, Cause> {
        self.call("DescribeDomain", &json!({"DomainId": id})).await
    }

    /// The user profiles of a domain, without what only [`Self::user_profile`] tells.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn user_profiles(&self, domain: &str) -> Result<List<UserProfile>, Cause> {
        self.list("ListUserProfiles", json!({"DomainIdEquals": domain})).await
    }

    /// A user profile.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn user_profile(&self, domain: &str, name: &str) -> Result<UserProfile, Cause> {
        self.call("DescribeUserProfile", &json!({"DomainId": domain, "UserProfileName": name})).await
    }

    /// The spaces of a domain, without what only [`Self::space`] tells.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn spaces(&self, domain: &str) -> Result<List<Space>, Cause> {
        self.list("ListSpaces", json!({"DomainIdEquals": domain})).await
    }

    /// A space.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn space(&self, domain: &str, name: &str) -> Result<Space, Cause> {
        self.call("DescribeSpace", &json!({"DomainId": domain, "SpaceName": name})).await
    }

    /// The apps of a domain. Those that are deleted are listed for another day.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn apps(&self, domain: &str) -> Result<List<App>, Cause> {
        self.list("ListApps", json!({"DomainIdEquals": domain})).await
    }

    /// The tags of a resource.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn tags(&self, arn: &str) -> Result<Vec<Tag>, Cause> {
        Ok(self.list("ListTags", json!({"ResourceArn": arn})).await?.items)
    }
}

#[cfg(test)]
mod tests;
