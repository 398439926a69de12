//! Operations on builds that exist: read, stop, retry, delete.

use super::{invalid, start};
use crate::CodeBuild;
use emulator_core::{Answer, Call, Failure, as_value, text, texts};
use serde_json::{Value, json};
use std::time::Duration;

/// How long `StopBuild` waits for the build to end, so that its answer can already say so.
const STOPPING: Duration = Duration::from_secs(2);

/// `project:uuid` of a build given by its id or its ARN.
pub(crate) fn build_id(id_or_arn: &str) -> &str {
    id_or_arn.split_once(":build/").map_or(id_or_arn, |(_, id)| id)
}

/// The project a build belongs to.
pub(super) fn project_of(id_or_arn: &str) -> &str {
    let id = build_id(id_or_arn);
    id.split_once(':').map_or(id, |(project, _)| project)
}

/// The id of a build, which names its project before the colon.
fn checked_id(id_or_arn: &str) -> Result<&str, Failure> {
    let id = build_id(id_or_arn);
    let valid = id.split_once(':').is_some_and(|(project, run)| !project.is_empty() && !run.is_empty());
    if valid { Ok(id) } else { Err(invalid("Invalid build ID provided")) }
}

pub(crate) fn batch_get_builds(service: &CodeBuild, call: &Call) -> Answer {
    let store = service.store();
    let (mut builds, mut not_found) = (Vec::new(), Vec::new());
    for id in texts(&call.input, "ids") {
        match store.build(checked_id(&id)?) {
            Some(build) => builds.push(as_value(build)?),
            None => not_found.push(id),
        }
    }
    Ok(json!({"builds": builds, "buildsNotFound": not_found}))
}

#[expect(clippy::unnecessary_wraps, reason = "the table of operations has one signature")]
pub(crate) fn batch_delete_builds(service: &CodeBuild, call: &Call) -> Answer {
    let mut store = service.store();
    let (mut deleted, mut not_deleted) = (Vec::new(), Vec::new());
    for id in texts(&call.input, "ids") {
        let key = build_id(&id);
        let code = match store.build(key) {
            None => "BUILD_NOT_FOUND",
            Some(build) if !build.build_complete => "BUILD_IN_PROGRESS",
            Some(build) => {
                deleted.push(build.arn.clone());
                store.delete(key);
                continue;
            }
        };
        not_deleted.push(json!({"id": id, "statusCode": code}));
    }
    Ok(json!({"buildsDeleted": deleted, "buildsNotDeleted": not_deleted}))
}

pub(crate) async fn stop_build(service: &CodeBuild, call: &Call) -> Answer {
    let id = checked_id(text(&call.input, "id"))?;
    let control = service.store().record(id).ok_or_else(|| no_build(id))?.control.clone();
    control.stop();
    // A later call sees the end; nothing depends on having seen it here.
    let _ = tokio::time::timeout(STOPPING, control.ended()).await;
    let store = service.store();
    Ok(json!({"build": as_value(store.build(id).ok_or_else(|| no_build(id))?)?}))
}

pub(crate) fn retry_build(service: &CodeBuild, call: &Call) -> Answer {
    let id = checked_id(text(&call.input, "id"))?;
    let mut request = {
        let store = service.store();
        let record = store.record(id).ok_or_else(|| no_build(id))?;
        if !record.build.build_complete {
            return Err(invalid(format!("Build {id} is still in progress")));
        }
        record.request.clone()
    };
    // The old build's token must not find the old build again.
    request["idempotencyToken"] = call.input.get("idempotencyToken").cloned().unwrap_or(Value::Null);
    start::start(service, &call.caller, request)
}

fn no_build(id: &str) -> Failure {
    Failure::new("ResourceNotFoundException", format!("Build cannot be found: {id}"))
}
