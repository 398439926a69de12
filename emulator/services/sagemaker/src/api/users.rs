//! Operations on user profiles.

use super::domains::refuse_if_used;
use super::list::List;
use super::target::Target;
use super::{SHAPES, invalid, made};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::{Kind, Store};
use emulator_core::{Answer, Call, Failure, Order, ServiceContext, text};
use serde_json::{Value, json};

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::UserProfile, input);
    let now = service.now();
    let mut store = service.store();
    domain_in_service(&service.context, &store, input)?;
    target.free(&store)?;
    let mut profile = made(&target, input, now, "Pending")?;
    profile.life.then(service.end_of(now, takes::PROFILE_TO_START), Next::Status("InService"));
    profile.members.insert("UserProfileArn".into(), target.arn.clone().into());
    profile.members.insert("HomeEfsFileSystemUid".into(), store.next_user_id().to_string().into());
    store.put(target.kind, target.key, profile);
    Ok(json!({"UserProfileArn": target.arn}))
}

/// Nothing is made in a domain that is not there, or not ready.
pub(super) fn domain_in_service(
    context: &ServiceContext,
    store: &Store,
    input: &Value,
) -> Result<(), Failure> {
    let target = Target::of(context, Kind::Domain, input);
    let domain = target.required(store)?;
    if domain.life.is(&["InService", "Updating"]) {
        return Ok(());
    }
    let status = &domain.life.status;
    Err(invalid(format!(
        "Domain [{}] is in [{status}] status. It must be in [InService] status.",
        target.arn
    )))
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::UserProfile, input);
    let name = text(input, "UserProfileName");
    let now = service.now();
    let mut store = service.store();
    target.deletable(&store)?;
    refuse_if_used(&store, &target, Kind::App, "UserProfileName", name)?;
    refuse_if_used(&store, &target, Kind::Space, "OwnerUserProfileName", name)?;
    let profile = target.find_mut(&mut store)?;
    profile.life.set_status(now, "Deleting").then(service.end_of(now, takes::PROFILE_TO_STOP), Next::Gone);
    Ok(Value::Null)
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list = List { kind: Kind::UserProfile, member: "UserProfiles", order: Order::Ascending };
    let (domain, part) = (text(input, "DomainIdEquals"), text(input, "UserProfileNameContains"));
    list.answer(
        service,
        input,
        |profile| {
            (domain.is_empty() || profile.text("DomainId") == domain)
                && profile.text("UserProfileName").contains(part)
        },
        |profile| SHAPES.only("UserProfileDetails", &profile.describe(Kind::UserProfile)),
    )
}
