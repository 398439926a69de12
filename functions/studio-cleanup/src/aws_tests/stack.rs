//! The stack that the domain belongs to, and what its Delete requests do in every operation.

use super::fake_aws::FakeAws;
use super::{DOMAIN, Service, spec};
use crate::{Spec, StudioCleanup};
use shared::reconcile::step::{Plan, Reconcile};

/// A stack with the domain in it.
pub(super) struct Stack {
    pub(super) status: &'static str,
    pub(super) policy: &'static str,
}

impl Default for Stack {
    fn default() -> Self {
        Self { status: "DELETE_IN_PROGRESS", policy: "Delete" }
    }
}

impl Stack {
    /// The answer of CloudFormation to a call, which is a form. Every domain is in the stack.
    pub(super) fn answer(&self, form: &str) -> String {
        let Self { status, policy } = self;
        let named = |key: &str| form.split('&').find_map(|pair| pair.strip_prefix(key)).unwrap_or_default();
        let (action, domain) = (named("Action="), named("PhysicalResourceId="));
        let result = match action {
            "DescribeStacks" => format!(
                "<Stacks><member><StackName>x</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                 <StackStatus>{status}</StackStatus></member></Stacks>"
            ),
            "DescribeStackResources" => format!(
                "<StackResources><member><StackId>arn:stack</StackId><LogicalResourceId>Domain</LogicalResourceId>\
                 <PhysicalResourceId>{domain}</PhysicalResourceId></member></StackResources>"
            ),
            "GetTemplate" => {
                format!("<TemplateBody>Resources: {{Domain: {{DeletionPolicy: {policy}}}}}</TemplateBody>")
            }
            other => panic!("{other} is not asked"),
        };
        format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>")
    }
}

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
            FakeAws::new(DOMAIN).app("draft", "a", "InService").profile("alice", "InService", 0);
        fake_aws.stack = Stack { status, policy };
        let service = Service::with(fake_aws);
        let spec = Spec { stack: Some("arn:stack".into()), ..spec() };
        let observed = service.function().await.observe(&spec).await.unwrap();
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
    let service = Service::with(FakeAws::default());
    let observed = service.function().await.observe(&spec()).await.unwrap();
    let told = StudioCleanup::absent(&spec(), &observed).unwrap();
    assert!(told.starts_with("no domain has the id d-abcdefghijkl"), "{told}");
    let there = Service::with(FakeAws::new(DOMAIN)).function().await.observe(&spec()).await.unwrap();
    assert_eq!(StudioCleanup::absent(&spec(), &there), None);
}
