//! Which event goes where, and that no event ends the process.

use super::*;
use crate::fake::{FakeReconciler, clients};
use serde_json::json;
use std::time::Duration;
use tokio::time::Instant;

const ARN: &str = "arn:aws-cn:lambda:cn-north-1:111122223333:function:team-studio-cleanup:live";

#[tokio::test]
async fn what_is_not_readable_is_an_error_and_never_a_panic() {
    let neither = "the event is neither a request of CloudFormation";
    for (event, kind, expected) in [
        (json!(null), "Unreadable", neither),
        (json!([1]), "Unreadable", neither),
        (json!("RequestType"), "Unreadable", neither),
        (json!({"Records": []}), "Unreadable", neither),
        (json!({"RequestType": null}), "Unreadable", "the request has no `StackId`"),
        (json!({"ResponseURL": "canary-4711"}), "Unreadable", "the request has no `StackId`"),
        (json!({"CodePipeline.job": {"data": {}}}), "Unreadable", "the job of CodePipeline has no id"),
        (json!({"CodePipeline.job": null}), "Unreadable", "the job of CodePipeline has no id"),
        (json!({"Step": null}), "Failed", "the properties cannot be read: invalid type: null"),
        (json!({"Step": {"Request": 1}}), "Unreadable", "the request is not a JSON object"),
        (
            json!({"Step": {"Name": "x"}, "ProgressTracker": 7}),
            "Unreadable",
            "`ProgressTracker` cannot be read",
        ),
        (json!({"Answer": {"Request": {}}}), "Unreadable", "the request has no `StackId`"),
        (json!({"Step": {"Name": "x", "Behaviour": "Panicking"}}), "Failed", "the function panicked"),
    ] {
        let context = Context::new(ARN, Instant::now() + Duration::from_mins(1));
        let error = handle(&FakeReconciler::from(3), event.clone(), &context, &clients()).await.unwrap_err();
        assert!(error.kind == kind && error.sentence.starts_with(expected), "{event}: {error:?}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}
