//! The three events that wake the function, told apart by the `detail-type` that each one always has. Reading is
//! lenient where AWS's own samples disagree, and keeps nothing it does not need.

use crate::build::{Build, Exports, known_variables};
use crate::message::quoted;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::aws::codebuild::{BuildStatus, FailedPhase};

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
    /// A member is of another type than AWS documents.
    #[error("the event {kind} cannot be read: {member} is of another type than AWS documents")]
    Shape {
        /// The type of the event.
        kind: &'static str,
        /// Where, as `detail.type.version`.
        member: String,
    },
}

const ACTION: &str = "CodePipeline Action Execution State Change";
const BUILD: &str = "CodeBuild Build State Change";
const SCHEDULE: &str = "Scheduled Event";

/// The members of the envelope that count. Not `EventBridgeEvent` of `aws_lambda_events`: that refuses an event for members that
/// are not used here, and a refused event is a clone that starts minutes later.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Envelope {
    detail_type: Option<Text>,
    #[serde(default)]
    detail: Value,
}

/// `detail` of an action. Not `CodePipelineEventDetail` of `aws_lambda_events`: that takes versions as numbers only, and AWS's own
/// samples show text
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>).
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ActionDetail {
    state: Option<Text>,
    r#type: Option<ActionType>,
    execution_id: Option<Text>,
}

#[derive(Default, Deserialize)]
struct ActionType {
    owner: Option<Text>,
    provider: Option<Text>,
    version: Option<Text>,
}

/// `detail` of a build. Not `CodeBuildEventDetail` of `aws_lambda_events`: that refuses a build without artifact, source and phases,
/// and has no exported variables
/// (<https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html>).
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BuildDetail {
    build_id: Option<Text>,
    project_name: Option<Text>,
    build_status: Option<Text>,
    additional_information: Option<Information>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Information {
    environment: Option<Environment>,
    exported_environment_variables: Option<Vec<Variable>>,
    phases: Option<Vec<PhaseDetail>>,
    logs: Option<Logs>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Environment {
    environment_variables: Option<Vec<Variable>>,
}

#[derive(Deserialize)]
struct Variable {
    name: Option<Text>,
    value: Option<Text>,
}

#[derive(Deserialize)]
struct PhaseDetail {
    #[serde(rename = "phase-type")]
    name: Option<Text>,
    #[serde(rename = "phase-status")]
    status: Option<Text>,
    /// Like `"CODE: message"`, and like `": "` when there is none.
    #[serde(rename = "phase-context")]
    contexts: Option<Vec<Option<Text>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Logs {
    deep_link: Option<Text>,
}

/// A string, or a number as a string: AWS's samples show versions and ids as both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    String(String),
    Number(serde_json::Number),
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        match text {
            Text::String(text) => text,
            Text::Number(number) => number.to_string(),
        }
    }
}

/// Reads an event.
///
/// # Errors
/// [`Malformed`] when it is not one of the three, or lacks what makes it one.
pub fn read(event: &Value) -> Result<Event, Malformed> {
    let unknown = || Malformed::Type("(none)".to_owned());
    let Envelope { detail_type, detail } = Envelope::deserialize(event).map_err(|_| unknown())?;
    match text(detail_type).as_deref() {
        Some(ACTION) => action(detail_of(ACTION, detail)?).map(Event::Action),
        Some(BUILD) => build(detail_of(BUILD, detail)?).map(Event::Build),
        Some(SCHEDULE) => Ok(Event::Schedule),
        Some(other) => Err(Malformed::Type(quoted(other))),
        None => Err(unknown()),
    }
}

/// Reads `detail`; an event without it lacks its members.
fn detail_of<T: Default + DeserializeOwned>(kind: &'static str, detail: Value) -> Result<T, Malformed> {
    let detail: Option<T> = serde_path_to_error::deserialize(detail)
        .map_err(|error| Malformed::Shape { kind, member: format!("detail.{}", error.path()) })?;
    Ok(detail.unwrap_or_default())
}

fn action(detail: ActionDetail) -> Result<Action, Malformed> {
    let need = |value, member| text(value).ok_or(Malformed::Member { kind: ACTION, member });
    let kind = detail.r#type.unwrap_or_default();
    Ok(Action {
        state: need(detail.state, "detail.state")?,
        owner: text(kind.owner).unwrap_or_default(),
        provider: need(kind.provider, "detail.type.provider")?,
        version: need(kind.version, "detail.type.version")?,
        execution: text(detail.execution_id).unwrap_or_default(),
    })
}

fn build(detail: BuildDetail) -> Result<Build, Malformed> {
    let need = |value, member| text(value).ok_or(Malformed::Member { kind: BUILD, member });
    let information = detail.additional_information.unwrap_or_default();
    let build_id = need(detail.build_id, "detail.build-id")?;
    let environment = pairs(information.environment.unwrap_or_default().environment_variables);
    let exported = pairs(information.exported_environment_variables);
    Ok(Build {
        // The event gives an ARN, all other calls speak of what follows the slash.
        id: build_id.rsplit_once("build/").map_or(build_id.as_str(), |(_, id)| id).to_owned(),
        project: need(detail.project_name, "detail.project-name")?,
        status: BuildStatus::from(need(detail.build_status, "detail.build-status")?.as_str()),
        environment: known_variables(borrowed(&environment)),
        exports: Exports::from_pairs(borrowed(&exported)),
        failed_phase: information.phases.into_iter().flatten().find_map(failed_phase),
        log: text(information.logs.unwrap_or_default().deep_link),
        ended: None,
    })
}

/// The phase, if it is one that failed.
fn failed_phase(phase: PhaseDetail) -> Option<FailedPhase> {
    let status = text(phase.status)?;
    if matches!(status.as_str(), "SUCCEEDED" | "IN_PROGRESS" | "QUEUED") {
        return None;
    }
    let contexts: Vec<String> = phase.contexts.into_iter().flatten().filter_map(text).collect();
    let reasons: Vec<&str> = contexts
        .iter()
        .map(|context| context.trim_matches([':', ' ']))
        .filter(|context| !context.is_empty())
        .collect();
    Some(FailedPhase { name: text(phase.name).unwrap_or_default(), reason: reasons.join("; ") })
}

fn pairs(variables: Option<Vec<Variable>>) -> Vec<(String, String)> {
    let variables = variables.into_iter().flatten();
    variables.filter_map(|variable| Some((text(variable.name)?, variable.value?.into()))).collect()
}

fn borrowed(pairs: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The text of a member that is there and not empty.
fn text(text: Option<Text>) -> Option<String> {
    text.map(String::from).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
