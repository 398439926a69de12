//! What a person must acknowledge before anything in a domain is deleted. The plan stops at it, and the table shows it: both
//! ask here.

use crate::observation::{Observation, Project, Space, State};
use crate::spec::Spec;
use std::fmt;

/// Something that stops a run before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// The domain was made by SageMaker Unified Studio, which manages it.
    Project {
        /// The domain's id.
        domain: String,
        /// The project.
        project: Project,
    },
    /// A space with an EBS volume, which is deleted with the space.
    Volume {
        /// The space's name.
        space: String,
        /// The volume's size in GB.
        gigabytes: i32,
    },
}

/// What stops this run, in the order of the names.
pub(crate) fn blockers(spec: &Spec, observed: &Observation) -> Vec<Blocker> {
    let mut found = Vec::new();
    let project = observed.domain.as_ref().and_then(|domain| domain.project.clone());
    if let Some(project) = project.filter(|_| !spec.allow_unified_studio) {
        found.push(Blocker::Project { domain: spec.domain.clone(), project });
    }
    if !spec.delete_space_storage {
        // One that is being deleted already is lost, whatever is acknowledged.
        let going = |space: &&Space| !spec.keeps_space(&space.name) && space.state != State::Leaving;
        let mut spaces: Vec<_> = observed.spaces.iter().filter(going).collect();
        spaces.sort_by(|one, other| one.name.cmp(&other.name));
        let volume =
            |space: &Space| Some(Blocker::Volume { space: space.name.clone(), gigabytes: space.volume? });
        found.extend(spaces.into_iter().filter_map(volume));
    }
    found
}

/// What blocks, and what a person does about it.
impl fmt::Display for Blocker {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project { domain, project: Project { id, domain: studio } } => {
                write!(out, "domain {domain} was created by SageMaker Unified Studio")?;
                match id.as_str() {
                    "" => write!(out, " (domain {studio})")?,
                    id => write!(out, " for project {id} (domain {studio})")?,
                }
                out.write_str(
                    ": delete the project in Unified Studio, or allow this clean-up (AllowUnifiedStudioProject, \
                     --unified-studio-project)",
                )
            }
            Self::Volume { space, gigabytes } => write!(
                out,
                "space {space} has an EBS volume of {gigabytes} GB, which is deleted with the space: copy what is needed, \
                 keep the space (KeepSpaces), or accept the loss (DeleteSpaceStorage, --delete-space-storage)"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Domain;

    fn space(name: &str, volume: Option<i32>, state: State) -> Space {
        Space { name: name.into(), owner: None, volume, state }
    }

    fn told(spec: &Spec, observed: &Observation) -> Vec<String> {
        blockers(spec, observed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_volume_is_lost_only_when_that_is_accepted() {
        let spec = Spec::clean("d-a", true).unwrap();
        let observed = Observation {
            spaces: vec![
                space("thesis", Some(100), State::Standing),
                space("Notes", Some(50), State::Standing),
                space("draft", Some(5), State::Refused { recently: true, why: None }),
                space("gone", Some(5), State::Leaving),
                space("shared", None, State::Standing),
            ],
            ..Observation::default()
        };
        let keeping = Spec { keep_spaces: ["notes".to_owned()].into(), ..spec.clone() };
        let told_of = told(&keeping, &observed);
        assert_eq!(told_of.len(), 2, "{told_of:?}");
        assert!(told_of[0].starts_with("space draft has an EBS volume of 5 GB"), "{told_of:?}");
        assert!(told_of[1].starts_with("space thesis has an EBS volume of 100 GB"), "{told_of:?}");
        assert_eq!(told(&spec.clone().deleting_space_storage(true), &observed), [""; 0]);
        assert_eq!(told(&spec, &observed).len(), 3);
    }

    #[test]
    fn the_domain_of_a_project_is_named_with_its_project() {
        let spec = Spec::clean("d-a", true).unwrap();
        let of = |id: &str| {
            let project = Some(Project { id: id.into(), domain: "dzd_1".into() });
            let state = State::Standing;
            let domain = Domain { arn: String::new(), file_system: None, project, state };
            Observation { domain: Some(domain), ..Observation::default() }
        };
        let sentence =
            "domain d-a was created by SageMaker Unified Studio for project p1 (domain dzd_1): delete";
        assert!(told(&spec, &of("p1"))[0].starts_with(sentence), "{:?}", told(&spec, &of("p1")));
        assert!(told(&spec, &of(""))[0].contains("Unified Studio (domain dzd_1): delete"));
        assert_eq!(told(&spec.allowing_unified_studio(true), &of("p1")), [""; 0]);
    }
}
