//! The stack that the domain belongs to, and what its Delete requests do in every operation.

use super::{DOMAIN, function, spec};
use crate::{Spec, StudioCleanup};
use shared::reconcile::step::{Plan, Reconcile};
use testing::sagemaker::{Domains, SageMaker, Stack};

#[tokio::test]
async fn a_stack_empties_its_domain_only_when_the_domain_goes() {
    for (status, policy, empties) in [
        ("DELETE_IN_PROGRESS", "Delete", true),
        ("ROLLBACK_IN_PROGRESS", "Delete", true),
        ("DELETE_IN_PROGRESS", "Retain", false),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Delete", false),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "Delete", false),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "Delete", false),
    ] {
        let mut fake_aws =
            Domains::new(DOMAIN).app("draft", "a", "InService").profile("alice", "InService", 0);
        fake_aws.stack = Stack { status, policy };
        let service = SageMaker::with(fake_aws);
        let spec = Spec { stack: Some("arn:stack".into()), ..spec() };
        let observed = function(&service).await.observe(&spec).await.unwrap();
        let plan = StudioCleanup::plan(&spec, &observed);
        assert_eq!(matches!(plan, Plan::Act(..)), empties, "{status} {policy}: {plan:?}");
        if !empties {
            assert!(matches!(plan, Plan::Done(_)), "{status} {policy}: {plan:?}");
            assert_eq!(service.called(), [""; 0], "{status} {policy}: SageMaker is not even asked");
            // A stack takes that for done: nobody mistyped anything.
            assert_eq!(StudioCleanup::absent(&spec, &observed), None);
        }
    }
}

#[tokio::test]
async fn an_id_that_names_no_domain_is_told() {
    let service = SageMaker::with(Domains::default());
    let observed = function(&service).await.observe(&spec()).await.unwrap();
    let told = StudioCleanup::absent(&spec(), &observed).unwrap();
    assert!(told.starts_with("no domain has the id d-abcdefghijkl"), "{told}");
    let there = function(&SageMaker::with(Domains::new(DOMAIN))).await.observe(&spec()).await.unwrap();
    assert_eq!(StudioCleanup::absent(&spec(), &there), None);
}
