//! The stack that the domain belongs to, and what its Delete requests do in every operation.

use super::world::World;
use super::{DOMAIN, Service, goal};
use crate::{Goal, StudioCleanup};
use shared::step::{Plan, Reconcile};

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
        let mut world = World::new(DOMAIN).app("draft", "a", "InService").profile("alice", "InService", 0);
        world.stack = Stack { status, policy };
        let service = Service::with(world);
        let goal = Goal { stack: Some("arn:stack".into()), ..goal() };
        let seen = service.function().await.observe(&goal).await.unwrap();
        let plan = StudioCleanup::plan(&goal, &seen);
        assert_eq!(matches!(plan, Plan::Move(..)), empties, "{status} {policy}: {plan:?}");
        if !empties {
            assert!(matches!(plan, Plan::Done(_)), "{status} {policy}: {plan:?}");
            assert_eq!(service.called(), [""; 0], "{status} {policy}: SageMaker is not even asked");
            // A stack takes that for done: nobody mistyped anything.
            assert_eq!(StudioCleanup::absent(&goal, &seen), None);
        }
    }
}

#[tokio::test]
async fn an_id_that_names_no_domain_is_told() {
    let service = Service::with(World::default());
    let seen = service.function().await.observe(&goal()).await.unwrap();
    let told = StudioCleanup::absent(&goal(), &seen).unwrap();
    assert!(told.starts_with("no domain has the id d-abcdefghijkl"), "{told}");
    let there = Service::with(World::new(DOMAIN)).function().await.observe(&goal()).await.unwrap();
    assert_eq!(StudioCleanup::absent(&goal(), &there), None);
}
