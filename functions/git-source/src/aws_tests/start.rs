//! A started action: which calls it makes, in which order, and the result of every answer they can get.

use super::{CANARY, JOB, build, function, jobs, status};
use serde_json::json;
use shared::lambda::Unfinished;
use testing::reply::refusal;
use testing::{ScriptedAws, event};

fn started(job: &str) -> (u16, serde_json::Value) {
    (200, json!({"build": build(job, "IN_PROGRESS", None)}))
}

#[tokio::test]
async fn a_job_gets_its_build_before_it_is_acknowledged() {
    let service = ScriptedAws::default()
        .on("PollForJobs", jobs(&[JOB]))
        .on("StartBuild", started(JOB))
        .on("AcknowledgeJob", status("InProgress"));
    function(&service).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(service.called(), ["PollForJobs", "StartBuild", "AcknowledgeJob", "PollForJobs"]);
    let start = &service.inputs("StartBuild")[0];
    assert_eq!(start["projectName"], "clone");
    assert_eq!(start["idempotencyToken"], JOB);
    assert_eq!(
        start["environmentVariablesOverride"][0],
        json!({"name": "JOB_ID", "type": "PLAINTEXT", "value": JOB})
    );
    assert!(!start.to_string().contains(CANARY));
    assert_eq!(service.inputs("AcknowledgeJob")[0], json!({"jobId": JOB, "nonce": "nonce-1"}));
    assert_eq!(service.inputs("PollForJobs")[0]["actionTypeId"]["provider"], "CustomSourceForGit");
}

#[tokio::test]
async fn every_page_of_jobs_is_served() {
    let mut service = ScriptedAws::default()
        .on("PollForJobs", jobs(&["job-1", "job-2"]))
        .on("PollForJobs", jobs(&["job-3"]));
    for job in ["job-1", "job-2", "job-3"] {
        service = service.on("StartBuild", started(job)).on("AcknowledgeJob", status("InProgress"));
    }
    function(&service).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(service.inputs("AcknowledgeJob").len(), 3);
    assert_eq!(service.inputs("PollForJobs").len(), 3);
}

#[tokio::test]
async fn a_lost_race_for_a_job_is_a_success() {
    for answer in [
        refusal("InvalidNonceException"),
        refusal("JobNotFoundException"),
        status("Dispatched"),
        status("Succeeded"),
    ] {
        let service = ScriptedAws::default()
            .on("PollForJobs", jobs(&[JOB]))
            .on("StartBuild", started(JOB))
            .on("AcknowledgeJob", answer);
        function(&service).await.run(event("git-source-start")).await.unwrap();
        assert_eq!(
            service.inputs("PutJobFailureResult").len() + service.inputs("PutJobSuccessResult").len(),
            0
        );
    }
}

#[tokio::test]
async fn an_event_that_comes_before_its_job_waits_a_moment_and_then_leaves_it_to_the_sweep() {
    let service = ScriptedAws::default().on("PollForJobs", jobs(&[]));
    function(&service).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(service.called(), ["PollForJobs"; 4]);
    let late = ScriptedAws::default()
        .on("PollForJobs", jobs(&[]))
        .on("PollForJobs", jobs(&[JOB]))
        .on("StartBuild", started(JOB))
        .on("AcknowledgeJob", status("InProgress"));
    function(&late).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(late.inputs("StartBuild").len(), 1);
}

