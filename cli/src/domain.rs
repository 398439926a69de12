//! What a person recognizes a domain by: its name, its times, its owner.

use crate::exit::{Exit, Failure};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use shared::aws::sagemaker::{self, SageMaker, Tag};
use shared::error::{Cause, Class, chain};
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
pub async fn describe(client: &SageMaker, id: &str) -> Result<Option<Domain>, Failure> {
    let found = fetch(client, id).await?;
    let Some((domain, arn)) = found else {
        return Ok(None);
    };
    // Tags are a courtesy: a caller who may not list them sees the rest.
    let tags = client.tags(&arn).await;
    Ok(Some(Domain { owner: owner(&tags.unwrap_or_default()), ..domain }))
}

/// All domains of the Region, and for those that could not be described the reason.
///
/// # Errors
/// When they cannot be listed.
pub async fn list(client: &SageMaker) -> Result<Vec<(Domain, Option<Failure>)>, Failure> {
    let listed = client.domains().await.map_err(|source| failed("list domains", source))?;
    let looks = listed.into_iter().map(|details| async move {
        let known = read(details);
        match fetch(client, &known.domain_id).await {
            Ok(Some((domain, _))) => Some((domain, None)),
            // Deleted since it was listed.
            Ok(None) => None,
            Err(failure) => Some((known, Some(failure))),
        }
    });
    Ok(stream::iter(looks).buffered(AT_ONCE).filter_map(async |found| found).collect().await)
}

async fn fetch(client: &SageMaker, id: &str) -> Result<Option<(Domain, String)>, Failure> {
    match client.domain(id).await {
        Ok(mut found) => {
            let arn = found.domain_arn.take().unwrap_or_default();
            Ok(Some((Domain { domain_id: id.to_owned(), ..read(found) }, arn)))
        }
        Err(cause) if cause.class() == Class::NotFound => Ok(None),
        Err(source) => Err(failed(&format!("describe domain {id}"), source)),
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

fn read(found: sagemaker::Domain) -> Domain {
    Domain {
        domain_id: found.domain_id.unwrap_or_default(),
        domain_name: found.domain_name.unwrap_or_default(),
        status: found.status.as_ref().map_or(String::new(), |status| status.as_str().to_owned()),
        vpc_id: found.vpc_id,
        creation_time: found.creation_time.and_then(text),
        last_modified_time: found.last_modified_time.and_then(text),
        owner: None,
    }
}

/// `2026-01-02T03:04:05Z`
fn text(time: DateTime) -> Option<String> {
    DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()
}

/// `2026-01-02 03:04 UTC`
pub(crate) fn spelled(time: &str) -> String {
    time.get(..16).map_or_else(|| time.to_owned(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

fn owner(tags: &[Tag]) -> Option<String> {
    let value = |tag: &Tag| Some(&tag.value).filter(|value| !value.is_empty()).cloned();
    let is = |tag: &&Tag| tag.key.to_ascii_lowercase().ends_with("owner");
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
        domain.creation_time = text(DateTime::from_secs_f64(1_767_323_045.5));
        assert_eq!(domain.creation_time.as_deref(), Some("2026-01-02T03:04:05Z"));
        domain.owner = Some("ann".into());
        assert_eq!(domain.told(), "Status InService, created 2026-01-02 03:04 UTC, owner ann");
    }

    #[test]
    fn an_owner_is_told_by_a_tag() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        for (key, expected) in [("Owner", true), ("team:owner", true), ("CostOwner", true), ("Name", false)] {
            let found = owner(&[tag("x", "y"), tag(key, "ann")]);
            assert_eq!(found.as_deref(), expected.then_some("ann"), "{key}");
        }
        assert_eq!(owner(&[tag("owner", "")]), None);
    }
}
