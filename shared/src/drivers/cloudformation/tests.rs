//! Every way a request can end, without a network: what is answered, and in how many bytes.

use super::work::{Rest, work};
use super::*;
use crate::fake::FakeReconciler;
use crate::reconcile::output::{Output, attributes, texts};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

fn event(kind: &str, physical_id: Option<&str>, properties: &Value) -> Value {
    let mut event = json!({
        "RequestType": kind, "ResponseURL": "https://s3.example/?canary-4711", "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Emptied", "ResourceType": "Custom::Countdown", "ResourceProperties": properties,
    });
    if let Some(id) = physical_id {
        event["PhysicalResourceId"] = id.into();
    }
    event
}

fn request(kind: &str, physical_id: Option<&str>, properties: &Value) -> Request {
    Envelope::<PlainUrl>::read(event(kind, physical_id, properties)).unwrap().request
}

/// The outcome of a request when the state machine is available or not, in a Lambda of so many seconds.
async fn worked(request: &Request, from: usize, handed_over: bool, seconds: u64) -> Option<(String, String)> {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let rest =
        async || if handed_over { Rest::Started } else { Rest::Here("no such state machine".to_owned()) };
    let outcome = work(&FakeReconciler::from(from), request, deadline, rest).await?;
    let said = outcome.result.map_or_else(|why| why, |output| format!("{:?}", texts(&output)));
    Some((outcome.physical_id, said))
}

#[track_caller]
fn check(
    kind: &str,
    id: Option<&str>,
    properties: &Value,
    from: usize,
    handed_over: bool,
    expected: Option<(&str, &str)>,
) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let worked = runtime.block_on(worked(&request(kind, id, properties), from, handed_over, 60));
    let worked = worked.as_ref().map(|(id, said)| (id.as_str(), said.as_str()));
    assert_eq!(worked, expected, "{kind} {id:?} {properties}");
}

#[test]
fn every_request_is_answered_or_handed_over() {
    let named = |behaviour: &str| json!({"ServiceToken": "arn", "ServiceTimeout": "60", "Name": "x", "Behaviour": behaviour});
    let counting = named("Counting");
    let done = r#"{"Number": "0"}"#;
    // Done already, and in progress.
    check("Create", None, &counting, 0, true, Some(("x", done)));
    check("Update", Some("old"), &counting, 0, true, Some(("x", done)));
    // The answer to a Delete has no attributes, however far the work was.
    check("Delete", Some("old"), &counting, 0, true, Some(("old", "{}")));
    check("Delete", Some("x"), &counting, 3, true, None);
    // The state machine is not available: the steps go on in this Lambda until done or out of time.
    check("Delete", Some("x"), &counting, 3, false, Some(("x", "{}")));
    let late = "out of time with 3 numbers left: 1 number being deleted (3) (the state machine, which has more time, cannot be used: no such state machine); \
                deleting the stack again continues where it stopped";
    check("Delete", Some("x"), &named("Asleep"), 3, false, Some(("x", late)));
    // What was never created.
    check("Delete", Some("never-created"), &json!({"Nonsense": 1}), 3, false, Some(("never-created", "{}")));
    // Trouble. A failed Create may have made something; a failed Update leaves the old thing.
    check("Create", None, &named("Stuck"), 3, true, Some(("x", "app `a` failed to stop")));
    check("Update", Some("old"), &named("Stuck"), 3, true, Some(("old", "app `a` failed to stop")));
    let denied = "could not count: AccessDeniedException: a test";
    check("Delete", Some("x"), &named("Denied"), 3, true, Some(("x", denied)));
    check("Delete", Some("x"), &named("Busy"), 3, true, None);
    let bug = "the function panicked: its log says where";
    check("Create", None, &named("Panicking"), 3, true, Some(("x", bug)));
    let hangs = "out of time: AWS did not answer within the time that the function has; \
                 deleting the stack again continues where it stopped";
    check("Delete", Some("x"), &named("Hanging"), 3, true, Some(("x", hangs)));
}

