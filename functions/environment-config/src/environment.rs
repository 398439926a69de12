//! Which environment is meant. Pure: no clock, no call.

use crate::observation::{Domain, Observation, Tags};
use crate::spec::Spec;
use shared::text;

/// How many domains a sentence lists.
const LISTED: usize = 5;

/// An environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) domain: String,
    pub(crate) name: String,
    pub(crate) kind: String,
}

impl Environment {
    /// The whole name of one of its parameters.
    pub(crate) fn parameter(&self, name: &str) -> String {
        format!("{}-{}-{name}", self.name, self.kind)
    }
}

/// The id of the domain that is known before domains are looked for: that of the project, or that of the property.
///
/// # Errors
/// A sentence, when both are known and differ.
pub(crate) fn known_domain(spec: &Spec, observed: &Observation) -> Result<Option<String>, String> {
    let of_project = observed.project.as_ref().and_then(|project| project.domain.clone());
    match (of_project, spec.domain.clone()) {
        (Some(found), Some(asked)) if found != asked => Err(format!(
            "DomainId is {asked}, and project {} is of domain {found}: correct DomainId or leave it out",
            spec.project.as_deref().unwrap_or_default()
        )),
        (found, asked) => Ok(found.or(asked)),
    }
}

/// The environment.
///
/// # Errors
/// A sentence, when no domain fits, or more than one.
pub(crate) fn environment(spec: &Spec, observed: &Observation) -> Result<Environment, String> {
    let of_project = observed.project.as_ref().map(|project| project.environment.clone()).unwrap_or_default();
    let wanted =
        Tags { name: spec.name.clone().or(of_project.name), kind: spec.kind.clone().or(of_project.kind) };
    let domain = match known_domain(spec, observed)? {
        Some(id) => observed.domains.iter().find(|domain| domain.id == id).cloned().unwrap_or_default(),
        None => tagged(&wanted, &observed.domains)?,
    };
    let missing = |property: &str| {
        format!(
            "{property} is not known: give it, or tag domain {} with {property}, as the template of the environment does",
            domain.id
        )
    };
    let name = wanted.name.or(domain.environment.name);
    let kind = wanted.kind.or(domain.environment.kind);
    Ok(Environment {
        name: name.ok_or_else(|| missing("EnvironmentName"))?,
        kind: kind.ok_or_else(|| missing("EnvironmentType"))?,
        domain: domain.id,
    })
}

/// The one domain with these tags; without them, the one that has both tags.
fn tagged(wanted: &Tags, domains: &[Domain]) -> Result<Domain, String> {
    let fits = |wanted: &Option<String>, has: &Option<String>| {
        has.is_some() && wanted.as_ref().is_none_or(|wanted| has.as_ref() == Some(wanted))
    };
    let fitting = domains.iter().filter(|domain| {
        fits(&wanted.name, &domain.environment.name) && fits(&wanted.kind, &domain.environment.kind)
    });
    let fitting: Vec<_> = fitting.collect();
    if let [one] = fitting[..] {
        return Ok(one.clone());
    }
    let tags = format!(
        "EnvironmentName{} and EnvironmentType{}",
        wanted.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default(),
        wanted.kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default()
    );
    if fitting.is_empty() {
        return Err(format!(
            "no domain of this account and Region has the tags {tags}: give DomainId, or deploy the environment"
        ));
    }
    let ids: Vec<_> = fitting.iter().map(|domain| domain.id.as_str()).collect();
    let ids = text::list(&ids, LISTED);
    Err(format!("{ids} have the tags {tags}: give DomainId, or EnvironmentName and EnvironmentType"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Project;

    fn tags(name: Option<&str>, kind: Option<&str>) -> Tags {
        Tags { name: name.map(str::to_owned), kind: kind.map(str::to_owned) }
    }

    fn domain(id: &str, name: Option<&str>, kind: Option<&str>) -> Domain {
        Domain { id: id.to_owned(), environment: tags(name, kind) }
    }

    fn told(found: &Environment) -> String {
        format!("{} {}", found.domain, found.parameter("x"))
    }

    #[test]
    fn the_domain_is_that_of_the_project_then_that_of_the_property_then_the_one_with_the_tags() {
        let spec = |domain: Option<&str>, name: Option<&str>| Spec {
            project: Some("p".to_owned()),
            domain: domain.map(str::to_owned),
            name: name.map(str::to_owned),
            ..Spec::default()
        };
        let observed = |of_project: Option<&str>, environment: Tags, domains: &[&Domain]| Observation {
            project: Some(Project { domain: of_project.map(str::to_owned), environment }),
            domains: domains.iter().map(|domain| (*domain).clone()).collect(),
            ..Observation::default()
        };
        let (team, other) =
            (domain("d-1", Some("team"), Some("dev")), domain("d-2", Some("other"), Some("dev")));
        let bare = domain("d-3", None, None);
        let both = [&team, &other, &bare];
        let none = tags(None, None);
        for (spec, observed, expected) in [
            (spec(None, None), observed(Some("d-1"), none.clone(), &[&team]), Ok("d-1 team-dev-x")),
            (spec(Some("d-1"), None), observed(Some("d-1"), none.clone(), &[&team]), Ok("d-1 team-dev-x")),
            (spec(Some("d-2"), None), observed(None, none.clone(), &[&other]), Ok("d-2 other-dev-x")),
            (spec(Some("d-2"), Some("mine")), observed(None, none.clone(), &[&other]), Ok("d-2 mine-dev-x")),
            (spec(None, None), observed(None, tags(Some("team"), Some("dev")), &both), Ok("d-1 team-dev-x")),
            (
                spec(None, Some("other")),
                observed(None, tags(Some("team"), None), &both),
                Ok("d-2 other-dev-x"),
            ),
            (spec(None, None), observed(None, none.clone(), &[&bare, &other]), Ok("d-2 other-dev-x")),
            (
                spec(Some("d-2"), None),
                observed(Some("d-1"), none.clone(), &[]),
                Err("DomainId is d-2, and project p is of domain d-1: correct DomainId or leave it out"),
            ),
            (
                spec(None, None),
                observed(None, none.clone(), &both),
                Err(
                    "d-1, d-2 have the tags EnvironmentName and EnvironmentType: give DomainId, or EnvironmentName and EnvironmentType",
                ),
            ),
            (
                spec(None, Some("third")),
                observed(None, none.clone(), &both),
                Err(
                    "no domain of this account and Region has the tags EnvironmentName third and EnvironmentType: give DomainId, or \
                     deploy the environment",
                ),
            ),
            (
                spec(Some("d-3"), Some("team")),
                observed(None, none, &[&bare]),
                Err(
                    "EnvironmentType is not known: give it, or tag domain d-3 with EnvironmentType, as the template of the environment does",
                ),
            ),
        ] {
            let found = environment(&spec, &observed).map(|found| told(&found));
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
        }
    }
}
