//! From an event to the runs that it starts and to what people are told.

use super::{Event, EventInput, Notice, Response, Route, Run, Subscriber};
use crate::aws::query::{Api, Input};
use crate::drivers::turn::TurnError;
use crate::drivers::{Clients, Context, InvocationError};
use crate::error::{Cause, cause, chain};
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::types::ExecutionStatus;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes of the hash at the end of an execution's name, in hexadecimal twice as many characters: with a subject of 63
/// characters and a hyphen the name has the 80 that it may have (`StartExecution`, parameter `name`).
const HASH: usize = 8;

/// <https://docs.aws.amazon.com/sns/latest/api/>
const SNS: Api = Api::new("SNS", "sns", "2010-03-31");

#[derive(Debug, thiserror::Error)]
#[error("could not {what}")]
struct Failed {
    what: String,
    #[source]
    source: Cause,
}

impl Failed {
    fn new(what: impl Into<String>, source: Cause) -> Self {
        Self { what: what.into(), source }
    }
}

/// Responds to an event. Delivered again, it joins the runs that it started before.
///
/// # Errors
/// When the event is none of ours or a call failed. Lambda delivers the event again, twice.
pub(crate) async fn serve<R: Subscriber>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<(), InvocationError> {
    let event: Event = serde_json::from_value(event)
        .map_err(|error| InvocationError::unreadable(format!("it is no event of EventBridge: {error}")))?;
    let Some(route) = it.route() else {
        return Err(InvocationError::failed(
            "this function serves no events: its environment names no state machine",
        ));
    };
    let (region, account) = context.place().map_err(InvocationError::failed)?;
    if (event.region.as_str(), event.account.as_str()) != (region, account) {
        let Event { id, account, region, .. } = &event;
        tracing::warn!(
            event = id,
            account,
            region,
            "the event is of another account or Region: nothing is done"
        );
        return Ok(());
    }
    tracing::info!(event = event.id, kind = event.detail_type, "an event of EventBridge");
    let response = it.respond(&event).await.map_err(TurnError::from)?;
    for (metric, count) in &response.counts {
        crate::log::count(metric, *count);
    }
    work(response, route, clients).await.map_err(|error| InvocationError::failed(chain(&error)))
}

/// Starts the runs, then tells people.
async fn work(response: Response, route: &Route, clients: &Clients) -> Result<(), Failed> {
    let mut started = Vec::new();
    let running =
        if response.runs.is_empty() { Vec::new() } else { running(clients, &route.machine).await? };
    for run in &response.runs {
        let joined = running.iter().any(|name| subject(name) == Some(&run.subject));
        let joined = joined || !start(clients, &route.machine, run).await?;
        tracing::info!(subject = run.subject, joined, not_before = run.not_before, "a run for an event");
        if !joined {
            started.push(run.sentence.as_str());
        }
    }
    let notice = match (response.notice, started.is_empty()) {
        (None, true) => return Ok(()),
        (None, false) => Notice { subject: "sm-mlops: clean-up by an event".to_owned(), text: String::new() },
        (Some(notice), _) => notice,
    };
    let text: Vec<_> =
        [notice.text.as_str()].into_iter().chain(started).filter(|text| !text.is_empty()).collect();
    publish(clients, route.topic.as_deref(), &notice.subject, &text.join("\n\n")).await
}

/// The names of the runs that are under way.
async fn running(clients: &Clients, machine: &str) -> Result<Vec<String>, Failed> {
    let pages =
        clients.sfn.list_executions().state_machine_arn(machine).status_filter(ExecutionStatus::Running);
    let listed = pages.into_paginator().items().send().try_collect().await;
    let listed: Vec<_> =
        listed.map_err(|error| Failed::new(format!("list the runs of {machine}"), cause(error)))?;
    Ok(listed.into_iter().map(|run| run.name).collect())
}

/// Whether the run was started, and not by a delivery of the same event before.
async fn start(clients: &Clients, machine: &str, run: &Run) -> Result<bool, Failed> {
    let input = json!(EventInput { event: run.trigger.clone(), not_before: run.not_before });
    let call = clients.sfn.start_execution().state_machine_arn(machine);
    match call.name(name(&run.subject, &run.cause)).input(input.to_string()).send().await {
        Ok(_) => Ok(true),
        Err(error)
            if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) =>
        {
            Ok(false)
        }
        Err(error) => Err(Failed::new(format!("start {machine}"), cause(error))),
    }
}

async fn publish(clients: &Clients, topic: Option<&str>, subject: &str, text: &str) -> Result<(), Failed> {
    let Some(topic) = topic else {
        tracing::info!(subject, text, "no topic is told");
        return Ok(());
    };
    let input = Input::default().with("TopicArn", topic).with("Subject", subject).with("Message", text);
    let published = SNS.call(&clients.config, "Publish", &input).await;
    published.map(drop).map_err(|cause| Failed::new(format!("publish to {topic}"), cause))
}

/// `d-abc-0123456789abcdef`: the same for every run of one cause.
fn name(subject: &str, cause: &str) -> String {
    format!("{subject}-{}", hex::encode(&Sha256::digest(cause.as_bytes())[..HASH]))
}

/// What a run of this name is about; nothing when no event started it.
#[must_use]
pub fn subject(name: &str) -> Option<&str> {
    let (subject, hash) = name.rsplit_once('-')?;
    let is_hash = hash.len() == 2 * HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && !subject.is_empty()).then_some(subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_is_about_the_domain_in_its_name() {
        let longest = format!("d-{}", "a".repeat(61));
        let one = name(&longest, "event-1");
        assert_eq!(one.len(), 80, "the name of an execution has at most 80 characters");
        assert_eq!(one, name(&longest, "event-1"));
        assert_ne!(one, name(&longest, "event-2"));
        assert_eq!(subject(&one), Some(longest.as_str()));
        for (name, expected) in [
            (name("d-a", "1"), Some("d-a")),
            (name("d-a-b", "1"), Some("d-a-b")),
            (name("d-a-0123456789abcdef", "1"), Some("d-a-0123456789abcdef")),
            ("d-a".to_owned(), None),
            ("d-a-by-hand-for-now-x".to_owned(), None),
            ("-0123456789abcdef".to_owned(), None),
            // That of a request of CloudFormation.
            ("0123456789abcdef".repeat(4), None),
        ] {
            assert_eq!(subject(&name), expected, "{name}");
        }
    }
}
