//! Builds that ended, told by an event or found by a sweep: every job is answered once, a second report is ignored.

use super::{JOB, build, function, jobs, status};
use serde_json::{Value, json};
use shared::lambda::Unfinished;
use testing::reply::refusal;
use testing::{ScriptedAws, event};

/// A moment of the hour at which a sweep looks back for an hour only; the first one of each hour looks back for a day.
const USUAL: i64 = 1_795_325_400;
const FIRST_OF_THE_HOUR: i64 = 1_795_323_600;

/// A time in seconds since 1970, as `CodeBuild` tells it.
#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a double for a long time")]
fn ago(seconds: i64) -> f64 {
    (USUAL - seconds) as f64
}

#[tokio::test]
async fn a_cloned_commit_is_reported_from_the_event_alone() {
    for _delivery in 0..2 {
        let service = ScriptedAws::default();
        function(&service).await.run(event("git-source-complete-succeeded")).await.unwrap();
        assert_eq!(service.called(), ["PutJobSuccessResult"]);
        let put = &service.inputs("PutJobSuccessResult")[0];
        assert_eq!(put["jobId"], JOB);
        assert_eq!(put["currentRevision"]["revision"], "8d0cbd9c5ba0b1a1d9cf8b3b2a4d5a3c1e7f6a90");
        assert_eq!(
            put["executionDetails"]["externalExecutionId"],
            "clone:0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8"
        );
        assert_eq!(put["outputVariables"]["AuthorName"], "María Ñúñez");
        assert!(put.get("continuationToken").is_none(), "variables are refused next to a token");
    }
}

#[tokio::test]
async fn a_build_that_ended_badly_fails_its_job_in_words() {
    for (case, kind, words) in [
        ("git-source-complete-failed", "RevisionUnavailable", "branch `main` was not found"),
        ("git-source-complete-stopped", "JobFailed", "was stopped"),
        ("git-source-complete-timed-out", "JobFailed", "longer than its project allows"),
    ] {
        let service = ScriptedAws::default();
        function(&service).await.run(event(case)).await.unwrap();
        let details = service.inputs("PutJobFailureResult").remove(0)["failureDetails"].take();
        assert_eq!(details["type"], kind, "{case}");
        assert!(details["message"].as_str().unwrap().contains(words), "{details}");
        assert!(
            details["message"].as_str().unwrap().contains("Log: https://console.aws.amazon.com"),
            "{details}"
        );
    }
}

#[tokio::test]
async fn a_build_whose_event_says_too_little_is_looked_up() {
    let service = ScriptedAws::default()
        .on("BatchGetBuilds", (200, json!({"builds": [build(JOB, "SUCCEEDED", None)]})));
    function(&service).await.run(event("git-source-complete-without-exports")).await.unwrap();
    assert_eq!(service.called(), ["BatchGetBuilds", "PutJobSuccessResult"]);
    let nothing = ScriptedAws::default().on("BatchGetBuilds", (200, json!({"builds": []})));
    function(&nothing).await.run(event("git-source-complete-without-exports")).await.unwrap();
    let put = nothing.inputs("PutJobFailureResult");
    assert!(
        put[0]["failureDetails"]["message"].as_str().unwrap().contains("did not export a full commit id")
    );
}

