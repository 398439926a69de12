//! The signed address of an answer and the credentials of a job: in no line of the log, in no error, in no call but the
//! one they are for.

use crate::fake::NOTE;
use crate::pipeline::job;
use crate::{handled, request};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use testing::driver_services::{CANARY, DriverServices};
use testing::reply::refusal;
use tracing::level_filters::LevelFilter;

/// What all tests of this file's binary log together.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let writer = log.clone();
    // As talkative as a function can be made: see `shared::log`.
    let lines =
        tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(lines.finish()).unwrap();
    log
});

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts to keep what is logged.
pub(crate) fn keep_the_log() {
    LazyLock::force(&LOG);
}

#[tokio::test]
async fn no_secret_is_printed_whatever_fails() {
    keep_the_log();
    let mut observed = Vec::new();
    for (kind, behaviour) in
        [("Create", "Willing"), ("Delete", "Willing"), ("Create", "Panicking"), ("Create", "Odd")]
    {
        let services = DriverServices::default();
        services.script("/reply/x", [(500, json!(null))]);
        observed
            .push(format!("{:?}", handled(&services, request(&services.url("x"), kind, behaviour)).await));
        observed.extend(services.answers("x"));
        observed.extend(services.run(0).map(|run| run.to_string()));
    }
    for operation in ["Encrypt", "StartExecution"] {
        let services = DriverServices::default();
        services.script(operation, [refusal("ValidationException")]);
        observed.push(format!(
            "{:?}",
            handled(&services, request(&services.url("x"), "Delete", "Willing")).await
        ));
    }
    let closed = format!("http://127.0.0.1:9/{CANARY}");
    for event in [
        request(&closed, "Create", "Willing"),
        request(CANARY, "Create", "Willing"),
        json!({"ResponseURL": CANARY}),
    ] {
        observed.push(format!("{:?}", handled(&DriverServices::default(), event).await));
    }
    for parameters in ["{}", "{", r#"{"Behaviour": "Panicking"}"#, r#"{"FileName": "env.json"}"#] {
        let services = DriverServices::default();
        observed.push(format!("{:?}", handled(&services, job(parameters, CANARY)).await));
        for what in ["PutJobSuccessResult", "PutJobFailureResult"] {
            observed.extend(services.aws.calls(what).into_iter().map(|call| call.text));
        }
    }
    let log = String::from_utf8(LOG.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("could not answer CloudFormation") && log.contains("the job failed"), "{log}");
    observed.push(log);
    for text in observed {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn properties_that_are_not_for_everyone_reach_each_step_and_nobody_else() {
    let services = DriverServices::default();
    let mut event = request(&services.url("x"), "Delete", "Willing");
    event["ResourceProperties"]["Note"] = NOTE.repeat(1000).into();
    handled(&services, event).await.unwrap();
    let run = services.run(0).unwrap();
    assert!(!run.to_string().contains("note") && !run.to_string().contains("Note"), "{run}");
    assert_eq!(services.aws.calls("Encrypt").len(), 3, "the address, and 7,000 bytes in two pieces");
    let step = json!({"Step": run, "ProgressTracker": null});
    let stepped = handled(&services, step).await.unwrap();
    assert_eq!(stepped["Status"], "Waiting", "{stepped}");

    let mut other = run.clone();
    other["Request"]["RequestId"] = "other".into();
    let error = handled(&services, json!({"Step": other, "ProgressTracker": null})).await.unwrap_err();
    let expected =
        "could not decrypt the properties: InvalidCiphertextException: InvalidCiphertextException for a test";
    assert_eq!((error.kind, error.sentence.as_str()), ("Failed", expected));

    handled(&services, json!({"Answer": run, "Output": {}})).await.unwrap();
    assert_eq!(services.answers("x").len(), 1);
    assert!(!services.answers("x")[0].contains("note"));
}
