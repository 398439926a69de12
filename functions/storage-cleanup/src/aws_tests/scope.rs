//! What a stack's Delete does in each operation: data goes only when the stack, or the VPC itself, is being deleted.

use super::{function, scripted, stack};
use crate::observation::Scope;
use crate::samples::{DOMAIN, VPC};
use crate::{Spec, Storage, StorageCleanup, Target, Vpc};
use shared::reconcile::step::{Plan, Reconcile};
use testing::{Reply, ScriptedAws, reply};

fn asked(target: Target) -> Spec {
    Spec {
        target,
        storage: Storage::Delete,
        vpc: Vpc::Delete,
        stack: Some("arn:stack".to_owned()),
        consent: None,
    }
}

/// The stack that has the VPC, and a template in which it has this policy.
fn with_vpc(service: ScriptedAws, policy: &str) -> ScriptedAws {
    let member = format!(
        "<member><StackId>arn:stack</StackId><LogicalResourceId>Vpc</LogicalResourceId>\
         <PhysicalResourceId>{VPC}</PhysicalResourceId></member>"
    );
    let listed =
        reply::query("DescribeStackResources", &format!("<StackResources>{member}</StackResources>"));
    let template = format!("<TemplateBody>Resources: {{Vpc: {{DeletionPolicy: {policy}}}}}</TemplateBody>");
    service.always("DescribeStackResources", VPC, listed).always(
        "GetTemplate",
        "",
        reply::query("GetTemplate", &template),
    )
}

#[tokio::test]
async fn data_goes_only_when_the_stack_or_its_vpc_goes() {
    let (vpc, domain) = (|| Target::Vpc(VPC.to_owned()), || Target::Domain(DOMAIN.to_owned()));
    for (status, policy, target, expected) in [
        ("DELETE_IN_PROGRESS", "Retain", vpc(), Scope::Everything),
        ("DELETE_IN_PROGRESS", "Delete", domain(), Scope::Everything),
        ("ROLLBACK_IN_PROGRESS", "Delete", vpc(), Scope::Everything),
        ("ROLLBACK_IN_PROGRESS", "Retain", vpc(), Scope::Network),
        ("ROLLBACK_IN_PROGRESS", "Delete", domain(), Scope::Network),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "Delete", vpc(), Scope::Network),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "Delete", domain(), Scope::Network),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Delete", vpc(), Scope::Nothing),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "Delete", domain(), Scope::Nothing),
        ("UPDATE_COMPLETE", "Delete", domain(), Scope::Nothing),
    ] {
        let service = scripted().always("DescribeStacks", "", stack(status));
        let service = with_vpc(service, policy);
        let spec = asked(target);
        let observed = function(&service).await.observe(&spec).await.unwrap();
        assert_eq!(observed.scope, expected, "{status} {policy} {spec:?}");
        let done = matches!(StorageCleanup::plan(&spec, &observed), Plan::Done(_));
        assert!(done || expected != Scope::Nothing, "{status} {policy} {spec:?}");
        let within = spec.within(observed.scope);
        let data = within.storage == Storage::Delete && within.target != Target::Nothing;
        assert_eq!(data, expected == Scope::Everything, "{status} {policy} {spec:?}");
    }
}

#[tokio::test]
async fn a_person_needs_no_stack() {
    let spec = Spec { stack: None, ..asked(Target::Domain(DOMAIN.to_owned())) };
    let service = scripted();
    assert_eq!(function(&service).await.observe(&spec).await.unwrap().scope, Scope::Everything);
    assert_eq!(service.requests("DescribeStacks").len(), 0);
}

#[tokio::test]
async fn a_stack_that_cannot_be_asked_about_stops_the_run() {
    let denied = Reply { status: 403, ..reply::query_refusal("AccessDenied") };
    let service = scripted().always("DescribeStacks", "", denied);
    assert!(function(&service).await.observe(&asked(Target::Vpc(VPC.to_owned()))).await.is_err());
    assert_eq!(service.written(), [""; 0]);
}
