//! What a call is about: a domain by its Region, owner and name, and the ARNs of what is in it.

use emulator_core::{ServiceContext, text};
use serde_json::Value;
use std::fmt::Write as _;

/// A domain and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DomainId {
    pub(crate) region: String,
    /// Account of the owner.
    pub(crate) owner: String,
    pub(crate) name: String,
}

/// What an ARN names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Domain,
    Repository(String),
    /// A package group by its pattern.
    Group(String),
}

impl DomainId {
    /// The domain that an input names; the owner is the caller's account if it names none.
    pub(crate) fn of(context: &ServiceContext, input: &Value) -> Self {
        let owner = Some(text(input, "domainOwner")).filter(|owner| !owner.is_empty());
        Self {
            region: context.region.clone(),
            owner: owner.unwrap_or(&context.account).to_owned(),
            name: text(input, "domain").to_owned(),
        }
    }

    pub(crate) fn arn(&self) -> String {
        self.arn_of(&format!("domain/{}", self.name))
    }

    pub(crate) fn repository_arn(&self, repository: &str) -> String {
        self.arn_of(&format!("repository/{}/{repository}", self.name))
    }

    pub(crate) fn group_arn(&self, pattern: &str) -> String {
        self.arn_of(&format!("package-group/{}{}", self.name, encoded(pattern)))
    }

    fn arn_of(&self, resource: &str) -> String {
        format!("arn:aws:codeartifact:{}:{}:{resource}", self.region, self.owner)
    }

    /// The domain and what an ARN names in it; none if it is not an ARN of this service.
    pub(crate) fn read(arn: &str) -> Option<(Self, Named)> {
        let mut parts = arn.splitn(6, ':');
        let (head, service) = (parts.next()?, parts.nth(1)?);
        let (region, owner, resource) = (parts.next()?, parts.next()?, parts.next()?);
        if head != "arn" || service != "codeartifact" {
            return None;
        }
        let (kind, rest) = resource.split_once('/')?;
        let (name, named) = match (kind, rest.split_once('/')) {
            ("domain", None) => (rest, Named::Domain),
            ("repository", Some((name, repository))) => (name, Named::Repository(repository.to_owned())),
            ("package-group", Some((name, pattern))) => {
                (name, Named::Group(format!("/{}", decoded(pattern))))
            }
            _ => return None,
        };
        Some((Self { region: region.into(), owner: owner.into(), name: name.into() }, named))
    }
}

/// A pattern as ARNs have it: `*` would be a wildcard in a policy.
fn encoded(pattern: &str) -> String {
    pattern.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02x}");
        }
        text
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let escaped = digits.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%');
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> DomainId {
        DomainId { region: "us-east-1".into(), owner: "111122223333".into(), name: "shared".into() }
    }

    #[test]
    fn arns_are_read_as_they_are_written() {
        let group = domain().group_arn("/pypi//acme~");
        assert_eq!(group, "arn:aws:codeartifact:us-east-1:111122223333:package-group/shared/pypi//acme%7e");
        for (arn, named) in [
            (domain().arn(), Named::Domain),
            (domain().repository_arn("pypi"), Named::Repository("pypi".into())),
            (group, Named::Group("/pypi//acme~".into())),
            (domain().group_arn("/*"), Named::Group("/*".into())),
        ] {
            assert_eq!(DomainId::read(&arn), Some((domain(), named)), "{arn}");
        }
        for arn in [
            "",
            "arn:aws:s3:::bucket",
            "arn:aws:codeartifact:us-east-1:1:domain",
            "arn:aws:codeartifact:us-east-1:1:asset/a/b",
        ] {
            assert_eq!(DomainId::read(arn), None, "{arn}");
        }
    }
}
