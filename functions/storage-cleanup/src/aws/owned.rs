//! Whose a tag says a thing is. A tag is only text that anybody may write: it counts when it is the whole ARN of a domain
//! in the same partition, Region and account as the thing that has it.

use crate::spec::Target;

/// Where a thing is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// When its ARN is known.
    pub(super) partition: Option<&'a str>,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
}

impl<'a> Place<'a> {
    /// The place that an ARN names, if it is one of this service.
    pub(super) fn of(arn: &'a str, service: &str) -> Option<Self> {
        let (["arn", partition, of, region, account], _) = split(arn)? else {
            return None;
        };
        let whole = of == service && !region.is_empty() && !account.is_empty();
        whole.then_some(Self { partition: Some(partition), region, account })
    }

    /// The id of the domain whose ARN, in this place, the text is.
    pub(super) fn domain<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (["arn", partition, "sagemaker", region, account], resource) = split(text)? else {
            return None;
        };
        let here = region == self.region && account == self.account;
        let here = here && self.partition.map_or(partition.starts_with("aws"), |own| own == partition);
        let id = resource.strip_prefix("domain/").filter(|_| here)?;
        Target::domain(id).is_ok().then_some(id)
    }

    /// The ARN of a domain of this id in this place.
    pub(super) fn arn(&self, domain: &str) -> String {
        let Self { partition, region, account } = self;
        format!("arn:{}:sagemaker:{region}:{account}:domain/{domain}", partition.unwrap_or("aws"))
    }
}

/// The five parts before the resource, and the resource.
fn split(arn: &str) -> Option<([&str; 5], &str)> {
    let mut parts = arn.splitn(6, ':');
    let first = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    Some((first, parts.next()?))
}

/// The id of the domain in an ARN that [`Place::domain`] accepted.
pub(super) fn id(arn: &str) -> &str {
    arn.rsplit_once("domain/").map_or("", |(_, id)| id)
}

#[cfg(test)]
mod tests;
