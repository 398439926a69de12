//! Every operation in which a custom resource gets its Delete, against a scripted CloudFormation.

mod script;

use super::*;
use script::{Script, Scripted, pair};

const DOMAIN: &str = "d-abcdefghijkl";

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
            assert_eq!(crate::error::is_transient(&error), passing, "{refused}: {code}");
            assert!(crate::error::chain(&error).contains(code), "{refused}: {code}");
        }
    }
    let broken = Scripted { template: "no: [template".to_owned(), ..stack() };
    assert!(Script::of([("asking", broken)]).removal().await.is_err());
}
