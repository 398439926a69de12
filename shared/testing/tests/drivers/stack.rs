//! Answers to CloudFormation: where they go, how often, and the result of one that nobody takes.

use crate::{handled, request};
use serde_json::{Value, json};
use testing::driver_services::{CANARY, DriverServices};
use testing::reply::refusal;

/// The statuses of the answers at an address.
fn told(services: &DriverServices, name: &str) -> Vec<String> {
    let read =
        |body: String| serde_json::from_str::<Value>(&body).unwrap()["Status"].as_str().unwrap().to_owned();
    services.answers(name).into_iter().map(read).collect()
}

#[tokio::test]
async fn an_answer_is_one_put_with_an_empty_content_type() {
    for (behaviour, expected) in
        [("Willing", "SUCCESS"), ("Denied", "FAILED"), ("Panicking", "FAILED"), ("Odd", "FAILED")]
    {
        let services = DriverServices::default();
        handled(&services, request(&services.url("x"), "Create", behaviour)).await.unwrap();
        assert_eq!(told(&services, "x"), [expected], "{behaviour}");
        let call = &services.aws.calls("/reply/x")[0];
        assert_eq!((call.method.as_str(), call.headers["content-type"].as_bytes()), ("PUT", &b""[..]));
    }
}

#[tokio::test]
async fn an_answer_is_tried_again_until_it_is_taken_or_its_url_has_expired() {
    let (valid, expired) = ("", "&X-Amz-Date=20200101T000000Z");
    for (statuses, url, tries, taken) in [
        (vec![403], expired, 1, true),
        (vec![404], expired, 1, true),
        (vec![403, 403], valid, 3, true),
        (vec![500, 503, 429], valid, 4, true),
        (vec![500, 500, 500, 500, 500], valid, 5, false),
        (vec![403, 403, 403, 403, 403], valid, 5, false),
    ] {
        let services = DriverServices::default();
        services.script("/reply/x", statuses.iter().map(|status| (*status, json!(null))));
        let url = format!("{}{url}", services.url("x"));
        let outcome = handled(&services, request(&url, "Create", "Willing")).await;
        assert_eq!((told(&services, "x").len(), outcome.is_ok()), (tries, taken), "{statuses:?}");
        if let Err(error) = outcome {
            assert_eq!(error.kind, "Unanswered");
            let last = statuses[4];
            assert_eq!(error.sentence, format!("could not answer CloudFormation in 5 tries: status {last}"));
        }
    }
}

#[tokio::test]
async fn an_address_that_nobody_listens_at_is_told_without_its_name() {
    let services = DriverServices::default();
    for (url, expected) in [
        (format!("http://127.0.0.1:9/{CANARY}"), "the connection failed"),
        (format!("{CANARY} is not a URL"), "the ResponseURL is not a URL"),
    ] {
        let error = handled(&services, request(&url, "Create", "Willing")).await.unwrap_err();
        assert_eq!(error.sentence, format!("could not answer CloudFormation in 5 tries: {expected}"));
    }
}

#[tokio::test]
async fn what_takes_longer_is_handed_over_once() {
    let services = DriverServices::default();
    // Busy for the first try with all its own tries: whether the run was started is not known then.
    services.script("StartExecution", vec![(500, json!({"__type": "InternalFailure"})); 3]);
    handled(&services, request(&services.url("x"), "Delete", "Willing")).await.unwrap();
    handled(&services, request(&services.url("x"), "Delete", "Willing")).await.unwrap();
    let starts = services.aws.calls("StartExecution");
    let name = starts[0].body["name"].as_str().unwrap().to_owned();
    assert!(name.len() == 64 && starts.iter().all(|call| call.body["name"] == name.as_str()));
    assert_eq!(starts[0].body["stateMachineArn"], "arn:aws:states:us-east-1:111122223333:stateMachine:tidy");
    assert_eq!(services.aws.calls("Encrypt")[0].body["KeyId"], "alias/tidy");
    assert_eq!(
        services.aws.calls("Encrypt")[0].body["EncryptionContext"],
        json!({"StackId": "stack", "RequestId": "request"})
    );
    assert!(services.run(0).is_some() && services.run(1).is_none() && told(&services, "x").is_empty());
}

#[tokio::test]
async fn without_a_state_machine_the_function_goes_on_by_itself() {
    for (operation, code) in [
        ("StartExecution", "StateMachineDoesNotExist"),
        ("StartExecution", "AccessDeniedException"),
        ("Encrypt", "NotFoundException"),
        ("Encrypt", "AccessDeniedException"),
    ] {
        let services = DriverServices::default();
        services.script(operation, [refusal(code)]);
        handled(&services, request(&services.url("x"), "Delete", "Willing")).await.unwrap();
        assert_eq!(told(&services, "x"), ["SUCCESS"], "{operation} {code}");
    }
}

#[tokio::test]
async fn the_state_machine_answers_the_request() {
    for (end, expected) in [
        (json!({"Output": {"Shelf": "a"}}), "SUCCESS"),
        (json!({"Error": {"Error": "Stuck", "Cause": "{\"errorMessage\": \"in the way\"}"}}), "FAILED"),
        (json!({"Error": {"Error": "States.Timeout"}}), "FAILED"),
    ] {
        let services = DriverServices::default();
        handled(&services, request(&services.url("x"), "Delete", "Willing")).await.unwrap();
        let mut event = end;
        event["Answer"] = services.run(0).unwrap();
        handled(&services, event.clone()).await.unwrap();
        assert_eq!(told(&services, "x"), [expected]);
        // The URL is encrypted for this request only.
        event["Answer"]["Request"]["RequestId"] = "another".into();
        let error = handled(&services, event).await.unwrap_err();
        assert_eq!(error.kind, "Unanswered");
        assert!(error.sentence.starts_with("could not decrypt the ResponseURL: "), "{error}");
    }
    let nobody = json!({"Answer": {"Name": "a"}, "Output": {}});
    assert_eq!(handled(&DriverServices::default(), nobody).await, Ok(json!(null)));
}
