//! CloudFormation from a script.

use super::DOMAIN;
use crate::removal::{CloudFormation, Error, Removal};
use std::collections::HashMap;
use testing::{Call, Reply, ScriptedAws, reply};

/// A stack as the script knows it. Its ARN is `arn:NAME`.
#[derive(Clone, Default)]
pub(super) struct Scripted {
    pub(super) status: &'static str,
    pub(super) parent: Option<&'static str>,
    pub(super) change_set: Option<&'static str>,
    pub(super) retain_except_on_create: bool,
    pub(super) template: String,
    /// Logical and physical ids.
    pub(super) resources: Vec<(String, String)>,
    /// What resources were called before, newest first.
    pub(super) former: Vec<(&'static str, &'static str)>,
}

impl Scripted {
    /// A stack with the domain, in this status.
    pub(super) fn with_domain(status: &'static str, policy: &str) -> Self {
        let attribute = if policy.is_empty() { String::new() } else { format!(", {policy}") };
        Self {
            status,
            template: format!(
                "Resources: {{Domain: {{Type: 'AWS::SageMaker::Domain'{attribute}}}, Content: {{Type: x}}}}"
            ),
            resources: vec![pair("Content", "studio-cleanup-d"), pair("Domain", DOMAIN)],
            ..Self::default()
        }
    }

    /// A stack with this nested stack.
    pub(super) fn above(status: &'static str, child: &str, policy: &str) -> Self {
        let attribute = if policy.is_empty() { String::new() } else { format!(", {policy}") };
        Self {
            status,
            template: format!("Resources: {{Child: {{Type: 'AWS::CloudFormation::Stack'{attribute}}}}}"),
            resources: vec![pair("Child", &format!("arn:{child}"))],
            ..Self::default()
        }
    }
}

pub(super) fn pair(logical: &str, physical: &str) -> (String, String) {
    (logical.to_owned(), physical.to_owned())
}

#[derive(Clone, Default)]
pub(super) struct Script {
    pub(super) stacks: HashMap<&'static str, Scripted>,
    /// Physical id, action and policy of each change.
    pub(super) change_sets: HashMap<&'static str, Vec<(&'static str, &'static str, &'static str)>>,
    pub(super) refused: Option<(&'static str, &'static str)>,
}

impl Script {
    pub(super) fn of(stacks: impl IntoIterator<Item = (&'static str, Scripted)>) -> Self {
        Self { stacks: stacks.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn changing(mut self, changes: Vec<(&'static str, &'static str, &'static str)>) -> Self {
        self.change_sets.insert("arn:change-set", changes);
        for stack in self.stacks.values_mut() {
            stack.change_set = Some("arn:change-set");
        }
        self
    }

    pub(super) async fn removal(&self) -> Result<Removal, Error> {
        self.removal_with_calls().await.0
    }

    /// The result, and the operations that were called.
    pub(super) async fn removal_with_calls(&self) -> (Result<Removal, Error>, Vec<String>) {
        let script = self.clone();
        let aws = ScriptedAws::in_front_of(move |call| script.answer(call));
        let cloudformation = CloudFormation::new(&aws.config("eu-central-1", 2).await);
        (cloudformation.removal("arn:asking", DOMAIN).await, aws.called())
    }

    fn answer(&self, call: &Call) -> Reply {
        let action = call.operation.as_str();
        let named = |key: &str| call.parameter(key);
        let stack = || self.stacks.get(named("StackName").strip_prefix("arn:").unwrap_or_default());
        if let Some((refused, code)) = self.refused
            && refused == action
        {
            return reply::query_refusal(code);
        }
        let result = match action {
            "DescribeStacks" => stack().map(|found| {
                let tag = |name: &str, value: Option<&str>| {
                    value.map(|value| format!("<{name}>{value}</{name}>")).unwrap_or_default()
                };
                format!(
                    "<Stacks><member><StackName>x</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{}</StackStatus>{}{}\
                     <RetainExceptOnCreate>{}</RetainExceptOnCreate></member></Stacks>",
                    found.status,
                    tag("ParentId", found.parent),
                    tag("ChangeSetId", found.change_set),
                    found.retain_except_on_create,
                )
            }),
            "DescribeStackResources" => {
                let wanted = named("PhysicalResourceId");
                let of = self.stacks.iter().find(|(_, it)| it.resources.iter().any(|(_, id)| *id == wanted));
                // CloudFormation answers with a hundred resources at most.
                of.map(|(name, stack)| {
                    format!("<StackResources>{}</StackResources>", members(name, stack.resources.iter().take(100)))
                })
            }
            "ListStackResources" => stack().map(|found| {
                let from: usize = named("NextToken").parse().unwrap_or(0);
                let page = members("", found.resources.iter().skip(from).take(100));
                let more = from + 100 < found.resources.len();
                let token = if more { format!("<NextToken>{}</NextToken>", from + 100) } else { String::new() };
                format!("<StackResourceSummaries>{page}</StackResourceSummaries>{token}")
            }),
            "DescribeStackEvents" => stack().map(|found| {
                let former: Vec<_> = found.former.iter().map(|(name, id)| pair(name, id)).collect();
                format!("<StackEvents>{}</StackEvents>", members("", former.iter()))
            }),
            "GetTemplate" => stack().map(|found| format!("<TemplateBody>{}</TemplateBody>", found.template)),
            "DescribeChangeSet" => self.change_sets.get(named("ChangeSetName").as_str()).map(|changes| {
                // Two pages: the second holds the changes.
                if named("NextToken").is_empty() {
                    return "<NextToken>2</NextToken>".to_owned();
                }
                let changes = changes.iter().map(|(id, action, policy)| {
                    format!(
                        "<member><ResourceChange><Action>{action}</Action><PolicyAction>{policy}</PolicyAction>\
                         <PhysicalResourceId>{id}</PhysicalResourceId></ResourceChange></member>"
                    )
                });
                format!("<Changes>{}</Changes>", changes.collect::<String>())
            }),
            other => panic!("{other} is not asked"),
        };
        match result {
            Some(result) => reply::query(action, &result),
            None if action == "DescribeChangeSet" => reply::query_refusal("ChangeSetNotFound"),
            None => reply::query_refusal("ValidationError"),
        }
    }
}

fn members<'a>(stack: &str, resources: impl Iterator<Item = &'a (String, String)>) -> String {
    let member = |(logical, physical): &(String, String)| {
        format!(
            "<member><StackId>arn:{stack}</StackId><LogicalResourceId>{logical}</LogicalResourceId>\
             <PhysicalResourceId>{physical}</PhysicalResourceId></member>"
        )
    };
    resources.map(member).collect()
}
