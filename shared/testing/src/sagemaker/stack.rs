//! The stack that the domains belong to.

use crate::{Call, Reply, reply};

/// A stack with the domain in it.
pub struct Stack {
    pub status: &'static str,
    pub policy: &'static str,
}

impl Default for Stack {
    fn default() -> Self {
        Self { status: "DELETE_IN_PROGRESS", policy: "Delete" }
    }
}

impl Stack {
    /// The response of CloudFormation to a call. Every domain is in the stack.
    pub(super) fn answer(&self, call: &Call) -> Reply {
        let Self { status, policy } = self;
        let result = match call.operation.as_str() {
            "DescribeStacks" => format!(
                "<Stacks><member><StackName>x</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
                 <StackStatus>{status}</StackStatus></member></Stacks>"
            ),
            "DescribeStackResources" => format!(
                "<StackResources><member><StackId>arn:stack</StackId><LogicalResourceId>Domain</LogicalResourceId>\
                 <PhysicalResourceId>{}</PhysicalResourceId></member></StackResources>",
                call.parameter("PhysicalResourceId")
            ),
            "GetTemplate" => {
                format!("<TemplateBody>Resources: {{Domain: {{DeletionPolicy: {policy}}}}}</TemplateBody>")
            }
            other => panic!("{other} is not asked"),
        };
        reply::query(&call.operation, &result)
    }
}
