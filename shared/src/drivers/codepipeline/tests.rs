//! Every way a job can end, without a network.

use super::artifact::{Found, find, parse};
use super::driver::{JobResult, job_result, parameters, run_steps};
use super::job::{Job, take};
use crate::fake::{Behaviour, FakeReconciler};
use crate::text::truncate_chars;
use aws_sdk_codepipeline::types::FailureType;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::time::Duration;
use tokio::time::Instant;
use zip::write::SimpleFileOptions;

const CANARY: &str = "canary-artifact-secret";

fn event() -> Value {
    json!({"CodePipeline.job": {"id": "job-1", "accountId": "111122223333", "data": {
        "actionConfiguration": {"configuration": {"FunctionName": "f", "UserParameters": "{\"Behaviour\": \"Counting\"}"}},
        "inputArtifacts": [{"name": "Out", "revision": null, "location": {
            "type": "S3", "s3Location": {"bucketName": "b", "objectKey": "k"}}}],
        "outputArtifacts": [],
        "artifactCredentials": {"accessKeyId": CANARY, "secretAccessKey": CANARY, "sessionToken": CANARY},
        "continuationToken": "again",
        "encryptionKey": {"id": "arn", "type": "KMS"},
    }}})
}

#[test]
fn a_job_is_read_and_its_credentials_are_never_printed() {
    let (id, data) = take(event()).unwrap();
    let job = Job::read(data).unwrap();
    assert_eq!((id.as_str(), job.parameters.as_str()), ("job-1", r#"{"Behaviour": "Counting"}"#));
    assert_eq!(job.artifacts[0].location.s3_location.object_key, "k");
    assert_eq!(job.credentials.as_ref().unwrap().access_key_id.expose(), CANARY);
    assert!(!format!("{job:#?}").contains(CANARY));
}

#[test]
fn a_job_that_cannot_be_read_is_named_and_not_quoted() {
    for (pointer, bad, expected) in [
        ("artifactCredentials", json!(CANARY), "artifactCredentials"),
        ("artifactCredentials", json!({"accessKeyId": [CANARY]}), "artifactCredentials"),
        ("inputArtifacts", json!({"name": CANARY}), "inputArtifacts"),
        ("actionConfiguration", json!({"configuration": {"UserParameters": [CANARY]}}), "UserParameters"),
    ] {
        let (_, mut data) = take(event()).unwrap();
        data[pointer] = bad;
        let error = Job::read(data).unwrap_err();
        assert_eq!(error, format!("the job's {expected} are not what CodePipeline sends"));
    }
    for empty in [json!(null), json!({})] {
        let job = Job::read(empty).unwrap();
        assert!(job.parameters.is_empty() && job.artifacts.is_empty() && job.credentials.is_none());
    }
}

#[test]
fn bad_parameters_are_a_sentence() {
    for (text, expected) in [
        ("", "the action's UserParameters cannot be used: missing field `Behaviour`"),
        ("{\"Behaviour\": \"Happy\"}", "the action's UserParameters cannot be used: unknown variant `Happy`"),
        ("{\"Moo\": 1}", "the action's UserParameters cannot be used: unknown field `Moo`"),
        (
            "{\"VPC\": \"delete\", FileName: x}",
            "the action's UserParameters are not JSON: key must be a string",
        ),
        ("delete", "the action's UserParameters are not JSON: expected value at line 1 column 1"),
    ] {
        let error = parameters::<FakeReconciler>(text).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(
        parameters::<FakeReconciler>("{\"Behaviour\": \"Stuck\"}").unwrap().behaviour,
        Behaviour::Stuck
    );
}

async fn driven(from: usize, behaviour: Behaviour) -> (JobResult, u64) {
    let (start, it) = (Instant::now(), FakeReconciler::from(from));
    let deadline = start + Duration::from_mins(15);
    (job_result(deadline, run_steps(&it, &behaviour, false, deadline)).await, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn an_invocation_takes_a_minute_at_most_and_ends_in_one_result() {
    assert!(
        matches!(driven(3, Behaviour::Counting).await, (JobResult::Done(output), 6) if output["Number"] == "0".into())
    );
    let (job_result, seconds) = driven(100, Behaviour::Counting).await;
    assert!(
        matches!(job_result, JobResult::Again(waiting) if waiting.to_string() == "counting (81 numbers left)")
    );
    assert_eq!(seconds, 38);
    assert!(
        matches!(driven(3, Behaviour::Asleep).await, (JobResult::Again(waiting), 30) if waiting.to_string() == "1 number being deleted (3)")
    );
    assert!(matches!(driven(3, Behaviour::Busy).await, (JobResult::Again(_), 30)));
    for (behaviour, expected) in [
        (Behaviour::Stuck, "app `a` failed to stop"),
        (Behaviour::Denied, "could not count: AccessDeniedException: a test"),
        (Behaviour::Panicking, "the function panicked: its log says where"),
        (Behaviour::Hanging, "out of time: AWS did not answer"),
    ] {
        let (job_result, _) = driven(3, behaviour).await;
        let JobResult::Failed(FailureType::JobFailed, why) = &job_result else {
            panic!("{behaviour:?}: {job_result:?}")
        };
        assert!(why.starts_with(expected), "{why}");
    }
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[track_caller]
fn check_found(bytes: Vec<u8>, expected: Result<&str, &str>) {
    let found = find("Out", bytes, "env.json").map(|found| match found {
        Found::Text(text) => String::from_utf8(text).unwrap(),
        Found::Others(names) => format!("only {names:?}"),
    });
    match expected {
        Ok(expected) => assert_eq!(found, Ok(expected.to_owned())),
        Err(start) => assert!(found.clone().unwrap_err().starts_with(start), "{found:?}"),
    }
}

#[test]
fn a_file_is_found_in_the_artifact_or_it_is_said_what_is_there() {
    check_found(zipped(&[("a.json", b"[]"), ("env.json", b"{}")]), Ok("{}"));
    check_found(
        zipped(&[("a.json", b"[]"), ("sub/env.json", b"{}")]),
        Ok(r#"only ["a.json", "sub/env.json"]"#),
    );
    check_found(zipped(&[]), Ok("only []"));
    check_found(b"not a zip".to_vec(), Err("input artifact Out is not a zip archive that can be read: "));
    let mut cut_off = zipped(&[("env.json", b"{}")]);
    cut_off.truncate(20);
    check_found(cut_off, Err("input artifact Out is not a zip archive that can be read: "));
    let bomb = zipped(&[("env.json", &vec![b' '; 1024 * 1024 + 1])]);
    check_found(bomb, Err("`env.json` in input artifact Out is larger than the 1024 kB that are read"));
}

#[test]
fn a_file_is_a_json_object_or_a_sentence() {
    assert_eq!(parse("Out", "env.json", b"{\"Name\": \"x\"}").unwrap()["Name"], "x");
    for (text, expected) in [
        ("", "`env.json` in input artifact Out is not JSON: EOF while parsing"),
        ("{", "`env.json` in input artifact Out is not JSON: EOF while parsing"),
        ("[]", "`env.json` in input artifact Out is JSON, but not an object"),
    ] {
        let error = parse("Out", "env.json", text.as_bytes()).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn texts_are_cut_at_characters() {
    assert_eq!((truncate_chars("日本語", 2).as_str(), truncate_chars("ab", 5).as_str()), ("日本", "ab"));
}
