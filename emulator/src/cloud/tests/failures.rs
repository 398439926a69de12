//! Stacks whose deletion or roll-back fails, and how they come out of it.

use super::stacks::{Stacks, names, pair, template, topic};
use super::until;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use serde_json::json;

#[tokio::test]
async fn a_deletion_that_failed_is_repeated_without_what_is_to_stay() {
    let stacks = Stacks::start().await;
    let body = template(&json!({"Topic": topic(), "One": stacks.custom(&json!({"DependsOn": "Topic"}))}));
    stacks.create("s", &body).await;
    stacks.let_succeed("Create", "One", "one").await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    let id = stacks.describe("s").await.stack_id.unwrap();
    let delete = async |retained: &[&str]| {
        let retained = retained.iter().map(|name| (*name).to_owned()).collect();
        let sent =
            stacks.client.delete_stack().stack_name("s").set_retain_resources(Some(retained)).send().await;
        sent.err().map(|error| error.message().unwrap().to_owned())
    };
    let early = format!(
        "Invalid operation on stack [{id}]. When you delete a stack, specify which resources to retain only when the stack \
         is in the DELETE_FAILED state."
    );
    assert_eq!(delete(&["One"]).await, Some(early));
    assert_eq!(delete(&[]).await, None);
    let request = stacks.request("Delete", "One").await;
    stacks.answer(request, "FAILED", "one").await;
    stacks.settle("s", "DELETE_FAILED").await;
    let failed = stacks.reasons("s", "DELETE_FAILED").await;
    assert_eq!(failed[0], "The following resource(s) failed to delete: [One, Topic].");
    assert!(failed[2].contains("as the test says"), "{failed:?}");
    assert_eq!(names(stacks.beside("one").await), ["One", "Topic"]);

    let update = stacks.client.update_stack().stack_name("s").template_body(body.to_string()).send().await;
    let refused = format!("Stack:{id} is in DELETE_FAILED state and can not be updated.");
    assert_eq!(update.unwrap_err().message(), Some(&*refused));
    let unknown = delete(&["Nobody"]).await.unwrap();
    assert!(unknown.starts_with("The specified resources to retain must be in a valid state."), "{unknown}");
    assert_eq!(delete(&["One"]).await, None);
    stacks.settle(&id, "DELETE_COMPLETE").await;
    let events = stacks.events(&id).await;
    assert!(
        events.contains(&pair("One", "DELETE_SKIPPED")) && events.contains(&pair("Topic", "DELETE_COMPLETE"))
    );
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_creation_whose_clean_up_fails_keeps_what_is_left() {
    let stacks = Stacks::start().await;
    let body = template(&json!({"One": stacks.custom(&json!({}))}));
    stacks.create("s", &body).await;
    let request = stacks.request("Create", "One").await;
    stacks.answer(request, "FAILED", "one").await;
    let request = stacks.request("Delete", "One").await;
    stacks.answer(request, "FAILED", "one").await;
    stacks.settle("s", "ROLLBACK_FAILED").await;
    assert_eq!(names(stacks.beside("one").await), ["One"]);
    stacks.client.delete_stack().stack_name("s").send().await.unwrap();
    until("the second deletion is asked for", async || {
        stacks.events("s").await[0] == pair("One", "DELETE_IN_PROGRESS")
    })
    .await;
    let id = stacks.describe("s").await.stack_id.unwrap();
    stacks.let_succeed("Delete", "One", "one").await;
    stacks.settle(&id, "DELETE_COMPLETE").await;
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_roll_back_that_failed_is_continued_without_some_resources() {
    let stacks = Stacks::start().await;
    let body = |given: u8| {
        template(&json!({"One": stacks.custom(&json!({"Metadata": {}})), "Topic": topic(), "Two": {
            "Type": "Custom::Silent", "DependsOn": "Topic",
            "Properties": {"ServiceToken": stacks.custom(&json!({}))["Properties"]["ServiceToken"], "Number": given},
        }}))
    };
    stacks.create("s", &body(1)).await;
    stacks.let_succeed("Create", "One", "one").await;
    stacks.let_succeed("Create", "Two", "two").await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    stacks.update("s", &body(2)).await;
    // The update fails, and so does the way back.
    for number in ["2", "1"] {
        let request = stacks.request("Update", "Two").await;
        assert_eq!(request.body["ResourceProperties"]["Number"], number);
        stacks.answer(request, "FAILED", "two").await;
    }
    stacks.settle("s", "UPDATE_ROLLBACK_FAILED").await;
    let reason = stacks.describe("s").await.stack_status_reason.unwrap();
    assert_eq!(reason, "The following resource(s) failed to update: [Two].");

    let go_on = async |skipped: &str| {
        let sent = stacks.client.continue_update_rollback().stack_name("s").resources_to_skip(skipped).send();
        sent.await.err().map(|error| error.code().unwrap().to_owned())
    };
    assert_eq!(go_on("Topic").await.as_deref(), Some("ValidationError"));
    assert_eq!(go_on("Two").await, None);
    stacks.settle("s", "UPDATE_ROLLBACK_COMPLETE").await;
    assert!(stacks.events("s").await.contains(&pair("Two", "UPDATE_COMPLETE")));
    assert_eq!(names(stacks.beside("two").await), ["One", "Topic", "Two"]);
    assert_eq!(go_on("Two").await.as_deref(), Some("ValidationError"));
    stacks.cloud.stop().await;
}
