//! The two events a build sends to the bus, in `CodeBuild`'s shapes. `build-id` is the build's ARN, not its id.

use crate::model::{Build, Context, Phase};
use emulator_core::ServiceContext;
use serde_json::{Value, json};

const SOURCE: &str = "aws.codebuild";

/// The detail types.
pub(crate) const STATE: &str = "CodeBuild Build State Change";
pub(crate) const PHASE: &str = "CodeBuild Build Phase Change";

/// "`CodeBuild` Build State Change": when a build starts, and when it has ended.
pub(crate) fn state(context: &ServiceContext, build: &Build) {
    context.emit(SOURCE, STATE, std::slice::from_ref(&build.arn), &state_detail(build));
}

/// "`CodeBuild` Build Phase Change": when a phase has ended.
pub(crate) fn phase(context: &ServiceContext, build: &Build, phase: &Phase) {
    context.emit(SOURCE, PHASE, std::slice::from_ref(&build.arn), &phase_detail(build, phase));
}

pub(crate) fn state_detail(build: &Build) -> Value {
    // The first event is sent when the build has only been submitted.
    let current = match build.phases.as_slice() {
        [submitted, _queued] => submitted,
        phases => phases.last().unwrap_or(&phases[0]),
    };
    json!({
        "build-status": build.build_status.name(),
        "project-name": build.project_name,
        "build-id": build.arn,
        "additional-information": information(build),
        "current-phase": current.phase_type.name(),
        "current-phase-context": format!("[{}]", contexts(&current.contexts).join(", ")),
        "version": "1",
    })
}

pub(crate) fn phase_detail(build: &Build, phase: &Phase) -> Value {
    json!({
        "completed-phase": phase.phase_type.name(),
        "completed-phase-status": phase.phase_status.map(crate::model::Status::name),
        "completed-phase-context": format!("[{}]", contexts(&phase.contexts).join(", ")),
        "completed-phase-start": phase.start_time.in_event(),
        "completed-phase-end": phase.end_time.map(crate::model::Moment::in_event),
        "completed-phase-duration-seconds": phase.duration_in_seconds,
        "project-name": build.project_name,
        "build-id": build.arn,
        "additional-information": information(build),
        "version": "1",
    })
}

fn information(build: &Build) -> Value {
    let exported: Vec<_> = build
        .exported_environment_variables
        .iter()
        .map(|variable| json!({"name": variable.name, "value": variable.value}))
        .collect();
    let variables: Vec<_> = build
        .environment
        .environment_variables
        .iter()
        .map(|variable| json!({"name": variable.name, "type": variable.kind, "value": variable.value}))
        .collect();
    let mut source = json!({"type": build.source.kind});
    if let Some(location) = &build.source.location {
        source["location"] = location.as_str().into();
    }
    if let Some(buildspec) = &build.source.buildspec {
        source["buildspec"] = buildspec.as_str().into();
    }
    let mut artifact = json!({"location": build.artifacts.location});
    if let Some(sum) = &build.artifacts.sha256sum {
        artifact["sha256sum"] = sum.as_str().into();
    }
    let mut information = json!({
        "artifact": artifact,
        "cache": build.cache,
        "environment": {
            "image": build.environment.image,
            "privileged-mode": build.environment.privileged_mode,
            "compute-type": build.environment.compute_type,
            "type": build.environment.kind,
            "environment-variables": variables,
        },
        "timeout-in-minutes": build.timeout_in_minutes,
        "queued-timeout-in-minutes": build.queued_timeout_in_minutes,
        "build-complete": build.build_complete,
        "build-number": build.build_number,
        "initiator": build.initiator,
        "build-start-time": build.start_time.in_event(),
        "source": source,
        "logs": {
            "group-name": build.logs.group_name,
            "stream-name": build.logs.stream_name,
            "deep-link": build.logs.deep_link,
        },
        "phases": build.phases.iter().map(phase_entry).collect::<Vec<_>>(),
    });
    if !exported.is_empty() {
        information["exported-environment-variables"] = exported.into();
    }
    if let Some(version) = &build.source_version {
        information["source-version"] = version.as_str().into();
    }
    information
}

/// A phase that has not ended has neither end, duration, status nor context.
fn phase_entry(phase: &Phase) -> Value {
    let mut entry = json!({"phase-type": phase.phase_type.name(), "start-time": phase.start_time.in_event()});
    if let (Some(status), Some(end)) = (phase.phase_status, phase.end_time) {
        entry["phase-status"] = status.name().into();
        entry["end-time"] = end.in_event().into();
        entry["duration-in-seconds"] = phase.duration_in_seconds.into();
        entry["phase-context"] = contexts(&phase.contexts).into();
    }
    entry
}

/// Events carry a context as one string, `CODE: message`.
fn contexts(contexts: &[Context]) -> Vec<String> {
    contexts.iter().map(|context| format!("{}: {}", context.status_code, context.message)).collect()
}