#[tokio::test(start_paused = true)]
async fn a_long_run_without_the_state_machine_says_what_is_left_and_not_that_aws_is_silent() {
    let request = request("Delete", Some("x"), &json!({"Name": "x", "Behaviour": "Asleep"}));
    let (_, said) = worked(&request, 3, false, 900).await.unwrap();
    assert!(said.starts_with("out of time with 3 numbers left: 1 number being deleted (3) ("), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_one_shot_function_takes_all_steps_itself_and_says_what_is_left_when_its_time_is_over() {
    let ask = async |behaviour: &str| {
        let request = request("Update", Some("x"), &json!({"Name": "x", "Behaviour": behaviour}));
        let deadline = Instant::now() + Duration::from_mins(1);
        work(&FakeReconciler::from(3), &request, deadline, async || Rest::OneShot).await.unwrap().result
    };
    assert_eq!(ask("Counting").await, Ok(attributes([("Number", "0")])));
    let late = "out of time with 3 numbers left: 1 number being deleted (3); doing it again continues where it stopped";
    assert_eq!(ask("Asleep").await, Err(late.to_owned()));
}

/// Says whether something is there.
struct Finder {
    there: bool,
}

impl LookUp for Finder {
    type Properties = Value;
    type Spec = String;
    type Observation = bool;
    type Error = std::io::Error;

    fn physical_id(_properties: &Value) -> String {
        "finder".to_owned()
    }

    fn spec(_origin: &Origin, properties: Value) -> Result<String, String> {
        properties["Name"].as_str().map(str::to_owned).ok_or_else(|| "Name is missing: give one".to_owned())
    }

    async fn read(&self, _name: &String) -> Result<bool, std::io::Error> {
        Ok(self.there)
    }

    fn answer(name: &String, there: &bool) -> Result<Output, String> {
        there
            .then(|| attributes([("Names", vec![name.clone()])]))
            .ok_or_else(|| format!("{name} is not there"))
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_looked_up_is_answered_and_its_delete_has_nothing_to_undo() {
    let ask = async |kind: &str, properties: Value, there: bool| {
        let deadline = Instant::now() + Duration::from_mins(1);
        let request = request(kind, Some("finder"), &properties);
        work(&Finder { there }, &request, deadline, async || Rest::OneShot).await.unwrap().result
    };
    let named = json!({"Name": "x"});
    assert_eq!(ask("Update", named.clone(), true).await, Ok(attributes([("Names", vec!["x".to_owned()])])));
    assert_eq!(ask("Update", named.clone(), false).await, Err("x is not there".to_owned()));
    assert_eq!(ask("Update", json!({}), true).await, Err("Name is missing: give one".to_owned()));
    for properties in [named, json!({}), json!("no properties")] {
        assert_eq!(ask("Delete", properties, false).await, Ok(Output::new()));
    }
}

#[test]
fn what_cannot_be_understood_is_refused_and_nothing_is_made() {
    let unknown =
        "the properties cannot be read: unknown field `Nmae`, expected `Name` or `Behaviour` (property Nmae)";
    let spaced = "Name is `a b`: write it without spaces";
    for (properties, expected) in [
        (json!({"Nmae": "x"}), unknown),
        (json!({}), "the properties cannot be read: missing field `Name`"),
        (json!({"Name": "a b"}), spaced),
        (
            json!("text"),
            "the properties cannot be read: invalid type: string \"text\", expected struct Properties",
        ),
    ] {
        check("Create", None, &properties, 3, true, Some(("never-created", expected)));
        check("Update", Some("x"), &properties, 3, true, Some(("x", expected)));
        check("Delete", Some("x"), &properties, 3, true, Some(("x", expected)));
    }
    let kind = "RequestType is `Read`: this function knows Create, Update and Delete";
    check("Read", Some("x"), &json!({"Name": "x"}), 3, true, Some(("x", kind)));
    check("", None, &json!({"Name": "x"}), 3, true, Some(("never-created", &kind.replace("Read", ""))));
}

#[test]
fn a_request_that_nobody_can_be_answered_about_is_an_error_that_quotes_nothing() {
    for key in ["ResponseURL", "StackId", "RequestId", "LogicalResourceId"] {
        let mut event = event("Create", None, &json!({"Name": "x"}));
        event.as_object_mut().unwrap().remove(key);
        let error = Envelope::<PlainUrl>::read(event).err().expect("unreadable");
        assert!(error.contains(key) && !error.contains("canary"), "{error}");
    }
    let mut other_type = event("Create", None, &json!({"Name": "x"}));
    other_type["ResponseURL"] = json!(["canary-4711"]);
    for bad in [json!("canary-4711"), other_type] {
        let error = Envelope::<PlainUrl>::read(bad).err().expect("unreadable");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn a_request_survives_its_way_through_the_state_machine() {
    let properties = json!({"Name": "x", "ServiceTimeout": "600", "ServiceToken": "arn"});
    for (kind, id) in [("Create", None), ("Update", Some("x")), ("Delete", Some("x"))] {
        let before = request(kind, id, &properties);
        let url = EncryptedUrl { encrypted: "c2VhbGVk".to_owned() };
        let input = RequestInput {
            request: Envelope { request: before.clone(), url: url.clone() },
            asked: Some(7),
            encrypted_properties: Vec::new(),
        };
        let input = json!(input);
        let after = Envelope::<EncryptedUrl>::read(input["Request"].clone()).unwrap();
        assert_eq!((&after.url, &input["Asked"]), (&url, &json!(7)));
        assert_eq!(json!(after.request), json!(before));
        assert_eq!(after.request.service_timeout(), Duration::from_mins(10));
    }
}

#[test]
fn a_run_ends_before_cloudformation_stops_waiting() {
    for (timeout, expected) in [
        (json!(null), 3540),
        (json!("3600"), 3540),
        (json!(600), 540),
        (json!("60"), 30),
        (json!("soon"), 3540),
        (json!("99999"), 3540),
        (json!(0), 3540),
    ] {
        let request = request("Create", None, &json!({"ServiceTimeout": timeout}));
        assert_eq!(answer_within(&request).as_secs(), expected, "{timeout}");
    }
}

fn answered(result: Result<Output, String>) -> Value {
    let request = request("Create", None, &json!({"Name": "x"}));
    let bytes = reply(&request, &Outcome { physical_id: "x".to_owned(), result });
    assert!(bytes.len() <= 4096, "{} bytes", bytes.len());
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn an_answer_says_what_cloudformation_must_know() {
    let data = attributes([("B", "2".to_owned()), ("A", "1".to_owned())]);
    let expected = json!({
        "Status": "SUCCESS", "PhysicalResourceId": "x", "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Emptied", "Data": {"A": "1", "B": "2"},
    });
    assert_eq!(answered(Ok(data)), expected);
    let failed = answered(Err("it is in the way".to_owned()));
    assert_eq!((&failed["Status"], &failed["Reason"]), (&json!("FAILED"), &json!("it is in the way")));
    assert!(answered(Err(String::new()))["Reason"].as_str().unwrap().contains("did not say why"));
}

#[test]
fn an_answer_never_has_more_than_4096_bytes() {
    for text in ["x", "\"", "\u{1}", "ü", "日本", "\u{1f600}a"] {
        for times in [1000, 4096, 10_000] {
            let reason = text.repeat(times);
            let cut = answered(Err(reason.clone()))["Reason"].as_str().unwrap().to_owned();
            assert!(reason.starts_with(&cut) && cut.len() > 500, "{text:?} {times}: {}", cut.len());
        }
    }
    let large = answered(Ok(attributes([("A", "x".repeat(4096))])));
    assert_eq!(large["Status"], "FAILED");
    assert!(large["Reason"].as_str().unwrap().contains("CloudFormation takes 4096"), "{large}");
    let exact = 4096 - answered(Ok(attributes([("A", String::new())]))).to_string().len();
    assert_eq!(answered(Ok(attributes([("A", "x".repeat(exact))])))["Status"], "SUCCESS");
    assert_eq!(answered(Ok(attributes([("A", "x".repeat(exact + 1))])))["Status"], "FAILED");
}

#[cfg(feature = "drivers")]
#[test]
fn a_property_that_is_encrypted_is_carried_neither_as_it_is_nor_as_it_was() {
    let mut event = event("Update", Some("old"), &json!({"Name": "x", "Values": "canary-new"}));
    event["OldResourceProperties"] = json!({"Name": "w", "Values": "canary-old"});
    let mut request = Envelope::<PlainUrl>::read(event).unwrap().request;
    let taken = request.take_properties(&["Values"]).unwrap();
    assert_eq!(json!(taken), json!({"Values": "canary-new"}));
    let carried = json!(request);
    assert_eq!(carried["OldResourceProperties"], json!({"Name": "w"}));
    assert!(!carried.to_string().contains("canary"), "{carried}");
    request.put_properties(taken);
    assert_eq!(json!(request)["ResourceProperties"], json!({"Name": "x", "Values": "canary-new"}));
}
