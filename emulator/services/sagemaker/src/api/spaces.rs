//! Operations on spaces, private ones of a user profile and shared ones.

use super::domains::refuse_if_used;
use super::list::List;
use super::target::Target;
use super::users::domain_in_service;
use super::{SHAPES, invalid, made};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::{Kind, Resource};
use emulator_core::{Answer, Call, Order, text};
use serde_json::{Value, json};

/// Of a space's volume in GB, where neither the space nor its domain says it.
const VOLUME_SIZE: u64 = 5;

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Space, input);
    let now = service.now();
    let mut store = service.store();
    domain_in_service(&service.context, &store, input)?;
    target.free(&store)?;
    let owner = text(&input["OwnershipSettings"], "OwnerUserProfileName");
    let sharing = text(&input["SpaceSharingSettings"], "SharingType");
    if owner.is_empty() != sharing.is_empty() {
        return Err(invalid("OwnershipSettings and SpaceSharingSettings must be given together"));
    }
    if !owner.is_empty() {
        let named = json!({"DomainId": input["DomainId"], "UserProfileName": owner});
        Target::of(&service.context, Kind::UserProfile, &named).required(&store)?;
    }
    let mut space = made(&target, input, now, "Pending")?;
    let volume = volume_size(
        &Target::of(&service.context, Kind::Domain, input).required(&store)?.describe(Kind::Domain),
    );
    let settings = space.members.get_mut("SpaceSettings").and_then(Value::as_object_mut);
    if let Some(settings) = settings
        && sharing == "Private"
        && matches!(text(&input["SpaceSettings"], "AppType"), "JupyterLab" | "CodeEditor")
    {
        let volume = json!({"EbsStorageSettings": {"EbsVolumeSizeInGb": volume}});
        settings.entry("SpaceStorageSettings").or_insert(volume);
    }
    space.life.then(service.end_of(now, takes::SPACE_TO_START), Next::Status("InService"));
    let (domain, name) = (text(input, "DomainId"), text(input, "SpaceName"));
    let url = format!("https://{domain}.studio.{}.sagemaker.aws/?space={name}", service.context.region);
    space.members.insert("Url".into(), url.into());
    space.members.insert("SpaceArn".into(), target.arn.clone().into());
    space.members.insert("HomeEfsFileSystemUid".into(), store.next_user_id().to_string().into());
    store.put(target.kind, target.key, space);
    Ok(json!({"SpaceArn": target.arn}))
}

/// Size of the volume of a private space of this domain that asks for none.
fn volume_size(domain: &Value) -> u64 {
    let default =
        "/DefaultUserSettings/SpaceStorageSettings/DefaultEbsStorageSettings/DefaultEbsVolumeSizeInGb";
    domain.pointer(default).and_then(Value::as_u64).unwrap_or(VOLUME_SIZE)
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::Space, input);
    let now = service.now();
    let mut store = service.store();
    target.deletable(&store)?;
    refuse_if_used(&store, &target, Kind::App, "SpaceName", text(input, "SpaceName"))?;
    let space = target.find_mut(&mut store)?;
    space.life.set_status(now, "Deleting").then(service.end_of(now, takes::SPACE_TO_STOP), Next::Gone);
    Ok(Value::Null)
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list = List { kind: Kind::Space, member: "Spaces", order: Order::Ascending };
    let (domain, part) = (text(input, "DomainIdEquals"), text(input, "SpaceNameContains"));
    list.answer(
        service,
        input,
        |space| {
            (domain.is_empty() || space.text("DomainId") == domain) && space.text("SpaceName").contains(part)
        },
        summary,
    )
}

fn summary(space: &Resource) -> Value {
    let space = space.describe(Kind::Space);
    let mut shown = SHAPES.only("SpaceDetails", &space);
    let settings = SHAPES.only("SpaceSettingsSummary", &space["SpaceSettings"]);
    for (name, value) in [
        ("SpaceSettingsSummary", settings),
        ("SpaceSharingSettingsSummary", space["SpaceSharingSettings"].clone()),
        ("OwnershipSettingsSummary", space["OwnershipSettings"].clone()),
    ] {
        if value.as_object().is_some_and(|members| !members.is_empty()) {
            shown[name] = value;
        }
    }
    shown
}
