//! Operations while stacks are still being made: one at a time, stopped, queued.

use crate::administrator::{Administrator, check_failure, parameter, set};
use emulator_core::Service;
use serde_json::json;

#[tokio::test]
async fn one_operation_runs_at_a_time_and_its_id_is_used_once() {
    let administrator = Administrator::start();
    administrator.set().await;
    administrator.operate("CreateStackInstances", "first", json!({})).await.unwrap();
    let again = administrator.operate("CreateStackInstances", "first", json!({})).await;
    check_failure(again, 409, "OperationIdAlreadyExistsException", "first");
    let second = administrator.operate("UpdateStackInstances", "second", json!({})).await;
    check_failure(second, 409, "OperationInProgressException", "is in progress: first");
    let deleted = administrator.call("DeleteStackSet", json!({"StackSetName": "one"})).await;
    check_failure(deleted, 409, "OperationInProgressException", "first");
    administrator.release();
    administrator.settle("first", "SUCCEEDED").await;
    let deleted = administrator.call("DeleteStackSet", json!({"StackSetName": "one"})).await;
    check_failure(deleted, 409, "StackSetNotEmptyException", "");
    administrator.operate("DeleteStackInstances", "retain", json!({"RetainStacks": true})).await.unwrap();
    administrator.settle("retain", "SUCCEEDED").await;
    administrator.call("DeleteStackSet", json!({"StackSetName": "one"})).await.unwrap();
    administrator.service.stop().await;
}

#[tokio::test]
async fn a_stopped_operation_ends_what_it_began_and_cancels_the_rest() {
    let administrator = Administrator::start();
    administrator.set().await;
    administrator.operate("CreateStackInstances", "first", json!({})).await.unwrap();
    let named = json!({"StackSetName": "one", "OperationId": "first"});
    let pointers = ["/Account", "/Status"];
    testing::until("the first account is worked on", async || {
        let listed = administrator.listed("ListStackSetOperationResults", named.clone(), pointers).await;
        (listed[0][1] == "RUNNING").then_some(())
    })
    .await;
    administrator.call("StopStackSetOperation", named.clone()).await.unwrap();
    assert_eq!(administrator.status("first").await, "STOPPING");
    administrator.release();
    administrator.settle("first", "STOPPED").await;
    let listed = administrator.listed("ListStackSetOperationResults", named.clone(), pointers).await;
    assert_eq!(listed, [["222233334444", "SUCCEEDED"], ["333344445555", "CANCELLED"]]);
    let cancelled = json!({"StackSetName": "one", "OperationId": "first",
        "Filters": [{"Name": "OPERATION_RESULT_STATUS", "Values": "CANCELLED"}]});
    assert_eq!(administrator.listed("ListStackSetOperationResults", cancelled, pointers).await.len(), 1);
    let detailed =
        json!({"StackSetName": "one", "Filters": [{"Name": "DETAILED_STATUS", "Values": "CANCELLED"}]});
    let listed = administrator.listed("ListStackInstances", detailed, ["/Account", "/Status"]).await;
    assert_eq!(listed, [["333344445555", "OUTDATED"]]);
    let again = administrator.call("StopStackSetOperation", named).await;
    check_failure(again, 400, "InvalidOperationException", "STOPPED");
    administrator.service.stop().await;
}

#[tokio::test]
async fn managed_execution_queues_operations() {
    let administrator = Administrator::start();
    let mut input = set("one");
    input["ManagedExecution"] = json!({"Active": true});
    administrator.call("CreateStackSet", input).await.unwrap();
    administrator.operate("CreateStackInstances", "first", json!({})).await.unwrap();
    let overrides = json!({"ParameterOverrides": [parameter("Team", "blue")]});
    administrator.operate("CreateStackInstances", "second", overrides).await.unwrap();
    administrator.operate("CreateStackInstances", "third", json!({})).await.unwrap();
    assert_eq!(administrator.status("second").await, "QUEUED");
    administrator
        .call("StopStackSetOperation", json!({"StackSetName": "one", "OperationId": "second"}))
        .await
        .unwrap();
    let newest = json!({"StackSetName": "one"});
    let listed = administrator.listed("ListStackSetOperations", newest, ["/OperationId", "/Status"]).await;
    assert_eq!(listed, [["third", "QUEUED"], ["second", "STOPPED"], ["first", "RUNNING"]]);
    administrator.service.stop().await;
}