#[tokio::test]
async fn an_answer_that_comes_second_is_a_success() {
    for (case, operation) in [
        ("git-source-complete-succeeded", "PutJobSuccessResult"),
        ("git-source-complete-failed", "PutJobFailureResult"),
    ] {
        for code in ["InvalidJobStateException", "JobNotFoundException"] {
            let service = ScriptedAws::default().on(operation, refusal(code));
            function(&service).await.run(event(case)).await.unwrap();
        }
        let service = ScriptedAws::default().on(operation, refusal("AccessDeniedException"));
        let outcome = function(&service).await.run(event(case)).await;
        assert!(matches!(outcome, Err(Unfinished::Retry(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_sweep_takes_what_waits_and_answers_what_ended() {
    let builds = json!({"builds": [
        build("unanswered", "SUCCEEDED", Some(ago(60))),
        build("failed", "FAILED", Some(ago(60))),
        build("running", "IN_PROGRESS", None),
        build("old", "SUCCEEDED", Some(ago(7200))),
    ]});
    let service = ScriptedAws::default()
        .on("ListBuildsForProject", (200, json!({"ids": ["clone:1", "clone:2", "clone:3", "clone:4"]})))
        .on("BatchGetBuilds", (200, builds))
        .on("PollForJobs", jobs(&["waiting"]))
        .on("StartBuild", (200, json!({"build": build("waiting", "IN_PROGRESS", None)})))
        .on("AcknowledgeJob", status("InProgress"));
    function(&service).await.run_at(event("git-source-sweep"), USUAL).await.unwrap();
    assert_eq!(service.inputs("ListBuildsForProject")[0]["sortOrder"], "DESCENDING");
    let answered = |operation: &str| -> Vec<Value> {
        service.inputs(operation).into_iter().map(|mut put| put["jobId"].take()).collect()
    };
    assert_eq!(answered("PutJobSuccessResult"), ["unanswered"]);
    assert_eq!(answered("PutJobFailureResult"), ["failed"]);
    assert_eq!(answered("AcknowledgeJob"), ["waiting"]);
}

#[tokio::test]
async fn the_first_sweep_of_an_hour_looks_back_for_a_day() {
    for (now, answers) in [(FIRST_OF_THE_HOUR, 1), (USUAL, 0)] {
        let service = ScriptedAws::default()
            .on("ListBuildsForProject", (200, json!({"ids": ["clone:1"]})))
            .on("BatchGetBuilds", (200, json!({"builds": [build("old", "SUCCEEDED", Some(ago(7200)))]})));
        function(&service).await.run_at(event("git-source-sweep"), now).await.unwrap();
        assert_eq!(service.inputs("PutJobSuccessResult").len(), answers, "at {now}");
    }
}

#[tokio::test]
async fn a_sweep_gives_a_job_with_a_build_no_second_one() {
    for (state, answers) in [("IN_PROGRESS", 0), ("SUCCEEDED", 1)] {
        let service = ScriptedAws::default()
            .on("ListBuildsForProject", (200, json!({"ids": ["clone:1"]})))
            .on("BatchGetBuilds", (200, json!({"builds": [build(JOB, state, Some(ago(7200)))]})))
            .on("PollForJobs", jobs(&[JOB]))
            .on("AcknowledgeJob", status("InProgress"));
        function(&service).await.run_at(event("git-source-sweep"), USUAL).await.unwrap();
        assert!(service.inputs("StartBuild").is_empty());
        assert_eq!(service.inputs("AcknowledgeJob").len(), 1);
        assert_eq!(service.inputs("PutJobSuccessResult").len(), answers, "{state}");
    }
}

#[tokio::test]
async fn a_sweep_reads_pages_up_to_its_bound() {
    let page = |page: usize| {
        let ids: Vec<String> = (0..100).map(|at| format!("clone:{page}-{at}")).collect();
        (200, json!({"ids": ids, "nextToken": format!("page-{page}")}))
    };
    let service = ScriptedAws::default()
        .on("ListBuildsForProject", page(1))
        .on("ListBuildsForProject", page(2))
        .on("ListBuildsForProject", page(3));
    function(&service).await.run_at(event("git-source-sweep"), USUAL).await.unwrap();
    assert_eq!(service.inputs("ListBuildsForProject").len(), 2);
    let looks: Vec<usize> =
        service.inputs("BatchGetBuilds").iter().map(|look| look["ids"].as_array().unwrap().len()).collect();
    assert_eq!(looks, [100, 100]);
}

#[tokio::test]
async fn a_sweep_does_all_it_can_when_a_call_fails() {
    let service = ScriptedAws::default()
        .on("ListBuildsForProject", refusal("AccessDeniedException"))
        .on("PollForJobs", jobs(&[JOB]))
        .on("StartBuild", (200, json!({"build": build(JOB, "IN_PROGRESS", None)})))
        .on("AcknowledgeJob", status("InProgress"));
    let outcome = function(&service).await.run_at(event("git-source-sweep"), USUAL).await;
    assert!(matches!(outcome, Err(Unfinished::Retry(_))), "{outcome:?}");
    assert_eq!(service.inputs("AcknowledgeJob").len(), 1);
    let ended =
        json!({"builds": [build("a", "SUCCEEDED", Some(ago(0))), build("b", "SUCCEEDED", Some(ago(0)))]});
    let service = ScriptedAws::default()
        .on("ListBuildsForProject", (200, json!({"ids": ["clone:1", "clone:2"]})))
        .on("BatchGetBuilds", (200, ended))
        .on("PollForJobs", refusal("AccessDeniedException"))
        .on("PutJobSuccessResult", refusal("AccessDeniedException"));
    let outcome = function(&service).await.run_at(event("git-source-sweep"), USUAL).await;
    assert!(matches!(outcome, Err(Unfinished::Retry(_))), "{outcome:?}");
    assert_eq!(service.inputs("PutJobSuccessResult").len(), 2, "the second job was not kept by the first");
}
