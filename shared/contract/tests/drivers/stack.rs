//! Answers to CloudFormation: where they go, how often, and what becomes of one that nobody takes.

use crate::{handled, request};
use contract::cloud::{CANARY, Cloud};
use fixture::refusal;
use serde_json::{Value, json};

/// The statuses of the answers at an address.
fn told(cloud: &Cloud, name: &str) -> Vec<String> {
    let read =
        |body: String| serde_json::from_str::<Value>(&body).unwrap()["Status"].as_str().unwrap().to_owned();
    cloud.answers(name).into_iter().map(read).collect()
}

#[tokio::test]
async fn an_answer_is_one_put_with_an_empty_content_type() {
    for (mood, expected) in
        [("Willing", "SUCCESS"), ("Denied", "FAILED"), ("Panicking", "FAILED"), ("Odd", "FAILED")]
    {
        let cloud = Cloud::start();
        handled(&cloud, request(&cloud.url("x"), "Create", mood)).await.unwrap();
        assert_eq!(told(&cloud, "x"), [expected], "{mood}");
        let call = &cloud.calls("/reply/x")[0];
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
        let cloud = Cloud::start();
        cloud.script("/reply/x", statuses.iter().map(|status| (*status, json!(null))));
        let url = format!("{}{url}", cloud.url("x"));
        let outcome = handled(&cloud, request(&url, "Create", "Willing")).await;
        assert_eq!((told(&cloud, "x").len(), outcome.is_ok()), (tries, taken), "{statuses:?}");
        if let Err(problem) = outcome {
            assert_eq!(problem.kind, "Unanswered");
            let last = statuses[4];
            assert_eq!(
                problem.sentence,
                format!("could not answer CloudFormation in 5 tries: status {last}")
            );
        }
    }
}

#[tokio::test]
async fn an_address_that_nobody_listens_at_is_told_without_its_name() {
    let cloud = Cloud::start();
    for (url, expected) in [
        (format!("http://127.0.0.1:9/{CANARY}"), "the connection failed"),
        (format!("{CANARY} is not a URL"), "the ResponseURL is not a URL"),
    ] {
        let problem = handled(&cloud, request(&url, "Create", "Willing")).await.unwrap_err();
        assert_eq!(problem.sentence, format!("could not answer CloudFormation in 5 tries: {expected}"));
    }
}

#[tokio::test]
async fn what_takes_longer_is_handed_over_once() {
    let cloud = Cloud::start();
    // Busy for the first try with all its own tries: whether the run was started is not known then.
    cloud.script("StartExecution", vec![(500, json!({"__type": "InternalFailure"})); 3]);
    handled(&cloud, request(&cloud.url("x"), "Delete", "Willing")).await.unwrap();
    handled(&cloud, request(&cloud.url("x"), "Delete", "Willing")).await.unwrap();
    let starts = cloud.calls("StartExecution");
    let name = starts[0].body["name"].as_str().unwrap().to_owned();
    assert!(name.len() == 64 && starts.iter().all(|call| call.body["name"] == name.as_str()));
    assert_eq!(
        starts[0].body["stateMachineArn"],
        "arn:aws:states:us-east-1:111122223333:stateMachine:tidy-loop"
    );
    assert_eq!(cloud.calls("Encrypt")[0].body["KeyId"], "alias/tidy-loop");
    assert_eq!(
        cloud.calls("Encrypt")[0].body["EncryptionContext"],
        json!({"StackId": "stack", "RequestId": "request"})
    );
    assert!(cloud.run(0).is_some() && cloud.run(1).is_none() && told(&cloud, "x").is_empty());
}

#[tokio::test]
async fn without_a_loop_the_function_goes_on_by_itself() {
    for (operation, code) in [
        ("StartExecution", "StateMachineDoesNotExist"),
        ("StartExecution", "AccessDeniedException"),
        ("Encrypt", "NotFoundException"),
        ("Encrypt", "AccessDeniedException"),
    ] {
        let cloud = Cloud::start();
        cloud.script(operation, [refusal(code)]);
        handled(&cloud, request(&cloud.url("x"), "Delete", "Willing")).await.unwrap();
        assert_eq!(told(&cloud, "x"), ["SUCCESS"], "{operation} {code}");
    }
}

#[tokio::test]
async fn the_loop_answers_whoever_asked() {
    for (end, expected) in [
        (json!({"Output": {"Shelf": "a"}}), "SUCCESS"),
        (json!({"Error": {"Error": "Stuck", "Cause": "{\"errorMessage\": \"in the way\"}"}}), "FAILED"),
        (json!({"Error": {"Error": "States.Timeout"}}), "FAILED"),
    ] {
        let cloud = Cloud::start();
        handled(&cloud, request(&cloud.url("x"), "Delete", "Willing")).await.unwrap();
        let mut event = end;
        event["Answer"] = cloud.run(0).unwrap();
        handled(&cloud, event.clone()).await.unwrap();
        assert_eq!(told(&cloud, "x"), [expected]);
        // The seal is for this request only.
        event["Answer"]["Request"]["RequestId"] = "another".into();
        let problem = handled(&cloud, event).await.unwrap_err();
        assert_eq!(problem.kind, "Unanswered");
        assert!(problem.sentence.starts_with("could not unseal the ResponseURL: "), "{problem}");
    }
    let nobody = json!({"Answer": {"Name": "a"}, "Output": {}});
    assert_eq!(handled(&Cloud::start(), nobody).await, Ok(json!(null)));
}
