//! Nested stacks: when their deletions are made, and what CloudFormation tells of them meanwhile.

use super::stacks::{Stacks, names, pair, template, topic};
use serde_json::{Value, json};

/// A nested stack whose template is put where it can be read.
pub(super) async fn nested(stacks: &Stacks, key: &str, template: &Value) -> Value {
    let s3 = aws_sdk_s3::Client::from_conf(crate::deploy::s3_config(&stacks.cloud.root().await));
    // It may be there already.
    let _ = s3.create_bucket().bucket("templates").send().await;
    let body = aws_sdk_s3::primitives::ByteStream::from(template.to_string().into_bytes());
    s3.put_object().bucket("templates").key(key).body(body).send().await.unwrap();
    let url = format!("https://s3.amazonaws.com/templates/{key}");
    json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}})
}

#[tokio::test]
async fn a_nested_stack_is_cleaned_up_with_its_root() {
    let stacks = Stacks::start().await;
    let custom = stacks.custom(&json!({}));
    let full = nested(&stacks, "full", &template(&json!({"Topic": topic(), "One": custom}))).await;
    let small = template(&json!({"Topic": topic()}));
    let less = nested(&stacks, "less", &small).await;
    stacks.create("root", &template(&json!({"Child": full}))).await;
    let request = stacks.request("Create", "One").await;
    let child = request.body["StackId"].as_str().unwrap().to_owned();
    let root = stacks.describe("root").await.stack_id.unwrap();
    let seen = stacks.describe(&child).await;
    assert_eq!((seen.parent_id.as_ref(), seen.root_id.as_ref()), (Some(&root), Some(&root)));
    assert_eq!(seen.last_updated_time, None);
    stacks.answer(request, "SUCCESS", "one").await;
    stacks.settle("root", "CREATE_COMPLETE").await;

    // The root fails after its child let go of something: it is not deleted.
    let other = stacks.custom(&json!({"DependsOn": "Child"}));
    stacks.update("root", &template(&json!({"Child": less, "Other": other}))).await;
    let failing = stacks.request("Create", "Other").await;
    assert_eq!(stacks.status(&child).await, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    assert_eq!(stacks.status(&root).await, "UPDATE_IN_PROGRESS");
    assert_eq!(names(stacks.beside("one").await), ["One", "Topic"]);
    stacks.answer(failing, "FAILED", "other").await;
    let deletion = stacks.request("Delete", "Other").await;
    for stack in [&root, &child] {
        assert_eq!(stacks.status(stack).await, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
    }
    stacks.answer(deletion, "SUCCESS", "").await;
    stacks.settle("root", "UPDATE_ROLLBACK_COMPLETE").await;
    assert_eq!(stacks.status(&child).await, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(names(stacks.beside("one").await), ["One", "Topic"]);

    // The root succeeds: it is deleted after that.
    stacks.update("root", &template(&json!({"Child": less}))).await;
    let deletion = stacks.request("Delete", "One").await;
    for stack in [&root, &child] {
        assert_eq!(stacks.status(stack).await, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    }
    assert_eq!(stacks.template(&child).await, small);
    stacks.answer(deletion, "SUCCESS", "").await;
    stacks.settle("root", "UPDATE_COMPLETE").await;
    assert_eq!(stacks.status(&child).await, "UPDATE_COMPLETE");
    assert_eq!(names(stacks.beside(&child).await), ["Child"]);
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn nested_stacks_are_deleted_one_after_another() {
    let stacks = Stacks::start().await;
    let (first, second) = (stacks.custom(&json!({})), stacks.custom(&json!({})));
    let first = nested(&stacks, "first", &template(&json!({"First": first}))).await;
    let mut second = nested(&stacks, "second", &template(&json!({"Second": second}))).await;
    second["DependsOn"] = "One".into();
    stacks.create("root", &template(&json!({"One": first, "Two": second}))).await;
    let mut children = Vec::new();
    for name in ["First", "Second"] {
        let request = stacks.request("Create", name).await;
        children.push(request.body["StackId"].as_str().unwrap().to_owned());
        stacks.answer(request, "SUCCESS", name).await;
    }
    stacks.settle("root", "CREATE_COMPLETE").await;
    let root = stacks.describe("root").await.stack_id.unwrap();
    stacks.client.delete_stack().stack_name(&root).send().await.unwrap();
    let statuses = async || (stacks.status(&children[0]).await, stacks.status(&children[1]).await);
    let request = stacks.request("Delete", "Second").await;
    assert_eq!(statuses().await, pair("CREATE_COMPLETE", "DELETE_IN_PROGRESS"));
    assert_eq!(stacks.describe(&children[0]).await.root_id.as_ref(), Some(&root));
    stacks.answer(request, "SUCCESS", "").await;
    let request = stacks.request("Delete", "First").await;
    assert_eq!(statuses().await, pair("DELETE_IN_PROGRESS", "DELETE_COMPLETE"));
    assert_eq!(stacks.status(&root).await, "DELETE_IN_PROGRESS");
    stacks.answer(request, "SUCCESS", "").await;
    stacks.settle(&root, "DELETE_COMPLETE").await;
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_nested_stack_is_checked_as_a_root_is() {
    let stacks = Stacks::start().await;
    let mut exporting = template(&json!({"T": topic()}));
    exporting["Outputs"] = json!({"A": {"Value": "one", "Export": {"Name": "shared"}}});
    let mut given = nested(&stacks, "plain.json", &template(&json!({"T": topic()}))).await;
    given["Properties"]["Parameters"] = json!({"Mispelt": "x"});
    let circle = json!({
        "A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"}, "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A"},
    });
    let property = json!({"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayNam": "x"}}});
    for (name, child, reason) in [
        ("owner", nested(&stacks, "exporting.json", &exporting).await, None),
        (
            "second",
            nested(&stacks, "exporting.json", &exporting).await,
            Some("Export with name shared is already exported by stack owner-Child-"),
        ),
        ("given", given, Some("Parameters: [Mispelt] do not exist in the template")),
        (
            "circle",
            nested(&stacks, "circle.json", &template(&circle)).await,
            Some("Circular dependency between resources: [A, B]"),
        ),
        (
            "property",
            nested(&stacks, "property.json", &template(&property)).await,
            Some("#: extraneous key [DisplayNam] is not permitted"),
        ),
    ] {
        stacks.create(name, &template(&json!({"Child": child}))).await;
        stacks.settle(name, if reason.is_some() { "ROLLBACK_COMPLETE" } else { "CREATE_COMPLETE" }).await;
        if let Some(reason) = reason {
            let told = stacks.reasons(name, "CREATE_FAILED").await;
            assert!(told[0].contains(reason), "{told:?}");
        }
    }
    let exports = stacks.client.list_exports().send().await.unwrap();
    assert_eq!(exports.exports().len(), 1);
    stacks.cloud.stop().await;
}
