//! Operations on `MLflow` tracking servers. They belong to no domain: one that a domain's users made outlives it.

use super::list::List;
use super::pipelines::context;
use super::target::Target;
use super::{SHAPES, invalid, made};
use crate::SageMaker;
use crate::life::{Next, takes};
use crate::store::Kind;
use emulator_core::{Answer, Call, Order, text};
use serde_json::json;

pub(super) fn create(service: &SageMaker, call: &Call) -> Answer {
    let (input, caller) = (&call.input, &call.caller);
    let target = Target::of(&service.context, Kind::TrackingServer, input);
    let now = service.now();
    let mut store = service.store();
    // No error of the model says that the name is taken.
    target.free(&store).map_err(|failure| invalid(failure.message))?;
    let mut server = made(&target, input, now, "Creating")?;
    server.life.then(service.end_of(now, takes::SERVER_TO_START), Next::Status("Created"));
    let members = &mut server.members;
    members.insert("TrackingServerArn".into(), target.arn.clone().into());
    members.insert("IsActive".into(), "Active".into());
    members.insert("CreatedBy".into(), context(caller));
    members.entry("TrackingServerSize").or_insert("Small".into());
    store.put(target.kind, target.key, server);
    Ok(json!({"TrackingServerArn": target.arn}))
}

pub(super) fn delete(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let target = Target::of(&service.context, Kind::TrackingServer, input);
    let now = service.now();
    let mut store = service.store();
    let server = target.find_mut(&mut store)?;
    if !server.life.is(&["Deleting"]) {
        server.life.set_status(now, "Deleting").then(service.end_of(now, takes::SERVER_TO_STOP), Next::Gone);
    }
    Ok(json!({"TrackingServerArn": target.arn}))
}

pub(super) fn list(service: &SageMaker, call: &Call) -> Answer {
    let input = &call.input;
    let list =
        List { kind: Kind::TrackingServer, member: "TrackingServerSummaries", order: Order::Descending };
    let (status, version) = (text(input, "TrackingServerStatus"), text(input, "MlflowVersion"));
    list.answer(
        service,
        input,
        |server| {
            (status.is_empty() || server.life.is(&[status]))
                && (version.is_empty() || server.text("MlflowVersion") == version)
        },
        |server| SHAPES.only("TrackingServerSummary", &server.describe(Kind::TrackingServer)),
    )
}
