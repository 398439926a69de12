//! Operations on apps, of every type: on AWS, new apps of Studio Classic can no longer be made, but old ones are still to be
//! deleted.

use super::list::List;
use super::target::{Target, in_use};
use super::users::domain_in_service;
use super::{SHAPES, invalid, made};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::Kind;
use emulator_core::{Answer, Call, Failure, Order, ServiceContext, text};
use serde_json::{Value, json};

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = target(&service.context, input)?;
    let now = service.now();
    let mut store = service.store();
    domain_in_service(&service.context, &store, input)?;
    let owner = if text(input, "SpaceName").is_empty() { Kind::UserProfile } else { Kind::Space };
    let owner = Target::of(&service.context, owner, input);
    let life = &owner.required(&store)?.life;
    if !life.is(&["InService"]) {
        let (kind, arn, status) = (owner.kind.name(), owner.arn, &life.status);
        return Err(invalid(format!(
            "{kind} [{arn}] is in [{status}] status. It must be in [InService] status."
        )));
    }
    let kind = text(input, "AppType");
    if owner.kind == Kind::UserProfile && matches!(kind, "JupyterLab" | "CodeEditor") {
        return Err(invalid(format!(
            "An app of type {kind} must be created in a space: SpaceName is required"
        )));
    }
    // The name of a deleted or failed app is available again.
    let taken = store.get(target.kind, &target.key).is_some_and(|app| !app.life.is(&["Deleted", "Failed"]));
    if taken {
        target.free(&store)?;
    }
    let mut app = made(&target, input, now, "Pending")?;
    app.life.then(service.end_of(now, takes::APP_TO_START), Next::Status("InService"));
    app.members.insert("AppArn".into(), target.arn.clone().into());
    store.put(target.kind, target.key, app);
    Ok(json!({"AppArn": target.arn}))
}

pub(super) fn describe(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    Ok(target(&service.context, input)?.find(&service.store())?.describe(Kind::App))
}

/// A failed app, or one that is deleted already, cannot be deleted; it is only forgotten after a day.
pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = target(&service.context, input)?;
    let now = service.now();
    let mut store = service.store();
    let app = target.find_mut(&mut store)?;
    match app.life.status.as_str() {
        "Deleted" => Err(invalid(format!("App [{}] has already been deleted.", target.arn))),
        "Failed" => {
            Err(target.refusal("ValidationException", "it previously failed and was automatically deleted"))
        }
        "Deleting" => Err(in_use(format!("App [{}] is already being deleted.", target.arn))),
        _ => {
            let deleted = service.end_of(now, takes::APP_TO_STOP);
            app.life
                .set_status(now, "Deleting")
                .then(deleted, Next::Status("Deleted"))
                .then(service.end_of(deleted, takes::APP_TO_BE_FORGOTTEN), Next::Gone);
            Ok(Value::Null)
        }
    }
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list = List { kind: Kind::App, member: "Apps", order: Order::Ascending };
    let filters = [
        ("DomainId", text(input, "DomainIdEquals")),
        ("UserProfileName", text(input, "UserProfileNameEquals")),
        ("SpaceName", text(input, "SpaceNameEquals")),
    ];
    if !filters[1].1.is_empty() && !filters[2].1.is_empty() {
        return Err(invalid("UserProfileNameEquals and SpaceNameEquals cannot both be set"));
    }
    list.answer(
        service,
        input,
        |app| filters.iter().all(|(member, wanted)| wanted.is_empty() || app.text(member) == *wanted),
        |app| SHAPES.only("AppDetails", &app.describe(Kind::App)),
    )
}

/// The app that an input names, if it names exactly one owner.
fn target(context: &ServiceContext, input: &Value) -> Result<Target, Failure> {
    if text(input, "UserProfileName").is_empty() == text(input, "SpaceName").is_empty() {
        return Err(invalid("Exactly one of UserProfileName and SpaceName must be specified"));
    }
    Ok(Target::of(context, Kind::App, input))
}
