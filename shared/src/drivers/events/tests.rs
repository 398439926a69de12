//! What an event starts, joins and tells, with Step Functions and SNS on the loopback.

use super::*;
use crate::drivers::{Clients, Context, InvocationError};
use crate::reconcile::batch::Postponed;
use crate::reconcile::output::Output;
use crate::reconcile::progress::Tracked;
use crate::reconcile::step::Plan;
use serde_json::json;
use std::time::Duration;
use testing::reply::{self, refusal};
use testing::{Call, Reply, ScriptedAws};
use tokio::time::Instant;

const MACHINE: &str = "arn:aws:states:us-east-1:111122223333:stateMachine:storage-cleanup";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:notices";

/// A reconciler with nothing to reconcile.
struct Rules(Option<Route>, Response);

impl Reconcile for Rules {
    type Spec = ();
    type Observation = ();
    type Action = &'static str;
    type Error = std::io::Error;

    async fn observe(&self, (): &()) -> Result<(), std::io::Error> {
        Ok(())
    }

    fn plan((): &(), (): &()) -> Plan<&'static str> {
        Plan::Done(Output::new())
    }

    fn resources(_: &&'static str) -> Vec<Tracked> {
        Vec::new()
    }

    async fn act(&self, _: &&'static str, _: Instant) -> Result<Postponed, std::io::Error> {
        Ok(Postponed::default())
    }
}

impl Subscriber for Rules {
    fn route(&self) -> Option<&Route> {
        self.0.as_ref()
    }

    async fn respond(&self, _: &Event) -> Result<Response, StepError<std::io::Error>> {
        Ok(self.1.clone())
    }
}

/// Serves the event; returns how that ended, and the calls that were made.
async fn serve(
    rules: &Rules,
    event: Value,
    running: &[&str],
    start: Reply,
) -> (Result<(), InvocationError>, Vec<Call>) {
    let runs: Vec<_> = running.iter().map(|name| run_of(name)).collect();
    let published = reply::query("Publish", "");
    let aws = ScriptedAws::default()
        .always("ListExecutions", "", json!({"executions": runs}))
        .always("StartExecution", "", start)
        .always("Publish", "", published);
    let clients = Clients::new(&aws.config("us-east-1", 1).await);
    let arn = "arn:aws:lambda:us-east-1:111122223333:function:cleanup-events";
    let context = Context::new(arn, Instant::now() + Duration::from_mins(1));
    let ended = super::serve(rules, event, &context, &clients).await;
    (ended, aws.all_calls())
}

fn run_of(name: &str) -> Value {
    json!({"executionArn": format!("{MACHINE}:{name}"), "stateMachineArn": MACHINE, "name": name,
        "status": "RUNNING", "startDate": 1})
}

fn started() -> Reply {
    json!({"executionArn": format!("{MACHINE}:x"), "startDate": 1}).into()
}

fn event() -> Value {
    json!({"version": "0", "id": "e-1", "detail-type": "Scheduled Event", "source": "aws.events",
        "account": "111122223333", "time": "2026-11-26T12:00:00Z", "region": "us-east-1", "resources": [],
        "detail": {}})
}

fn rules(runs: &[&str], notice: Option<&str>) -> Rules {
    let runs = runs.iter().map(|subject| Run {
        subject: (*subject).to_owned(),
        cause: "e-1".to_owned(),
        trigger: json!({"DomainId": subject}),
        not_before: 7,
        sentence: format!("the network of {subject}"),
    });
    let notice = notice.map(|text| Notice { subject: "orphans".to_owned(), text: text.to_owned() });
    let route = Route { machine: MACHINE.to_owned(), topic: Some(TOPIC.to_owned()) };
    Rules(Some(route), Response { runs: runs.collect(), notice, counts: Vec::new() })
}

/// The operations of the calls.
fn names(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.operation.as_str()).collect()
}