#[tokio::test]
async fn a_bad_configuration_fails_the_job_without_a_build() {
    let page = jobs(&[JOB]).replacing(r#""Branch":"main""#, r#""Branch":"-x""#);
    let service = ScriptedAws::default().on("PollForJobs", page).on("AcknowledgeJob", status("InProgress"));
    function(&service).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(service.called(), ["PollForJobs", "AcknowledgeJob", "PutJobFailureResult", "PollForJobs"]);
    let details = &service.inputs("PutJobFailureResult")[0]["failureDetails"];
    assert_eq!(details["type"], "ConfigurationError");
    assert!(details["message"].as_str().unwrap().starts_with("Branch `-x`"), "{details}");
}

#[tokio::test]
async fn a_throttled_call_is_tried_again() {
    let service = ScriptedAws::default()
        .on("PollForJobs", refusal("ThrottlingException"))
        .on("PollForJobs", jobs(&[JOB]))
        .on("StartBuild", refusal("ThrottlingException"))
        .on("StartBuild", started(JOB))
        .on("AcknowledgeJob", (500, json!({})))
        .on("AcknowledgeJob", status("InProgress"));
    function(&service).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(service.inputs("AcknowledgeJob").len(), 2);
}

#[tokio::test]
async fn a_job_that_cannot_be_started_now_is_left_and_does_not_keep_the_others() {
    let service = ScriptedAws::default()
        .on("PollForJobs", jobs(&["job-1"]))
        .on("PollForJobs", jobs(&["job-1", "job-2"]))
        .on("PollForJobs", jobs(&["job-1"]))
        .on("StartBuild", refusal("AccountLimitExceededException"))
        .on("StartBuild", started("job-2"))
        .on("AcknowledgeJob", status("InProgress"));
    let outcome = function(&service).await.run(event("git-source-start")).await;
    assert!(matches!(outcome, Err(Unfinished::Retry(_))), "{outcome:?}");
    let acknowledged = service.inputs("AcknowledgeJob");
    assert_eq!(acknowledged.len(), 1, "the job that was left must be offered again");
    assert_eq!(acknowledged[0]["jobId"], "job-2");
}

#[tokio::test]
async fn a_build_that_can_never_start_fails_the_job() {
    for (code, kind) in [
        ("AccessDeniedException", "PermissionError"),
        ("ResourceNotFoundException", "SystemUnavailable"),
        ("InvalidInputException", "JobFailed"),
    ] {
        let service = ScriptedAws::default()
            .on("PollForJobs", jobs(&[JOB]))
            .on("StartBuild", refusal(code))
            .on("AcknowledgeJob", status("InProgress"));
        function(&service).await.run(event("git-source-start")).await.unwrap();
        assert_eq!(service.inputs("PutJobFailureResult")[0]["failureDetails"]["type"], kind, "{code}");
    }
}

#[tokio::test]
async fn a_build_that_ended_before_its_job_was_acknowledged_is_answered_at_once() {
    let service = ScriptedAws::default()
        .on("PollForJobs", jobs(&[JOB]))
        .on("StartBuild", (200, json!({"build": build(JOB, "SUCCEEDED", Some(1000.0))})))
        .on("AcknowledgeJob", status("InProgress"));
    function(&service).await.run(event("git-source-start")).await.unwrap();
    assert_eq!(service.inputs("PutJobSuccessResult").len(), 1);
}

#[tokio::test]
async fn a_failed_call_is_told_with_its_cause_and_without_credentials() {
    let service = ScriptedAws::default().on("PollForJobs", refusal("AccessDeniedException"));
    let Err(Unfinished::Retry(error)) = function(&service).await.run(event("git-source-start")).await else {
        panic!("an error")
    };
    let text = shared::error::chain(&*error);
    assert_eq!(text, "could not poll for jobs: AccessDeniedException: AccessDeniedException for a test");
}

#[tokio::test]
async fn events_of_others_cause_no_call() {
    for case in [
        "git-source-start-other-provider",
        "git-source-action-succeeded",
        "git-source-build-in-progress",
        "git-source-build-other-project",
    ] {
        let service = ScriptedAws::default();
        function(&service).await.run(event(case)).await.unwrap();
        assert!(service.called().is_empty(), "{case}: {:?}", service.called());
    }
    // An event can come without the variables of its build, so this one is looked up before it is left alone.
    let service = ScriptedAws::default();
    function(&service).await.run(event("git-source-build-without-job")).await.unwrap();
    assert_eq!(service.called(), ["BatchGetBuilds"]);
    let outcome = function(&ScriptedAws::default()).await.run(event("git-source-unknown")).await;
    assert!(matches!(outcome, Err(Unfinished::GiveUp(_))), "{outcome:?}");
}

#[tokio::test]
async fn nothing_that_can_be_printed_holds_a_credential() {
    let service = ScriptedAws::default().on("PollForJobs", jobs(&[JOB]));
    let function = function(&service).await;
    let polled = function.aws.poll().await.unwrap();
    let printed = format!("{polled:?} {function:?} {:?}", crate::event::read(&event("git-source-start")));
    assert!(printed.contains(JOB));
    for secret in [CANARY, "nonce-1"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
