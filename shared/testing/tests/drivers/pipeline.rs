//! Reports to CodePipeline: one per job, whatever happens to it.

use crate::handled;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use testing::driver_services::DriverServices;
use testing::reply::refusal;
use zip::write::SimpleFileOptions;

/// A job with these parameters and one input artifact.
pub(crate) fn job(parameters: &str, secret: &str) -> Value {
    json!({"CodePipeline.job": {"id": "job-1", "accountId": "111122223333", "data": {
        "actionConfiguration": {"configuration": {"FunctionName": "tidy", "UserParameters": parameters}},
        "inputArtifacts": [{"name": "Out", "location": {
            "type": "S3", "s3Location": {"bucketName": "bucket", "objectKey": "pipeline/Out/key"}}}],
        "artifactCredentials": {"accessKeyId": "job-key", "secretAccessKey": secret, "sessionToken": secret},
    }}})
}

fn zipped(name: &str, content: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// What CodePipeline was told: the one success or failure.
fn told(services: &DriverServices) -> Value {
    let calls: Vec<_> = ["PutJobSuccessResult", "PutJobFailureResult"]
        .iter()
        .flat_map(|what| services.aws.calls(what))
        .collect();
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls[0].body.clone()
}

#[tokio::test]
async fn a_job_is_done_or_asked_for_again() {
    let services = DriverServices::default();
    handled(&services, job("{}", "secret")).await.unwrap();
    assert_eq!(told(&services), json!({"jobId": "job-1", "outputVariables": {"Shelf": "a"}}));
    let services = DriverServices::default();
    handled(&services, job(r#"{"Behaviour": "Asleep"}"#, "secret")).await.unwrap();
    let again = json!({"jobId": "job-1", "continuationToken": "again", "executionDetails": {"summary": "1 thing being deleted (a)"}});
    assert_eq!(told(&services), again);
}

#[tokio::test]
async fn a_job_that_fails_says_why() {
    for (parameters, kind, expected) in [
        (r#"{"Behaviour": "Denied"}"#, "JobFailed", "could not look at the shelf: AccessDenied: not yours"),
        (r#"{"Behaviour": "Panicking"}"#, "JobFailed", "the function panicked: its log says where"),
        (
            r#"{"Behaviour": }"#,
            "ConfigurationError",
            "the action's UserParameters are not JSON: expected value",
        ),
        (
            r#"{"Moo": 1}"#,
            "ConfigurationError",
            "the action's UserParameters cannot be used: unknown field `Moo`",
        ),
        (r#"{"FileName": "x"}"#, "ConfigurationError", "`x` is in no input artifact: Out holds `env.json`"),
    ] {
        let services = DriverServices::default();
        services.keep("/bucket/pipeline/Out/key", zipped("env.json", "{}"));
        handled(&services, job(parameters, "secret")).await.unwrap();
        let details = told(&services)["failureDetails"].clone();
        assert_eq!(details["type"], kind, "{parameters}: {details}");
        assert!(details["message"].as_str().unwrap().starts_with(expected), "{details}");
    }
    let services = DriverServices::default();
    let mut odd = job("{}", "secret");
    odd["CodePipeline.job"]["data"] = json!({"inputArtifacts": 7});
    handled(&services, odd).await.unwrap();
    assert_eq!(told(&services)["failureDetails"]["type"], "ConfigurationError");
}

#[tokio::test]
async fn a_file_is_read_with_the_credentials_of_the_job() {
    let parameters = r#"{"FileName": "env.json"}"#;
    for (content, expected) in [
        (Some(r#"{"Shelf": "b"}"#), None),
        (Some(r#"{"Shelf": "a b"}"#), Some("Name is `a b`: write it without spaces")),
        (Some("{}"), Some("the file has no key `Shelf`")),
        (Some("[]"), Some("`env.json` in input artifact Out is JSON, but not an object")),
        (Some("{"), Some("`env.json` in input artifact Out is not JSON: EOF")),
        (None, Some("could not read input artifact Out: NoSuchKey: not there")),
    ] {
        let services = DriverServices::default();
        if let Some(content) = content {
            services.keep("/bucket/pipeline/Out/key", zipped("env.json", content));
        }
        handled(&services, job(parameters, "secret")).await.unwrap();
        let get = &services.aws.calls("/bucket/pipeline/Out/key")[0];
        assert!(get.headers["authorization"].to_str().unwrap().contains("Credential=job-key/"));
        let told = told(&services);
        match expected {
            None => assert_eq!(told["outputVariables"]["Shelf"], "b"),
            Some(expected) => {
                assert_eq!(told["failureDetails"]["type"], "ConfigurationError");
                assert!(told["failureDetails"]["message"].as_str().unwrap().starts_with(expected), "{told}");
            }
        }
    }
    let services = DriverServices::default();
    let mut alone = job(parameters, "secret");
    alone["CodePipeline.job"]["data"]["inputArtifacts"] = json!([]);
    handled(&services, alone).await.unwrap();
    let message = told(&services)["failureDetails"]["message"].clone();
    assert_eq!(message, "the action has no input artifact: give it the one that holds `env.json`");
}

#[tokio::test]
async fn a_bucket_that_is_busy_is_asked_again_and_one_that_is_closed_is_not() {
    let error = |code: &str| format!("<Error><Code>{code}</Code><Message>for a test</Message></Error>");
    for (status, body, tries, kind, expected) in [
        (503, error("SlowDown"), 3, "SystemUnavailable", "SlowDown: for a test"),
        (500, error("InternalError"), 3, "SystemUnavailable", "InternalError: for a test"),
        (502, "<html>".to_owned(), 3, "SystemUnavailable", "an answer without a code, with the status 502"),
        (403, error("AccessDenied"), 1, "ConfigurationError", "AccessDenied: for a test"),
        (301, error("PermanentRedirect"), 1, "ConfigurationError", "PermanentRedirect: for a test"),
        (403, String::new(), 1, "ConfigurationError", "an answer without a code, with the status 403"),
    ] {
        let services = DriverServices::default();
        services.script("/bucket/pipeline/Out/key", vec![(status, body.clone()); 3]);
        handled(&services, job(r#"{"FileName": "env.json"}"#, "secret")).await.unwrap();
        let calls = services.aws.calls("/bucket/pipeline/Out/key").len();
        let details = told(&services)["failureDetails"].clone();
        let message = format!("could not read input artifact Out: {expected}");
        assert_eq!((calls, &details["type"], &details["message"]), (tries, &json!(kind), &json!(message)));
    }
    let services = DriverServices::default();
    services.keep("/bucket/pipeline/Out/key", zipped("env.json", r#"{"Shelf": "b"}"#));
    services.script("/bucket/pipeline/Out/key", [(503, error("SlowDown"))]);
    handled(&services, job(r#"{"FileName": "env.json"}"#, "secret")).await.unwrap();
    assert_eq!(told(&services)["outputVariables"]["Shelf"], "b");
}

#[tokio::test]
async fn a_job_that_has_its_report_is_left_alone() {
    for code in ["InvalidJobStateException", "JobNotFoundException"] {
        for (parameters, operation) in [("{}", "PutJobSuccessResult"), ("{", "PutJobFailureResult")] {
            let services = DriverServices::default();
            services.script(operation, [refusal(code)]);
            handled(&services, job(parameters, "secret")).await.unwrap();
            told(&services);
        }
    }
}

#[tokio::test]
async fn a_report_that_is_not_taken_becomes_another_or_an_error() {
    let services = DriverServices::default();
    services.script("PutJobSuccessResult", [refusal("OutputVariablesSizeExceededException")]);
    handled(&services, job("{}", "secret")).await.unwrap();
    let failure = &services.aws.calls("PutJobFailureResult")[0].body["failureDetails"];
    let expected = "could not report the success of job job-1: OutputVariablesSizeExceededException";
    assert!(failure["message"].as_str().unwrap().starts_with(expected), "{failure}");
    for (parameters, operation) in [("{}", "PutJobSuccessResult"), ("{", "PutJobFailureResult")] {
        let services = DriverServices::default();
        services.script(operation, vec![(500, json!({"__type": "InternalFailure"})); 3]);
        let error = handled(&services, job(parameters, "secret")).await.unwrap_err();
        assert_eq!(error.kind, "Unanswered", "Lambda delivers the job again: {error}");
    }
}