#[tokio::test]
async fn an_event_starts_its_runs_and_tells_people_once() {
    let (ended, calls) = serve(&rules(&["d-a"], None), event(), &[], started()).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(names(&calls), ["ListExecutions", "StartExecution", "Publish"]);
    let start = &calls[1].body;
    assert_eq!(start["stateMachineArn"], MACHINE);
    assert!(start["name"].as_str().unwrap().starts_with("d-a-"), "{start}");
    let input: Value = serde_json::from_str(start["input"].as_str().unwrap()).unwrap();
    assert_eq!(input, json!({"Event": {"DomainId": "d-a"}, "NotBefore": 7}));
    assert!(calls[2].text.contains("the+network+of+d-a"), "{}", calls[2].text);

    // Delivered again while the run is under way, and after its end.
    let name = start["name"].as_str().unwrap();
    let (ended, calls) = serve(&rules(&["d-a"], None), event(), &[name], started()).await;
    assert_eq!((ended, names(&calls)), (Ok(()), vec!["ListExecutions"]));
    let over = refusal("ExecutionAlreadyExists");
    let (ended, calls) = serve(&rules(&["d-a"], None), event(), &[], over).await;
    assert_eq!((ended, names(&calls)), (Ok(()), vec!["ListExecutions", "StartExecution"]));
}

#[tokio::test]
async fn a_run_of_another_event_is_joined_and_one_of_another_domain_is_not() {
    let running = ["d-a-0123456789abcdef", "d-b-c-0123456789abcdef"];
    let (ended, calls) = serve(&rules(&["d-a", "d-b"], Some("two")), event(), &running, started()).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(names(&calls), ["ListExecutions", "StartExecution", "Publish"]);
    assert!(calls[1].text.contains("d-b-") && !calls[1].text.contains("d-b-c"), "{}", calls[1].text);
    assert!(calls[2].text.contains("two") && !calls[2].text.contains("d-a"), "{}", calls[2].text);
}

#[tokio::test]
async fn what_is_only_told_starts_nothing_and_what_is_nothing_is_not_told() {
    let (ended, calls) = serve(&rules(&[], Some("two")), event(), &[], started()).await;
    assert_eq!((ended, names(&calls)), (Ok(()), vec!["Publish"]));
    let (ended, calls) = serve(&rules(&[], None), event(), &[], started()).await;
    assert_eq!((ended, names(&calls)), (Ok(()), Vec::new()));
}

#[tokio::test]
async fn an_event_of_elsewhere_or_of_no_use_starts_nothing() {
    for (key, value) in [("account", "444455556666"), ("region", "eu-west-1")] {
        let mut elsewhere = event();
        elsewhere[key] = value.into();
        let (ended, calls) = serve(&rules(&["d-a"], Some("two")), elsewhere, &[], started()).await;
        assert_eq!((ended, names(&calls)), (Ok(()), Vec::new()), "{key}");
    }
    let (ended, calls) = serve(&rules(&["d-a"], None), json!({"detail-type": 1}), &[], started()).await;
    assert!(ended.unwrap_err().sentence.starts_with("it is no event of EventBridge"));
    assert!(calls.is_empty());
    let (ended, _) = serve(&Rules(None, Response::default()), event(), &[], started()).await;
    assert!(ended.unwrap_err().sentence.contains("serves no events"));
}

#[tokio::test]
async fn a_call_that_fails_is_an_error_so_that_lambda_tries_again() {
    let denied = refusal("AccessDeniedException");
    let (ended, calls) = serve(&rules(&["d-a"], Some("two")), event(), &[], denied).await;
    let error = ended.unwrap_err();
    assert!(error.sentence.starts_with(&format!("could not start {MACHINE}: AccessDenied")), "{error}");
    assert_eq!(names(&calls), ["ListExecutions", "StartExecution"]);
}

#[test]
fn an_event_has_a_time_and_says_whose_it_is() {
    let read = |member: &str, value: Value| {
        let mut event = event();
        event[member] = value;
        serde_json::from_value::<Event>(event).map(|event| event.time).map_err(|error| error.to_string())
    };
    assert_eq!(read("time", json!("1970-01-01T00:01:00Z")), Ok(60));
    for (member, value, expected) in [
        ("time", json!(""), "premature end of input"),
        ("time", json!("yesterday"), "input contains invalid characters"),
        ("time", json!("1969-01-01T00:00:00Z"), "the time of the event is before 1970"),
        ("time", json!(null), "the event has no time"),
        ("id", json!(null), "the event has no id"),
        ("account", json!(null), "the event has no account"),
        ("region", json!(null), "the event has no region"),
    ] {
        assert_eq!(read(member, value), Err(expected.to_owned()), "{member}");
    }
}
