//! Whether a run that an event started may free the network. Nobody looks at its plan, so a request alone is not enough.

use crate::observation::{Domain, FileSystem, Observation, OnDelete};
use crate::spec::{Consent, Spec};
use std::fmt;

/// Why it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The domain exists, in this status: an event says that its deletion was requested, not that it happened.
    Exists(String),
    /// It is the domain of this project of SageMaker Unified Studio, which deletes it by itself.
    Project(String),
    /// A tag asks to keep what the domain left.
    Keep,
    /// No tag asks to free the network.
    NotTagged,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists(status) => write!(out, "the domain exists ({status})"),
            Self::Project(id) => {
                write!(out, "the domain is of project {id} of SageMaker Unified Studio, which deletes it")
            }
            Self::Keep => out.write_str("the tag sm-mlops:on-delete says keep"),
            Self::NotTagged => out.write_str("no tag sm-mlops:on-delete says free-network"),
        }
    }
}

/// Nothing is refused to a person, a pipeline or a stack.
pub(crate) fn check(spec: &Spec, observed: &Observation) -> Result<(), Refusal> {
    let Some(consent) = spec.consent else { return Ok(()) };
    let existing = observed.domains.values().find_map(|domain| match domain {
        Domain::There(status) => Some(status.clone()),
        Domain::Leaving => None,
    });
    if let Some(status) = existing {
        return Err(Refusal::Exists(status));
    }
    if let Some(project) = &observed.project {
        return Err(Refusal::Project(project.clone()));
    }
    let of_files = observed.file_systems.iter().filter_map(FileSystem::on_delete);
    let on_delete_tags: Vec<_> =
        of_files.chain(observed.groups.iter().filter_map(|found| found.on_delete)).collect();
    allows(consent, &on_delete_tags)
}

/// Whether these wishes for what one domain left allow it.
pub(crate) fn allows(consent: Consent, on_delete_tags: &[OnDelete]) -> Result<(), Refusal> {
    if on_delete_tags.contains(&OnDelete::Keep) {
        return Err(Refusal::Keep);
    }
    match consent {
        Consent::Parameter => Ok(()),
        Consent::Tag if on_delete_tags.contains(&OnDelete::FreeNetwork) => Ok(()),
        Consent::Tag => Err(Refusal::NotTagged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Group, Proof, State};
    use crate::samples::{DOMAIN, file_system, group};

    fn observed(on_delete_tags: [Option<OnDelete>; 2], domain: Option<Domain>) -> Observation {
        Observation {
            file_systems: vec![FileSystem {
                on_delete: on_delete_tags[0],
                ..file_system("fs-1", State::Up, &[])
            }],
            groups: vec![Group { on_delete: on_delete_tags[1], ..group("sg-1", &[]) }],
            domains: domain.map(|domain| (DOMAIN.to_owned(), domain)).into_iter().collect(),
            ..Observation::default()
        }
    }

    #[test]
    fn an_event_frees_only_what_somebody_allowed() {
        use Consent::{Parameter, Tag};
        use OnDelete::{FreeNetwork, Keep};
        let there = || Some(Domain::There("Failed".to_owned()));
        for (consent, on_delete_tags, domain, expected) in [
            (None, [Some(Keep), None], there(), Ok(())),
            (Some(Parameter), [None, None], None, Ok(())),
            (Some(Parameter), [None, None], Some(Domain::Leaving), Ok(())),
            (Some(Parameter), [None, None], there(), Err(Refusal::Exists("Failed".to_owned()))),
            (Some(Parameter), [Some(Keep), None], None, Err(Refusal::Keep)),
            (Some(Parameter), [None, Some(Keep)], None, Err(Refusal::Keep)),
            (Some(Tag), [None, None], None, Err(Refusal::NotTagged)),
            (Some(Tag), [Some(FreeNetwork), None], None, Ok(())),
            (Some(Tag), [None, Some(FreeNetwork)], None, Ok(())),
            (Some(Tag), [Some(FreeNetwork), Some(Keep)], None, Err(Refusal::Keep)),
            (Some(Tag), [Some(FreeNetwork), None], there(), Err(Refusal::Exists("Failed".to_owned()))),
        ] {
            let spec = Spec::network_of(DOMAIN.to_owned(), consent);
            assert_eq!(
                check(&spec, &observed(on_delete_tags, domain.clone())),
                expected,
                "{consent:?} {on_delete_tags:?} {domain:?}"
            );
        }
        // The tag of a restored copy was copied too.
        let copy = FileSystem {
            on_delete: Some(FreeNetwork),
            proof: Proof::Tag,
            ..file_system("fs-2", State::Up, &[])
        };
        let copied = Observation { file_systems: vec![copy], ..observed([None, None], None) };
        let spec = Spec::network_of(DOMAIN.to_owned(), Some(Tag));
        assert_eq!(check(&spec, &copied), Err(Refusal::NotTagged));
        let project = Observation {
            project: Some("p-1".to_owned()),
            ..observed([Some(FreeNetwork), None], Some(Domain::Leaving))
        };
        let spec = Spec::network_of(DOMAIN.to_owned(), Some(Parameter));
        assert_eq!(check(&spec, &project), Err(Refusal::Project("p-1".to_owned())));
    }
}
