//! What a person recognizes a domain by: its name, its times, its owner.

use crate::exit::{Exit, Failure};
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::operation::describe_domain::{DescribeDomainError, DescribeDomainOutput};
use aws_sdk_sagemaker::primitives::{DateTime, DateTimeFormat};
use aws_sdk_sagemaker::types::{DomainDetails, Tag};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use shared::error::{Cause, cause, chain};
use shared::reconcile::batch::AT_ONCE;

/// A domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Domain {
    pub domain_id: String,
    pub domain_name: String,
    pub status: String,
    /// Unknown where the domain could not be described.
    pub vpc_id: Option<String>,
    pub creation_time: Option<String>,
    pub last_modified_time: Option<String>,
    /// What a tag says whose key is `owner`, or ends in it. Only looked up for one domain at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// A domain with its owner; nothing when it does not exist.
///
/// # Errors
/// When AWS does not answer.
pub async fn describe(client: &Client, id: &str) -> Result<Option<Domain>, Failure> {
    let found = fetch(client, id).await?;
    let Some((domain, arn)) = found else {
        return Ok(None);
    };
    // Tags are a courtesy: a caller who may not list them sees the rest.
    let tags = client.list_tags().resource_arn(arn).into_paginator().items().send().try_collect().await;
    Ok(Some(Domain { owner: owner(&tags.unwrap_or_default()), ..domain }))
}

/// All domains of the Region, and for those that could not be described the reason.
///
/// # Errors
/// When they cannot be listed.
pub async fn list(client: &Client) -> Result<Vec<(Domain, Option<Failure>)>, Failure> {
    let listed = client.list_domains().into_paginator().items().send().try_collect().await;
    let listed = listed.map_err(|error| failed("list domains", cause(error)))?;
    let looks = listed.iter().map(|details| async move {
        let known = brief(details);
        match fetch(client, &known.domain_id).await {
            Ok(Some((domain, _))) => Some((domain, None)),
            // Deleted since it was listed.
            Ok(None) => None,
            Err(failure) => Some((known, Some(failure))),
        }
    });
    Ok(stream::iter(looks).buffered(AT_ONCE).filter_map(async |found| found).collect().await)
}

async fn fetch(client: &Client, id: &str) -> Result<Option<(Domain, String)>, Failure> {
    match client.describe_domain().domain_id(id).send().await {
        Ok(found) => Ok(Some((read(id, &found), found.domain_arn.unwrap_or_default()))),
        Err(error) if error.as_service_error().is_some_and(DescribeDomainError::is_resource_not_found) => {
            Ok(None)
        }
        Err(error) => Err(failed(&format!("describe domain {id}"), cause(error))),
    }
}

/// A call that failed, and what it was for.
#[derive(Debug, thiserror::Error)]
#[error("could not {what}")]
struct Failed {
    what: String,
    source: Cause,
}

/// Why a call failed, for a person.
pub(crate) fn failed(what: &str, source: Cause) -> Failure {
    Failure::new(Exit::Failed, chain(&Failed { what: what.to_owned(), source }))
}

fn read(id: &str, found: &DescribeDomainOutput) -> Domain {
    Domain {
        domain_id: id.to_owned(),
        domain_name: found.domain_name().unwrap_or_default().to_owned(),
        status: found.status().map_or(String::new(), |status| status.as_str().to_owned()),
        vpc_id: found.vpc_id().map(str::to_owned),
        creation_time: found.creation_time().and_then(text),
        last_modified_time: found.last_modified_time().and_then(text),
        owner: None,
    }
}

fn brief(found: &DomainDetails) -> Domain {
    Domain {
        domain_id: found.domain_id().unwrap_or_default().to_owned(),
        domain_name: found.domain_name().unwrap_or_default().to_owned(),
        status: found.status().map_or(String::new(), |status| status.as_str().to_owned()),
        vpc_id: None,
        creation_time: found.creation_time().and_then(text),
        last_modified_time: found.last_modified_time().and_then(text),
        owner: None,
    }
}

/// `2026-01-02T03:04:05Z`
fn text(time: &DateTime) -> Option<String> {
    DateTime::from_secs(time.secs()).fmt(DateTimeFormat::DateTime).ok()
}

/// `2026-01-02 03:04 UTC`
pub(crate) fn spelled(time: &str) -> String {
    time.get(..16).map_or_else(|| time.to_owned(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

fn owner(tags: &[Tag]) -> Option<String> {
    let value = |tag: &Tag| tag.value().filter(|value| !value.is_empty()).map(str::to_owned);
    let is = |tag: &&Tag| tag.key().is_some_and(|key| key.to_ascii_lowercase().ends_with("owner"));
    tags.iter().filter(is).find_map(value)
}

impl Domain {
    /// `Status InService, created 2026-01-02 03:04 UTC, owner ann`
    pub(crate) fn told(&self) -> String {
        let mut parts = vec![format!("Status {}", self.status)];
        let mut add = |word: &str, value: Option<String>| {
            parts.extend(value.map(|value| format!("{word} {value}")));
        };
        add("created", self.creation_time.as_deref().map(spelled));
        add("last modified", self.last_modified_time.as_deref().map(spelled));
        add("owner", self.owner.clone());
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_told_with_what_is_known_of_it() {
        let mut domain = Domain { status: "InService".into(), ..Domain::default() };
        assert_eq!(domain.told(), "Status InService");
        domain.creation_time = text(&DateTime::from_secs_f64(1_767_323_045.5));
        assert_eq!(domain.creation_time.as_deref(), Some("2026-01-02T03:04:05Z"));
        domain.owner = Some("ann".into());
        assert_eq!(domain.told(), "Status InService, created 2026-01-02 03:04 UTC, owner ann");
    }

    #[test]
    fn an_owner_is_told_by_a_tag() {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        for (key, expected) in [("Owner", true), ("team:owner", true), ("CostOwner", true), ("Name", false)] {
            let found = owner(&[tag("x", "y"), tag(key, "ann")]);
            assert_eq!(found.as_deref(), expected.then_some("ann"), "{key}");
        }
        assert_eq!(owner(&[tag("owner", "")]), None);
    }
}
