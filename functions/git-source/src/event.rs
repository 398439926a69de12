//! The three events that wake the function, told apart by the `detail-type` that each one always has. Reading is
//! lenient where AWS's own samples disagree, and keeps nothing it does not need.

use crate::build::{Build, Exports, Phase, Status, known_variables};
use crate::message::quoted;
use serde_json::Value;

/// What happened.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// An action of a pipeline changed its state.
    Action(Action),
    /// A build changed its state.
    Build(Build),
    /// It is time to look for what was lost.
    Schedule,
}

/// An action of a pipeline that changed its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// `STARTED` and so on.
    pub state: String,
    /// `Custom` for ours.
    pub owner: String,
    /// The provider of the action type.
    pub provider: String,
    /// The version of the action type, as text whatever it was sent as.
    pub version: String,
    /// The pipeline execution it belongs to.
    pub execution: String,
}

/// An event this function cannot use. Another delivery would bring the same one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Malformed {
    /// Nobody should have sent it here.
    #[error("an event of the type {0} is none of ours: check the targets of the event rules")]
    Type(String),
    /// A member without which it means nothing is missing.
    #[error("the event {kind} has no {member}")]
    Member {
        /// The type of the event.
        kind: &'static str,
        /// What it lacks.
        member: &'static str,
    },
}

const ACTION: &str = "CodePipeline Action Execution State Change";
const BUILD: &str = "CodeBuild Build State Change";
const SCHEDULE: &str = "Scheduled Event";

/// Reads an event.
///
/// # Errors
/// [`Malformed`] when it is not one of the three, or lacks what makes it one.
pub fn read(event: &Value) -> Result<Event, Malformed> {
    match event["detail-type"].as_str() {
        Some(ACTION) => action(&event["detail"]).map(Event::Action),
        Some(BUILD) => build(&event["detail"]).map(Event::Build),
        Some(SCHEDULE) => Ok(Event::Schedule),
        Some(other) => Err(Malformed::Type(quoted(other))),
        None => Err(Malformed::Type("(none)".to_owned())),
    }
}

fn action(detail: &Value) -> Result<Action, Malformed> {
    let need = |value: &Value, member| text(value).ok_or(Malformed::Member { kind: ACTION, member });
    let kind = &detail["type"];
    Ok(Action {
        state: need(&detail["state"], "detail.state")?,
        owner: text(&kind["owner"]).unwrap_or_default(),
        provider: need(&kind["provider"], "detail.type.provider")?,
        version: need(&kind["version"], "detail.type.version")?,
        execution: text(&detail["execution-id"]).unwrap_or_default(),
    })
}

fn build(detail: &Value) -> Result<Build, Malformed> {
    let need = |value: &Value, member| text(value).ok_or(Malformed::Member { kind: BUILD, member });
    let information = &detail["additional-information"];
    let build_id = need(&detail["build-id"], "detail.build-id")?;
    Ok(Build {
        // The event gives an ARN, all other calls speak of what follows the slash.
        id: build_id.rsplit_once("build/").map_or(build_id.as_str(), |(_, id)| id).to_owned(),
        project: need(&detail["project-name"], "detail.project-name")?,
        status: Status::from(need(&detail["build-status"], "detail.build-status")?.as_str()),
        environment: known_variables(pairs(&information["environment"]["environment-variables"])),
        exports: Exports::from_pairs(pairs(&information["exported-environment-variables"])),
        failed_phase: list(&information["phases"]).find_map(failed_phase),
        log: text(&information["logs"]["deep-link"]),
        ended: None,
    })
}

/// The phase, if it is one that failed. Its contexts look like `"CODE: message"`, and like `": "` when there is none.
fn failed_phase(phase: &Value) -> Option<Phase> {
    let status = phase["phase-status"].as_str()?;
    if matches!(status, "SUCCEEDED" | "IN_PROGRESS" | "QUEUED") {
        return None;
    }
    let reasons: Vec<&str> = list(&phase["phase-context"])
        .filter_map(Value::as_str)
        .map(|context| context.trim_matches([':', ' ']))
        .filter(|context| !context.is_empty())
        .collect();
    Some(Phase { name: text(&phase["phase-type"]).unwrap_or_default(), reason: reasons.join("; ") })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn pairs(value: &Value) -> impl Iterator<Item = (&str, &str)> {
    list(value).filter_map(|pair| Some((pair["name"].as_str()?, pair["value"].as_str()?)))
}

/// A string, or a number as a string: AWS's samples show versions and ids as both.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
