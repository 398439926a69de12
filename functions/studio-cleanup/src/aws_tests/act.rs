//! What is called to delete, and the result of every answer.

use super::{DOMAIN, function, later, spec};
use crate::observation::{AppId, Owner};
use crate::{Batch, CleanupAction, Spec};
use serde_json::json;
use shared::reconcile::step::{Reconcile, StepError, StepResult, step};
use std::time::Duration;
use testing::reply::refusal;
use testing::sagemaker::{Domains, SageMaker};
use tokio::time::Instant;

fn actions(batch: Batch) -> CleanupAction {
    CleanupAction { domain: DOMAIN.to_owned(), batch }
}

/// One of each kind, all of which exist.
fn each() -> [(&'static str, CleanupAction); 4] {
    let id = AppId { kind: "JupyterLab".into(), name: "a".into(), owner: Owner::Space("draft".into()) };
    [
        ("DeleteApp", actions(Batch::Apps(vec![id]))),
        ("DeleteSpace", actions(Batch::Spaces(vec!["draft".into()]))),
        ("DeleteUserProfile", actions(Batch::Profiles(vec!["alice".into()]))),
        ("DeleteDomain", actions(Batch::Domain)),
    ]
}

#[tokio::test]
async fn each_kind_is_named_as_the_service_wants_it() {
    let service = SageMaker::default();
    let own = AppId { kind: "KernelGateway".into(), name: "b".into(), owner: Owner::Profile("alice".into()) };
    let calls = each().into_iter().map(|(_, next)| next).chain([actions(Batch::Apps(vec![own]))]);
    for next in calls {
        function(&service).await.act(&next, later()).await.unwrap();
    }
    let app = json!({"DomainId": DOMAIN, "AppType": "JupyterLab", "AppName": "a", "SpaceName": "draft"});
    let own =
        json!({"DomainId": DOMAIN, "AppType": "KernelGateway", "AppName": "b", "UserProfileName": "alice"});
    assert_eq!(service.inputs("DeleteApp"), [app, own]);
    assert_eq!(service.inputs("DeleteSpace"), [json!({"DomainId": DOMAIN, "SpaceName": "draft"})]);
    assert_eq!(
        service.inputs("DeleteUserProfile"),
        [json!({"DomainId": DOMAIN, "UserProfileName": "alice"})]
    );
    let keep = json!({"DomainId": DOMAIN, "RetentionPolicy": {"HomeEfsFileSystem": "Retain"}});
    assert_eq!(service.inputs("DeleteDomain"), [keep]);
}

#[tokio::test]
async fn gone_is_done_and_in_use_is_for_the_next_step() {
    for (operation, next) in each() {
        for (code, postponed) in [("ResourceNotFound", 0), ("ResourceInUse", 1), ("ThrottlingException", 1)] {
            // As often as the SDK tries.
            let service = SageMaker::default().on(operation, refusal(code)).on(operation, refusal(code));
            let outcome = function(&service).await.act(&next, later()).await;
            assert_eq!(outcome.unwrap().count, postponed, "{operation}: {code}");
        }
    }
}

#[tokio::test]
async fn an_app_that_another_run_deleted_is_deleted() {
    for text in
        ["App [a] has already been deleted.", "App [a] previously failed and was automatically deleted."]
    {
        let reply = (400, json!({"__type": "ValidationException", "message": text}));
        let service = SageMaker::default().on("DeleteApp", reply);
        let [(_, next), ..] = each();
        assert_eq!(function(&service).await.act(&next, later()).await.unwrap().count, 0, "{text}");
    }
}

#[tokio::test]
async fn what_another_run_is_changing_is_for_the_next_step() {
    for (operation, next) in each() {
        let text = "Unable to delete it because it is in [Deleting] status.";
        let reply = (400, json!({"__type": "ValidationException", "message": text}));
        let service = SageMaker::default().on(operation, reply);
        assert_eq!(function(&service).await.act(&next, later()).await.unwrap().count, 1, "{operation}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_was_refused_and_why() {
    let names =
        ["JupyterLab app a of space draft", "space draft", "user profile alice", "domain d-abcdefghijkl"];
    for ((operation, next), name) in each().into_iter().zip(names) {
        let service = SageMaker::default().on(operation, refusal("AccessDeniedException"));
        let error = function(&service).await.act(&next, later()).await.unwrap_err();
        let told = shared::error::chain(&error);
        let code = "AccessDeniedException: AccessDeniedException for a test";
        assert_eq!(told, format!("could not delete {name}: {code}"));
    }
}

#[tokio::test]
async fn one_refusal_does_not_keep_the_others() {
    let service = SageMaker::default().on("DeleteSpace", refusal("AccessDeniedException"));
    let names = (0..20).map(|at| at.to_string()).collect();
    let outcome = function(&service).await.act(&actions(Batch::Spaces(names)), later()).await;
    assert!(outcome.is_err());
    assert_eq!(service.inputs("DeleteSpace").len(), 20);
}

#[tokio::test]
async fn no_call_is_begun_when_time_is_over() {
    let service = SageMaker::default();
    let names = (0..20).map(|at| at.to_string()).collect();
    let over = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    let postponed = function(&service).await.act(&actions(Batch::Spaces(names)), over).await.unwrap();
    assert_eq!((postponed.count, service.called().len()), (20, 0));
}

#[tokio::test]
async fn a_busy_service_is_waited_for_and_a_denial_is_not() {
    for operation in ["DescribeDomain", "ListApps", "ListSpaces", "ListUserProfiles"] {
        let busy = refusal("ThrottlingException");
        let service = SageMaker::with(Domains::new(DOMAIN)).on(operation, busy.clone()).on(operation, busy);
        let result = step(&function(&service).await, &spec(), later()).await.unwrap();
        assert!(matches!(result, StepResult::Waiting(_)), "{operation}: {result:?}");

        let service = SageMaker::with(Domains::new(DOMAIN)).on(operation, refusal("AccessDeniedException"));
        let error = step(&function(&service).await, &spec(), later()).await;
        assert!(matches!(error, Err(StepError::Failed(_))), "{operation}");
    }
}

#[tokio::test]
async fn a_failed_deletion_stops_the_run_with_its_reason() {
    let fake_aws = Domains::new(DOMAIN).space("draft", "alice", "Delete_Failed", 30);
    let spec = Spec { with_domain: true, ..spec() };
    let Err(StepError::Stuck(why)) = step(&function(&SageMaker::with(fake_aws)).await, &spec, later()).await
    else {
        panic!("stuck")
    };
    assert!(why.starts_with("SageMaker could not delete space draft: its volume is busy. "), "{why}");
}
