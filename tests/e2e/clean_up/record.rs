//! The evidence: what was called and by whom, and what CloudFormation was answered.

use emulator::cloud::Cloud;
use emulator_core::Recorded;
use serde::Deserialize;
use serde_json::{Value, json};

/// Words that operations begin with that change nothing. A REST call is named by its method.
const LOOKS: [&str; 9] = ["GET ", "HEAD ", "Describe", "Get", "Head", "List", "Search", "Simulate", "Query"];

/// The calls of callers whose ARN contains `part`, from the `from`-th of all calls on.
pub(crate) fn calls(cloud: &Cloud, part: &str, from: usize) -> Vec<Recorded> {
    let mut calls = cloud.recorder().since(from);
    calls.retain(|call| call.principal.contains(part));
    calls
}

/// Those of the calls that may change something, as `service operation`.
pub(crate) fn writes(calls: &[Recorded]) -> Vec<String> {
    let changes = calls.iter().filter(|call| !LOOKS.iter().any(|word| call.operation.starts_with(word)));
    changes.map(|call| format!("{} {}", call.service, call.operation)).collect()
}

/// A request to a custom resource, and everything that was put to its `ResponseURL`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Question {
    stack_id: String,
    logical_resource_id: String,
    request_type: String,
    answers: Vec<String>,
}

impl Question {
    /// Whether all answers are the same.
    fn is_answered_alike(&self) -> bool {
        self.answers.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Whether this is what was asked for.
    pub(crate) fn is(&self, request_type: &str) -> bool {
        self.request_type == request_type
    }

    /// Whether the first answer, which is the one that counts, says that it was done.
    pub(crate) fn succeeded(&self) -> bool {
        let first = self.answers.first().and_then(|text| serde_json::from_str::<Value>(text).ok());
        first.is_some_and(|answer| answer["Status"] == "SUCCESS")
    }
}

/// Fails unless every request was answered that it is done, every time in the same words.
#[track_caller]
pub(crate) fn all_answered_alike(questions: &[Question]) {
    for question in questions {
        assert!(question.succeeded() && question.is_answered_alike(), "{question:?}");
    }
}

/// The requests to the custom resources of a stack so far.
pub(crate) async fn questions(cloud: &Cloud, stack: &str) -> anyhow::Result<Vec<Question>> {
    let mut told: Value = cloud.context().bridge.post("answers", &json!({})).await?;
    let mut questions: Vec<Question> = serde_json::from_value(told["answers"].take())?;
    let part = format!(":stack/{stack}/");
    questions.retain(|question| question.stack_id.contains(&part));
    Ok(questions)
}

/// Fails unless each of these resources was asked once to do this, and answered that it is done, every time in the same
/// words: a function that dies after its answer is invoked again.
#[track_caller]
pub(crate) fn answered_alike(questions: &[Question], request_type: &str, resources: &[&str]) {
    let of: Vec<_> = questions.iter().filter(|question| question.request_type == request_type).collect();
    let mut asked: Vec<_> = of.iter().map(|it| it.logical_resource_id.as_str()).collect();
    asked.sort_unstable();
    assert_eq!(asked, resources, "asked to {request_type}");
    for question in of {
        assert!(question.succeeded() && question.is_answered_alike(), "{question:?}");
    }
}

/// Fails unless each of these resources was asked once to do this, and answered once.
#[track_caller]
pub(crate) fn answered_once(questions: &[Question], request_type: &str, resources: &[&str]) {
    let of = questions.iter().filter(|question| question.request_type == request_type);
    let mut asked: Vec<_> = of.map(|it| (it.logical_resource_id.as_str(), it.answers.len())).collect();
    asked.sort_unstable();
    let wanted: Vec<_> = resources.iter().map(|resource| (*resource, 1)).collect();
    assert_eq!(asked, wanted, "answers to {request_type}");
}
