//! Exports: one stack for each name, and none is taken away while it is in use.

use super::stacks::{Stacks, pair, topic};
use serde_json::{Value, json};

fn exporting(value: &str) -> Value {
    json!({"Resources": {"T": topic()}, "Outputs": {"A": {"Value": value, "Export": {"Name": "shared"}}}})
}

fn importing() -> Value {
    let name = json!({"DisplayName": {"Fn::ImportValue": "shared"}});
    json!({"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": name}}})
}

#[tokio::test]
async fn an_export_in_use_stays_as_it_is() {
    let stacks = Stacks::start().await;
    stacks.create("owner", &exporting("one")).await;
    stacks.settle("owner", "CREATE_COMPLETE").await;
    stacks.create("second", &exporting("two")).await;
    stacks.settle("second", "ROLLBACK_COMPLETE").await;
    let twice = "Export with name shared is already exported by stack owner. Rollback requested by user.";
    assert_eq!(stacks.reasons("second", "ROLLBACK_IN_PROGRESS").await, [twice]);
    stacks.create("user", &importing()).await;
    stacks.settle("user", "CREATE_COMPLETE").await;

    let in_use = "Delete canceled. Cannot delete export shared as it is in use by user.";
    for (template, reason) in [
        (json!({"Resources": {"T": topic()}}), in_use.trim_end_matches('.')),
        (exporting("three"), "Export shared cannot be updated as it is in use by user"),
    ] {
        stacks.update("owner", &template).await;
        stacks.settle("owner", "UPDATE_ROLLBACK_COMPLETE").await;
        let begun = stacks.reasons("owner", "UPDATE_ROLLBACK_IN_PROGRESS").await;
        assert_eq!(begun[0], format!("{reason}. Rollback requested by user."));
    }
    // A deletion is taken back, with the status of before.
    stacks.client.delete_stack().stack_name("owner").send().await.unwrap();
    let owner = stacks.describe("owner").await;
    assert_eq!(owner.stack_status.unwrap().as_str(), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(owner.stack_status_reason.as_deref(), Some(in_use));
    assert_eq!(stacks.events("owner").await[1], pair("owner", "DELETE_IN_PROGRESS"));

    // The name is free when nobody uses it any more and its stack lets it go.
    stacks.client.delete_stack().stack_name("user").send().await.unwrap();
    super::until("user is gone", async || {
        stacks.client.describe_stacks().stack_name("user").send().await.is_err()
    })
    .await;
    stacks.update("owner", &json!({"Resources": {"T": topic(), "U": topic()}})).await;
    stacks.settle("owner", "UPDATE_COMPLETE").await;
    assert!(stacks.client.list_exports().send().await.unwrap().exports().is_empty());
    stacks.cloud.stop().await;
}
