//! Answers to CloudFormation: where they go, how often, and the result of one that nobody takes.

use crate::{handled, request};
use contract::fake_aws::{CANARY, FakeAws};
use fixture::refusal;
use serde_json::{Value, json};

/// The statuses of the answers at an address.
fn told(fake_aws: &FakeAws, name: &str) -> Vec<String> {
    let read =
        |body: String| serde_json::from_str::<Value>(&body).unwrap()["Status"].as_str().unwrap().to_owned();
    fake_aws.answers(name).into_iter().map(read).collect()
}

#[tokio::test]
async fn an_answer_is_one_put_with_an_empty_content_type() {
    for (behaviour, expected) in
        [("Willing", "SUCCESS"), ("Denied", "FAILED"), ("Panicking", "FAILED"), ("Odd", "FAILED")]
    {
        let fake_aws = FakeAws::start();
        handled(&fake_aws, request(&fake_aws.url("x"), "Create", behaviour)).await.unwrap();
        assert_eq!(told(&fake_aws, "x"), [expected], "{behaviour}");
        let call = &fake_aws.calls("/reply/x")[0];
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
        let fake_aws = FakeAws::start();
        fake_aws.script("/reply/x", statuses.iter().map(|status| (*status, json!(null))));
        let url = format!("{}{url}", fake_aws.url("x"));
        let outcome = handled(&fake_aws, request(&url, "Create", "Willing")).await;
        assert_eq!((told(&fake_aws, "x").len(), outcome.is_ok()), (tries, taken), "{statuses:?}");
        if let Err(error) = outcome {
            assert_eq!(error.kind, "Unanswered");
            let last = statuses[4];
            assert_eq!(error.sentence, format!("could not answer CloudFormation in 5 tries: status {last}"));
        }
    }
}

#[tokio::test]
async fn an_address_that_nobody_listens_at_is_told_without_its_name() {
    let fake_aws = FakeAws::start();
    for (url, expected) in [
        (format!("http://127.0.0.1:9/{CANARY}"), "the connection failed"),
        (format!("{CANARY} is not a URL"), "the ResponseURL is not a URL"),
    ] {
        let error = handled(&fake_aws, request(&url, "Create", "Willing")).await.unwrap_err();
        assert_eq!(error.sentence, format!("could not answer CloudFormation in 5 tries: {expected}"));
    }
}

#[tokio::test]
async fn what_takes_longer_is_handed_over_once() {
    let fake_aws = FakeAws::start();
    // Busy for the first try with all its own tries: whether the run was started is not known then.
    fake_aws.script("StartExecution", vec![(500, json!({"__type": "InternalFailure"})); 3]);
    handled(&fake_aws, request(&fake_aws.url("x"), "Delete", "Willing")).await.unwrap();
    handled(&fake_aws, request(&fake_aws.url("x"), "Delete", "Willing")).await.unwrap();
    let starts = fake_aws.calls("StartExecution");
    let name = starts[0].body["name"].as_str().unwrap().to_owned();
    assert!(name.len() == 64 && starts.iter().all(|call| call.body["name"] == name.as_str()));
    assert_eq!(starts[0].body["stateMachineArn"], "arn:aws:states:us-east-1:111122223333:stateMachine:tidy");
    assert_eq!(fake_aws.calls("Encrypt")[0].body["KeyId"], "alias/tidy");
    assert_eq!(
        fake_aws.calls("Encrypt")[0].body["EncryptionContext"],
        json!({"StackId": "stack", "RequestId": "request"})
    );
    assert!(fake_aws.run(0).is_some() && fake_aws.run(1).is_none() && told(&fake_aws, "x").is_empty());
}

#[tokio::test]
async fn without_a_state_machine_the_function_goes_on_by_itself() {
    for (operation, code) in [
        ("StartExecution", "StateMachineDoesNotExist"),
        ("StartExecution", "AccessDeniedException"),
        ("Encrypt", "NotFoundException"),
        ("Encrypt", "AccessDeniedException"),
    ] {
        let fake_aws = FakeAws::start();
        fake_aws.script(operation, [refusal(code)]);
        handled(&fake_aws, request(&fake_aws.url("x"), "Delete", "Willing")).await.unwrap();
        assert_eq!(told(&fake_aws, "x"), ["SUCCESS"], "{operation} {code}");
    }
}

#[tokio::test]
async fn the_state_machine_answers_the_request() {
    for (end, expected) in [
        (json!({"Output": {"Shelf": "a"}}), "SUCCESS"),
        (json!({"Error": {"Error": "Stuck", "Cause": "{\"errorMessage\": \"in the way\"}"}}), "FAILED"),
        (json!({"Error": {"Error": "States.Timeout"}}), "FAILED"),
    ] {
        let fake_aws = FakeAws::start();
        handled(&fake_aws, request(&fake_aws.url("x"), "Delete", "Willing")).await.unwrap();
        let mut event = end;
        event["Answer"] = fake_aws.run(0).unwrap();
        handled(&fake_aws, event.clone()).await.unwrap();
        assert_eq!(told(&fake_aws, "x"), [expected]);
        // The URL is encrypted for this request only.
        event["Answer"]["Request"]["RequestId"] = "another".into();
        let error = handled(&fake_aws, event).await.unwrap_err();
        assert_eq!(error.kind, "Unanswered");
        assert!(error.sentence.starts_with("could not decrypt the ResponseURL: "), "{error}");
    }
    let nobody = json!({"Answer": {"Name": "a"}, "Output": {}});
    assert_eq!(handled(&FakeAws::start(), nobody).await, Ok(json!(null)));
}
