//! Operations on user profiles.

use super::domains::refuse_if_used;
use super::page::List;
use super::place::Place;
use super::{invalid, made, only, text};
use crate::Service;
use crate::life::{Next, takes};
use crate::store::{Kind, Store};
use emulator_core::{Answer, Failure, World};
use serde_json::{Value, json};

const SHOWN: &[&str] = &["DomainId", "UserProfileName", "Status", "CreationTime", "LastModifiedTime"];

pub(super) fn create(service: &Service, input: &Value) -> Answer {
    let place = Place::of(&service.world, Kind::UserProfile, input);
    let now = service.clock.now();
    let mut store = service.store();
    domain_in_service(&service.world, &store, input)?;
    place.free(&store)?;
    let mut profile = made(&place, input, now, "Pending")?;
    profile.life.then(now + takes::PROFILE_TO_START, Next::Status("InService"));
    profile.members.insert("UserProfileArn".into(), place.arn.clone().into());
    profile.members.insert("HomeEfsFileSystemUid".into(), store.next_user_id().to_string().into());
    store.put(place.kind, place.key, profile);
    Ok(json!({"UserProfileArn": place.arn}))
}

/// Nothing is made in a domain that is not there, or not ready.
pub(super) fn domain_in_service(world: &World, store: &Store, input: &Value) -> Result<(), Failure> {
    let place = Place::of(world, Kind::Domain, input);
    let domain = place.find(store)?;
    if domain.life.is(&["InService", "Updating"]) {
        return Ok(());
    }
    let status = &domain.life.status;
    Err(invalid(format!("Domain [{}] is in [{status}] status. It must be in [InService] status.", place.arn)))
}

pub(super) fn delete(service: &Service, input: &Value) -> Answer {
    let place = Place::of(&service.world, Kind::UserProfile, input);
    let name = text(input, "UserProfileName");
    let now = service.clock.now();
    let mut store = service.store();
    place.deletable(&store)?;
    refuse_if_used(&store, &place, Kind::App, "UserProfileName", name)?;
    refuse_if_used(&store, &place, Kind::Space, "OwnerUserProfileName", name)?;
    let profile = place.find_mut(&mut store)?;
    profile.life.turn(now, "Deleting").then(now + takes::PROFILE_TO_STOP, Next::Gone);
    Ok(Value::Null)
}

pub(super) fn list(service: &Service, input: &Value) -> Answer {
    let list = List { kind: Kind::UserProfile, member: "UserProfiles", descending: false };
    let (domain, part) = (text(input, "DomainIdEquals"), text(input, "UserProfileNameContains"));
    list.answer(
        service,
        input,
        |profile| {
            (domain.is_empty() || profile.text("DomainId") == domain)
                && profile.text("UserProfileName").contains(part)
        },
        |profile| only(SHOWN, &profile.describe(Kind::UserProfile)),
    )
}
