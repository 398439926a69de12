//! URLs that open Studio and notebook instances on AWS. Here they lead to the emulator, which says what they would open; they
//! hold no secret.

use super::invalid;
use super::target::Target;
use super::users::domain_in_service;
use crate::SageMaker;
use crate::store::Kind;
use emulator_core::{Answer, Call, text};
use serde_json::json;

/// Seconds that a session lasts and that a URL can be opened, by the references of the two operations.
const SESSION: u64 = 43_200;
const EXPIRES: u64 = 300;

pub(super) fn domain(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let store = service.store();
    domain_in_service(&service.context, &store, input)?;
    let profile = Target::of(&service.context, Kind::UserProfile, input);
    let space =
        (!text(input, "SpaceName").is_empty()).then(|| Target::of(&service.context, Kind::Space, input));
    for target in [Some(&profile), space.as_ref()].into_iter().flatten() {
        let life = &target.find(&store)?.life;
        if !life.is(&["InService", "Updating"]) {
            return Err(invalid(format!(
                "{} [{}] is in [{}] status. It must be in [InService] status.",
                target.kind.name(),
                target.arn,
                life.status
            )));
        }
    }
    let expires = input["ExpiresInSeconds"].as_u64().unwrap_or(EXPIRES);
    let opened = format!("user-profile/{}", profile.key);
    Ok(json!({"AuthorizedUrl": url(service, call, &opened, Some(expires))}))
}

pub(super) fn notebook(service: &SageMaker, call: &Call) -> Answer {
    let target = Target::of(&service.context, Kind::NotebookInstance, &call.input);
    let mut store = service.store();
    let life = &target.known(&mut store)?.life;
    if !life.is(&["InService"]) {
        return Err(invalid(format!(
            "Notebook Instance ({}) is in status ({}). It must be in status (InService)",
            target.arn, life.status
        )));
    }
    let opened = format!("notebook-instance/{}", target.key);
    Ok(json!({"AuthorizedUrl": url(service, call, &opened, None)}))
}

fn url(service: &SageMaker, call: &Call, opened: &str, expires: Option<u64>) -> String {
    let session = call.input["SessionExpirationDurationInSeconds"].as_u64().unwrap_or(SESSION);
    let expires = expires.map(|seconds| format!("&expires={seconds}")).unwrap_or_default();
    format!("{}/_local/presigned/{opened}?session={session}{expires}", service.context.endpoint)
}
