//! The attributes. Pure: no clock, no call.

use crate::observation::Observation;
use crate::spec::{Spec, Wanted};
use shared::reconcile::output::{Output, attributes};

/// For each name of a role: the name, if the stack is to make that role or has made it; empty, if there is one to use.
///
/// # Errors
/// A sentence, when there is a role of that name that cannot be used.
pub(crate) fn answer(spec: &Spec, observed: &Observation) -> Result<Output, String> {
    let values = spec.roles.iter().map(|wanted| Ok((wanted.name.as_str(), value(spec, wanted, observed)?)));
    Ok(attributes(values.collect::<Result<Vec<_>, String>>()?))
}

fn value(spec: &Spec, wanted: &Wanted, observed: &Observation) -> Result<String, String> {
    let Wanted { name, services } = wanted;
    let Some(role) = observed.roles.get(name).filter(|role| !role.made_here) else { return Ok(name.clone()) };
    // A role of this name could belong to anyone who may make roles.
    if role.path != spec.path {
        return Err(format!(
            "role {name} exists with the path {} and not {}: rename or delete it, because names of roles are unique in an account \
             whatever their path",
            role.path, spec.path
        ));
    }
    let lacking: Vec<_> = services.iter().filter(|service| !role.trusts.contains(service)).cloned().collect();
    if lacking.is_empty() {
        return Ok(String::new());
    }
    Err(format!(
        "role {name} exists and cannot be assumed by {}: add them to its trust policy if the role is SageMaker's, or delete it",
        lacking.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::Role;

    #[track_caller]
    fn check(role: impl Into<Option<Role>>, expected: Result<&str, &str>) {
        let services = ["lambda.amazonaws.com", "states.amazonaws.com"].map(str::to_owned).to_vec();
        let roles = vec![Wanted { name: "Use".to_owned(), services }];
        let spec = Spec { stack: Some("stack".to_owned()), path: "/service-role/".to_owned(), roles };
        let roles = role.into().into_iter().map(|role| ("Use".to_owned(), role)).collect();
        match (answer(&spec, &Observation { roles }), expected) {
            (Ok(output), Ok(value)) => assert_eq!(output, attributes([("Use", value)])),
            (Err(sentence), Err(start)) => assert!(sentence.starts_with(start), "{sentence}"),
            (answered, _) => panic!("{answered:?}"),
        }
    }

    fn role(path: &str, trusts: &[&str], made_here: bool) -> Role {
        let trusts = trusts.iter().map(|service| format!("{service}.amazonaws.com")).collect();
        Role { path: path.to_owned(), trusts, made_here }
    }

    #[test]
    fn a_role_is_made_when_it_is_missing_and_stays_made_here() {
        check(None, Ok("Use"));
        check(role("/service-role/", &["lambda", "states"], true), Ok("Use"));
        // What the stack made is the stack's to change.
        check(role("/", &[], true), Ok("Use"));
    }

    #[test]
    fn a_role_of_others_is_used_only_when_its_path_and_its_trust_fit() {
        check(role("/service-role/", &["lambda", "states"], false), Ok(""));
        check(role("/service-role/", &["lambda", "states", "glue"], false), Ok(""));
        check(
            role("/", &["lambda", "states"], false),
            Err("role Use exists with the path / and not /service-role/: "),
        );
        let lacking = "role Use exists and cannot be assumed by states.amazonaws.com: ";
        check(role("/service-role/", &["lambda"], false), Err(lacking));
    }
}
