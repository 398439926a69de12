//! Every operation in which a custom resource gets its Delete, against a scripted CloudFormation.

use super::*;
use form_urlencoded::parse;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

const DOMAIN: &str = "d-abcdefghijkl";

/// A stack as the script knows it. Its ARN is `arn:NAME`.
#[derive(Clone, Default)]
struct Scripted {
    status: &'static str,
    parent: Option<&'static str>,
    change_set: Option<&'static str>,
    retain_except_on_create: bool,
    template: String,
    /// Logical and physical ids.
    resources: Vec<(String, String)>,
    /// What resources were called before, newest first.
    former: Vec<(&'static str, &'static str)>,
}

impl Scripted {
    /// A stack with the domain, in this status.
    fn with_domain(status: &'static str, policy: &str) -> Self {
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
    fn above(status: &'static str, child: &str, policy: &str) -> Self {
        let attribute = if policy.is_empty() { String::new() } else { format!(", {policy}") };
        Self {
            status,
            template: format!("Resources: {{Child: {{Type: 'AWS::CloudFormation::Stack'{attribute}}}}}"),
            resources: vec![pair("Child", &format!("arn:{child}"))],
            ..Self::default()
        }
    }
}

fn pair(logical: &str, physical: &str) -> (String, String) {
    (logical.to_owned(), physical.to_owned())
}

#[derive(Clone, Default)]
struct Script {
    stacks: HashMap<&'static str, Scripted>,
    /// Physical id, action and policy of each change.
    change_sets: HashMap<&'static str, Vec<(&'static str, &'static str, &'static str)>>,
    refused: Option<(&'static str, &'static str)>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn of(stacks: impl IntoIterator<Item = (&'static str, Scripted)>) -> Self {
        Self { stacks: stacks.into_iter().collect(), ..Self::default() }
    }

    fn changing(mut self, changes: Vec<(&'static str, &'static str, &'static str)>) -> Self {
        self.change_sets.insert("arn:change-set", changes);
        for stack in self.stacks.values_mut() {
            stack.change_set = Some("arn:change-set");
        }
        self
    }

    async fn removal(&self) -> Result<Removal, Error> {
        let script = self.clone();
        let address = serve(move |form| script.answer(&form));
        CloudFormation::new(&config(address).await).removal("arn:asking", DOMAIN).await
    }

    fn answer(&self, form: &HashMap<String, String>) -> (u16, String) {
        let action = form["Action"].clone();
        self.calls.lock().unwrap().push(action.clone());
        let named = |key: &str| form.get(key).map(String::as_str).unwrap_or_default();
        let stack = || self.stacks.get(named("StackName").strip_prefix("arn:").unwrap_or_default());
        if let Some((refused, code)) = self.refused
            && refused == action
        {
            return refusal(code);
        }
        let result = match action.as_str() {
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
                let of = self.stacks.iter().find(|(_, it)| it.resources.iter().any(|(_, id)| id == wanted));
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
            "DescribeChangeSet" => self.change_sets.get(named("ChangeSetName")).map(|changes| {
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
            Some(result) => (
                200,
                format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"),
            ),
            None => {
                refusal(if action == "DescribeChangeSet" { "ChangeSetNotFound" } else { "ValidationError" })
            }
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

fn refusal(code: &str) -> (u16, String) {
    (
        400,
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>for a test</Message></Error></ErrorResponse>"
        ),
    )
}

fn serve(
    answer: impl Fn(HashMap<String, String>) -> (u16, String) + Send + Sync + 'static,
) -> std::net::SocketAddr {
    fixture::serve(move |call| answer(parse(call.text.as_bytes()).into_owned().collect()))
}

async fn config(address: std::net::SocketAddr) -> SdkConfig {
    fixture::config(address, "eu-central-1", 2).await
}

#[track_caller]
fn check(script: &Script, expected: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = match runtime.block_on(script.removal()).unwrap() {
        Removal::Deleted => "deleted".to_owned(),
        Removal::Stays(Reason::InNoStack) => "in no stack".to_owned(),
        Removal::Stays(Reason::NotDeleted(stack, status)) => format!("{stack} is {status}"),
        Removal::Stays(Reason::Retained(stack)) => format!("{stack} retains it"),
        Removal::Stays(Reason::PolicyUnknown(stack)) => format!("{stack} does not tell"),
    };
    assert_eq!(told, expected);
}

#[test]
fn a_domain_goes_with_its_stack_unless_that_retains_it() {
    for (status, policy, expected) in [
        ("DELETE_IN_PROGRESS", "", "deleted"),
        ("DELETE_IN_PROGRESS", "DeletionPolicy: Delete", "deleted"),
        ("DELETE_IN_PROGRESS", "DeletionPolicy: Retain", "arn:asking retains it"),
        ("DELETE_IN_PROGRESS", "DeletionPolicy: RetainExceptOnCreate", "arn:asking retains it"),
        ("DELETE_IN_PROGRESS", "DeletionPolicy: !If [Prod, Retain, Delete]", "arn:asking retains it"),
        ("ROLLBACK_IN_PROGRESS", "", "deleted"),
        ("ROLLBACK_IN_PROGRESS", "DeletionPolicy: Retain", "arn:asking retains it"),
        ("ROLLBACK_IN_PROGRESS", "DeletionPolicy: RetainExceptOnCreate", "deleted"),
    ] {
        check(&Script::of([("asking", Scripted::with_domain(status, policy))]), expected);
    }
    let except = Scripted {
        retain_except_on_create: true,
        ..Scripted::with_domain("ROLLBACK_IN_PROGRESS", "DeletionPolicy: Retain")
    };
    check(&Script::of([("asking", except)]), "deleted");
}

#[test]
fn a_living_stack_keeps_its_domain() {
    for status in [
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
        "IMPORT_ROLLBACK_IN_PROGRESS",
        "DELETE_FAILED",
        "DELETE_COMPLETE",
        "SOMETHING_NEW",
    ] {
        let script = Script::of([("asking", Scripted::with_domain(status, ""))]);
        check(&script, &format!("arn:asking is {status}"));
    }
}

#[test]
fn a_domain_of_another_stack_goes_with_that_one_only() {
    let asking = Scripted { status: "DELETE_IN_PROGRESS", ..Scripted::default() };
    for (status, expected) in
        [("CREATE_COMPLETE", "arn:other is CREATE_COMPLETE"), ("DELETE_IN_PROGRESS", "deleted")]
    {
        let other = Scripted::with_domain(status, "");
        check(&Script::of([("asking", asking.clone()), ("other", other)]), expected);
    }
    check(&Script::of([("asking", asking)]), "in no stack");
    check(&Script::default(), "in no stack");
}

#[test]
fn an_update_that_removes_the_domain_deletes_it_if_its_change_set_says_so() {
    let status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS";
    let removed = || {
        let stack = Scripted::with_domain(status, "");
        Scripted { template: "Resources: {Content: {Type: x}}".to_owned(), ..stack }
    };
    for (action, policy, expected) in [
        ("Remove", "Delete", "deleted"),
        ("Remove", "Retain", "arn:asking retains it"),
        ("Remove", "Snapshot", "arn:asking retains it"),
        ("Modify", "", "arn:asking retains it"),
        ("Modify", "ReplaceAndDelete", "deleted"),
        ("Modify", "ReplaceAndRetain", "arn:asking retains it"),
    ] {
        let script = Script::of([("asking", removed())]);
        check(&script.changing(vec![("d-other", "Remove", "Delete"), (DOMAIN, action, policy)]), expected);
    }
    check(&Script::of([("asking", removed())]), "arn:asking does not tell");
    let unrelated = Script::of([("asking", removed())]).changing(vec![("d-other", "Remove", "Delete")]);
    check(&unrelated, "arn:asking does not tell");
    let mut forgotten = Script::of([("asking", removed())]).changing(Vec::new());
    forgotten.change_sets.clear();
    check(&forgotten, "arn:asking does not tell");
}

#[test]
fn a_replaced_domain_goes_unless_its_policy_retains_it() {
    let replaced = |policy: &str| {
        let stack = Scripted::with_domain("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", policy);
        Scripted {
            resources: vec![pair("Domain", "d-new")],
            former: vec![("Domain", "d-new"), ("Domain", DOMAIN)],
            ..stack
        }
    };
    for (policy, expected) in [
        ("", "deleted"),
        ("DeletionPolicy: Retain", "deleted"),
        ("UpdateReplacePolicy: Retain", "arn:asking retains it"),
        ("UpdateReplacePolicy: !Ref Odd", "arn:asking retains it"),
    ] {
        check(&Script::of([("asking", replaced(policy))]), expected);
    }
    for (policy, expected) in [("ReplaceAndDelete", "deleted"), ("ReplaceAndRetain", "arn:asking retains it")]
    {
        check(&Script::of([("asking", replaced(""))]).changing(vec![(DOMAIN, "Modify", policy)]), expected);
    }
    // What the history of a stack holds proves nothing outside of such an update.
    for status in ["UPDATE_COMPLETE", "DELETE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"] {
        check(&Script::of([("asking", Scripted { status, ..replaced("") })]), "in no stack");
    }
    let removed = Scripted { template: "Resources: {}".to_owned(), ..replaced("") };
    check(&Script::of([("asking", removed)]), "arn:asking does not tell");
    check(&Script::of([("asking", Scripted { former: Vec::new(), ..replaced("") })]), "in no stack");
}

#[test]
fn a_domain_in_a_nested_stack_goes_with_the_stacks_above_it() {
    let child =
        |policy| Scripted { parent: Some("arn:root"), ..Scripted::with_domain("CREATE_COMPLETE", policy) };
    let retain = "DeletionPolicy: Retain";
    for (root, above, inside, expected) in [
        ("DELETE_IN_PROGRESS", "", "", "deleted"),
        ("DELETE_IN_PROGRESS", retain, "", "arn:root retains it"),
        ("DELETE_IN_PROGRESS", "", retain, "arn:child retains it"),
        ("ROLLBACK_IN_PROGRESS", "", "", "deleted"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "", "", "arn:root is UPDATE_ROLLBACK_IN_PROGRESS"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "", "", "arn:root is UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("CREATE_COMPLETE", "", "", "arn:root is CREATE_COMPLETE"),
    ] {
        let root = Scripted::above(root, "child", above);
        check(&Script::of([("root", root), ("child", child(inside))]), expected);
    }
    // An update of the root that removes the whole child.
    let mut script = Script::of([
        (
            "root",
            Scripted {
                template: "Resources: {}".to_owned(),
                ..Scripted::above("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "child", "")
            },
        ),
        ("child", child("")),
    ])
    .changing(vec![("arn:child", "Remove", "Delete")]);
    check(&script, "deleted");
    script.change_sets.insert("arn:change-set", vec![("arn:child", "Remove", "Retain")]);
    check(&script, "arn:root retains it");
    // Two levels.
    let middle = Scripted { parent: Some("arn:root"), ..Scripted::above("UPDATE_COMPLETE", "child", "") };
    let root = Scripted::above("DELETE_IN_PROGRESS", "middle", "");
    let low = Scripted { parent: Some("arn:middle"), ..child("") };
    check(&Script::of([("root", root), ("middle", middle), ("child", low)]), "deleted");
}

#[test]
fn a_domain_behind_the_first_hundred_resources_is_found() {
    let mut stack = Scripted::with_domain("DELETE_IN_PROGRESS", "");
    let others = (0..250).map(|at| pair(&format!("Other{at}"), &format!("other-{at}")));
    stack.resources = others.chain([pair("Domain", DOMAIN)]).collect();
    check(&Script::of([("asking", stack)]), "deleted");
}

#[tokio::test]
async fn a_call_that_fails_is_an_error_and_never_an_answer() {
    let stack = || Scripted {
        parent: Some("arn:above"),
        former: vec![("Domain", DOMAIN)],
        ..Scripted::with_domain("DELETE_IN_PROGRESS", "")
    };
    for (refused, status) in [
        ("DescribeStacks", "DELETE_IN_PROGRESS"),
        ("DescribeStackResources", "DELETE_IN_PROGRESS"),
        ("GetTemplate", "DELETE_IN_PROGRESS"),
        ("DescribeChangeSet", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
    ] {
        let script = Script::of([("asking", Scripted { status, ..stack() })]).changing(Vec::new());
        for (code, passing) in [("AccessDenied", false), ("Throttling", true)] {
            let script = Script { refused: Some((refused, code)), ..script.clone() };
            let error = script.removal().await.unwrap_err();
            assert_eq!(crate::error::passing(&error), passing, "{refused}: {code}");
            assert!(crate::error::chain(&error).contains(code), "{refused}: {code}");
        }
    }
    let broken = Scripted { template: "no: [template".to_owned(), ..stack() };
    assert!(Script::of([("asking", broken)]).removal().await.is_err());
}
