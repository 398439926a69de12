//! The phases of a stack operation as a custom resource sees them that is asked to delete something.

use super::stacks::{Stacks, names, pair, template, topic};
use aws_sdk_cloudformation::types::Parameter;
use serde_json::json;

#[tokio::test]
async fn what_an_update_removes_or_replaces_is_deleted_after_it() {
    let stacks = Stacks::start().await;
    let (one, other) = (stacks.custom(&json!({})), stacks.custom(&json!({"DependsOn": "One"})));
    stacks.create("s", &template(&json!({"One": one, "Other": other}))).await;
    stacks.let_succeed("Create", "One", "first").await;
    let creating = stacks.request("Create", "Other").await;
    assert_eq!(stacks.status("s").await, "CREATE_IN_PROGRESS");
    assert_eq!(stacks.beside("first").await, Ok(vec![pair("One", "first")]));
    stacks.answer(creating, "SUCCESS", "other").await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.last_updated_time, None);

    // One is replaced, Other removed.
    let id = stacks.describe("s").await.stack_id.unwrap();
    let after = template(&json!({"One": stacks.custom(&json!({"Metadata": {}}))}));
    stacks.update("s", &after).await;
    stacks.let_succeed("Update", "One", "second").await;
    let replaced = stacks.request("Delete", "One").await;
    assert_eq!(replaced.body["PhysicalResourceId"], "first");
    assert_eq!(stacks.status(&id).await, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert!(stacks.describe(&id).await.last_updated_time.is_some());
    assert_eq!(stacks.template(&id).await, after);
    assert_eq!(stacks.beside("first").await, Err("Stack for first does not exist".into()));
    assert_eq!(stacks.beside("other").await, Ok(vec![pair("One", "second"), pair("Other", "other")]));
    stacks.answer(replaced, "SUCCESS", "").await;
    let removed = stacks.request("Delete", "Other").await;
    assert!(stacks.events(&id).await[..4].contains(&pair("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")));
    stacks.answer(removed, "SUCCESS", "").await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    let last = stacks.events(&id).await;
    assert_eq!(last[..2], [pair("s", "UPDATE_COMPLETE"), pair("Other", "DELETE_COMPLETE")]);
    assert_eq!(stacks.beside("second").await, Ok(vec![pair("One", "second")]));
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_roll_back_deletes_what_its_operation_made() {
    let stacks = Stacks::start().await;
    let (one, other) = (stacks.custom(&json!({})), stacks.custom(&json!({"DependsOn": "One"})));
    let both = json!({"Topic": topic(), "One": one, "Other": other});

    // Of an update: the template is the old one again.
    let before = template(&json!({"Topic": topic()}));
    stacks.create("u", &before).await;
    stacks.settle("u", "CREATE_COMPLETE").await;
    stacks.update("u", &template(&both)).await;
    stacks.let_succeed("Create", "One", "one").await;
    let failing = stacks.request("Create", "Other").await;
    assert!(stacks.events("u").await.contains(&pair("One", "CREATE_COMPLETE")));
    stacks.answer(failing, "FAILED", "other").await;
    for (resource, listed) in [("Other", ["One", "Other", "Topic"].as_slice()), ("One", &["One", "Topic"])] {
        let deletion = stacks.request("Delete", resource).await;
        assert_eq!(stacks.status("u").await, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
        assert_eq!(stacks.template("u").await, before);
        assert_eq!(names(stacks.beside("one").await), listed);
        stacks.answer(deletion, "SUCCESS", "").await;
    }
    stacks.settle("u", "UPDATE_ROLLBACK_COMPLETE").await;

    // Of a creation: what is made and not deleted yet is listed, also what was made in part.
    stacks.create("c", &template(&both)).await;
    stacks.let_succeed("Create", "One", "one").await;
    let failing = stacks.request("Create", "Other").await;
    stacks.answer(failing, "FAILED", "other").await;
    for (resource, listed) in [("Other", ["One", "Other"].as_slice()), ("One", &["One"])] {
        let deletion = stacks.request("Delete", resource).await;
        assert_eq!(stacks.status("c").await, "ROLLBACK_IN_PROGRESS");
        assert_eq!(names(stacks.beside("one").await), listed);
        stacks.answer(deletion, "SUCCESS", "").await;
    }
    stacks.settle("c", "ROLLBACK_COMPLETE").await;
    assert_eq!(stacks.beside("one").await, Err("Stack for one does not exist".into()));
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn an_executed_change_set_says_what_leaves_the_stack() {
    let stacks = Stacks::start().await;
    let custom = stacks.custom(&json!({"Condition": "Wanted"}));
    let body = json!({
        "Parameters": {"Wanted": {"Type": "String"}},
        "Conditions": {"Wanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
        "Resources": {
            "Topic": topic(),
            "Kept": {"Type": "AWS::SNS::Topic", "Condition": "Wanted", "DeletionPolicy": "Retain"},
            "One": custom,
        },
    });
    let execute = async |name: &str, kind: &str, wanted: &str| {
        let wanted = Parameter::builder().parameter_key("Wanted").parameter_value(wanted).build();
        let change = stacks.client.create_change_set().stack_name("s").change_set_name(name);
        let change = change.change_set_type(kind.into()).template_body(body.to_string()).parameters(wanted);
        let id = change.send().await.unwrap().id.unwrap();
        stacks.client.execute_change_set().change_set_name(&id).send().await.unwrap();
        id
    };
    let made = execute("make", "CREATE", "yes").await;
    stacks.let_succeed("Create", "One", "one").await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.change_set_id, Some(made));

    let id = execute("shrink", "UPDATE", "no").await;
    let deletion = stacks.request("Delete", "One").await;
    assert_eq!(stacks.status("s").await, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert_eq!(stacks.describe("s").await.change_set_id.as_ref(), Some(&id));
    let told = stacks.client.describe_change_set().change_set_name(&id).send().await.unwrap();
    let changes: Vec<_> = told.changes().iter().map(|change| change.resource_change().unwrap()).collect();
    let action = |logical_id: &str| {
        let change = changes.iter().find(|change| change.logical_resource_id() == Some(logical_id)).unwrap();
        let policy = change.policy_action().unwrap().as_str();
        (change.action().unwrap().as_str(), policy, change.physical_resource_id().unwrap().to_owned())
    };
    assert_eq!(changes.len(), 2);
    assert_eq!(action("One"), ("Remove", "Delete", "one".into()));
    assert_eq!((action("Kept").0, action("Kept").1), ("Remove", "Retain"));
    stacks.answer(deletion, "SUCCESS", "").await;
    stacks.settle("s", "UPDATE_COMPLETE").await;

    // An update without a change set has none.
    stacks.update("s", &template(&json!({"Topic": topic(), "Second": topic()}))).await;
    stacks.settle("s", "UPDATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.change_set_id, None);
    stacks.cloud.stop().await;
}
