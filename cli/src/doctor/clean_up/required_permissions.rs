//! What a clean-up must be allowed to do, and to what.

use crate::doctor::permission::Requirement;
use crate::session::Session;
use storage_cleanup::{Storage, Vpc};

/// Only for what the plan reports beside: tracking servers and running pipelines.
const OPTIONAL: &[&str] = &["sagemaker:ListMlflowTrackingServers", "sagemaker:ListTags", "sagemaker:Search"];

/// The actions that these options need, each once.
pub(crate) fn required_permissions(storage: Storage, vpc: Vpc) -> Vec<(&'static str, Requirement)> {
    let actions =
        studio_cleanup::PERMISSIONS.iter().copied().chain(storage_cleanup::permissions(storage, vpc));
    let mut required_permissions: Vec<(&'static str, Requirement)> = Vec::new();
    for action in actions {
        if !required_permissions.iter().any(|(known, _)| *known == action) {
            let requirement =
                if OPTIONAL.contains(&action) { Requirement::Optional } else { Requirement::Needed };
            required_permissions.push((action, requirement));
        }
    }
    required_permissions
}

/// What an ARN begins with.
#[derive(Clone, Debug)]
pub(crate) struct Where {
    partition: String,
    region: String,
    account: String,
}

impl Where {
    pub(crate) fn of(session: &Session) -> Self {
        let partition = session.caller.split(':').nth(1).unwrap_or("aws").to_owned();
        Self { partition, region: session.region.clone(), account: session.account.clone() }
    }
}

/// What an action is done to. Policies are often limited to one domain, and would seem to deny everything if they were
/// asked about `*`. The asterisks in an ARN are taken as they are, so that they match a policy's own.
pub(crate) fn resource(action: &str, place: &Where, domain: Option<&str>) -> String {
    let Where { partition, region, account } = place;
    let (Some(domain), Some((verb, noun))) = (domain, split(action)) else {
        return "*".to_owned();
    };
    if !["Delete", "Describe"].contains(&verb) {
        return "*".to_owned();
    }
    let path = match noun {
        "App" => format!("app/{domain}/*"),
        "Space" => format!("space/{domain}/*"),
        "UserProfile" => format!("user-profile/{domain}/*"),
        "Domain" => format!("domain/{domain}"),
        _ => return "*".to_owned(),
    };
    format!("arn:{partition}:sagemaker:{region}:{account}:{path}")
}

/// `sagemaker:DeleteApp` -> `Delete`, `App`.
fn split(action: &str) -> Option<(&str, &str)> {
    let name = action.strip_prefix("sagemaker:")?;
    let second = name.char_indices().skip(1).find(|(_, letter)| letter.is_ascii_uppercase())?.0;
    Some(name.split_at(second))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_needed_grows_with_the_options() {
        let least = required_permissions(Storage::Keep, Vpc::Keep);
        for (storage, vpc, word) in [
            (Storage::Delete, Vpc::Keep, "elasticfilesystem:DeleteFileSystem"),
            (Storage::Backup, Vpc::Keep, "backup:StartBackupJob"),
            (Storage::Keep, Vpc::Delete, "ec2:DeleteVpc"),
        ] {
            let names = |required_permissions: &[(&'static str, Requirement)]| {
                required_permissions.iter().map(|(action, _)| *action).collect::<Vec<_>>()
            };
            assert!(!names(&least).contains(&word), "{word} is not needed by default");
            let more = required_permissions(storage, vpc);
            assert!(names(&more).contains(&word), "{word}");
            let once: BTreeSet<_> = names(&more).into_iter().collect();
            assert_eq!(once.len(), more.len(), "each once");
        }
    }

    #[test]
    fn what_is_optional_is_really_asked_for() {
        let least = required_permissions(Storage::Keep, Vpc::Keep);
        for action in OPTIONAL {
            assert!(
                least.contains(&(*action, Requirement::Optional)),
                "{action} is no longer used: take it out"
            );
        }
    }

    #[test]
    fn an_action_on_a_thing_of_the_domain_is_asked_about_that_domain() {
        let place =
            Where { partition: "aws-cn".into(), region: "cn-north-1".into(), account: "111122223333".into() };
        let of = |action: &str, domain: Option<&str>| resource(action, &place, domain);
        let arn = "arn:aws-cn:sagemaker:cn-north-1:111122223333";
        for (action, expected) in [
            ("sagemaker:DeleteApp", format!("{arn}:app/d-abc/*")),
            ("sagemaker:DescribeSpace", format!("{arn}:space/d-abc/*")),
            ("sagemaker:DeleteUserProfile", format!("{arn}:user-profile/d-abc/*")),
            ("sagemaker:DeleteDomain", format!("{arn}:domain/d-abc")),
            ("sagemaker:ListApps", "*".to_owned()),
            ("sagemaker:Search", "*".to_owned()),
            ("ec2:DeleteVpc", "*".to_owned()),
        ] {
            assert_eq!(of(action, Some("d-abc")), expected, "{action}");
            assert_eq!(of(action, None), "*", "{action}");
        }
    }
}
