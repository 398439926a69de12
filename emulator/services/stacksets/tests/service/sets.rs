//! Stack sets as they are made, described and changed.

use crate::administrator::{Administrator, check_failure, parameter, set, text};
use serde_json::json;

#[tokio::test]
async fn a_token_makes_a_set_once() {
    let administrator = Administrator::start();
    let mut input = set("one");
    input["ClientRequestToken"] = "t".into();
    let made = administrator.call("CreateStackSet", input.clone()).await.unwrap();
    assert_eq!(administrator.call("CreateStackSet", input.clone()).await.unwrap(), made);
    input["Description"] = "other".into();
    let other = administrator.call("CreateStackSet", input.clone()).await;
    check_failure(other, 409, "CreatedButModifiedException", "");
    input["ClientRequestToken"] = "u".into();
    let again = administrator.call("CreateStackSet", input).await;
    check_failure(again, 409, "NameAlreadyExistsException", "StackSet already exists");
}

#[tokio::test]
async fn a_deleted_set_is_listed_and_its_name_is_free() {
    let administrator = Administrator::start();
    administrator.set().await;
    let named = json!({"StackSetName": "one"});
    for _ in 0..2 {
        administrator.call("DeleteStackSet", named.clone()).await.unwrap();
    }
    let described = administrator.call("DescribeStackSet", named).await;
    check_failure(described, 404, "StackSetNotFoundException", "one");
    administrator.set().await;
    let statuses = administrator.listed("ListStackSets", json!({}), ["/StackSetName", "/Status"]).await;
    let mut statuses: Vec<_> = statuses.iter().map(|[_, status]| status.as_str()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["ACTIVE", "DELETED"]);
    let active = json!({"Status": "ACTIVE"});
    assert_eq!(administrator.listed("ListStackSets", active, ["/StackSetName", "/Status"]).await.len(), 1);
}

#[tokio::test]
async fn an_update_keeps_what_it_leaves_out_except_values_and_marks_instances() {
    let administrator = Administrator::start();
    administrator.release();
    let mut input = set("one");
    input["Tags"] = json!([{"Key": "a", "Value": "b"}]);
    input["Parameters"] = json!([parameter("Team", "red"), parameter("Size", "2")]);
    let made = administrator.call("CreateStackSet", input).await.unwrap();
    administrator.operate("CreateStackInstances", "create", json!({})).await.unwrap();
    administrator.settle("create", "SUCCEEDED").await;
    let previous = json!({"ParameterKey": "Team", "UsePreviousValue": true});
    let update = json!({
        "StackSetName": text(&made, "/StackSetId"), "UsePreviousTemplate": true, "Parameters": [previous],
        "Description": "new", "Accounts": ["333344445555"], "Regions": ["us-east-1"], "OperationId": "update",
    });
    administrator.call("UpdateStackSet", update).await.unwrap();
    administrator.settle("update", "FAILED").await;
    let described = administrator.call("DescribeStackSet", json!({"StackSetName": "one"})).await.unwrap();
    let described = &described["StackSet"];
    assert_eq!(described["Parameters"][0]["ParameterValue"], "red");
    assert_eq!(described["Parameters"].as_array().unwrap().len(), 1);
    assert_eq!(described["Tags"][0]["Key"], "a");
    assert_eq!(described["Description"], "new");
    assert_eq!(described["ExecutionRoleName"], "AWSCloudFormationStackSetExecutionRole");
    assert_eq!(described["Regions"], json!(["us-east-1"]));
    let instances = json!({"StackSetName": "one"});
    let pointers = ["/Status", "/StackInstanceStatus/DetailedStatus"];
    let listed = administrator.listed("ListStackInstances", instances, pointers).await;
    // The fake knows no UpdateStack.
    assert_eq!(listed, [["OUTDATED", "SUCCEEDED"], ["OUTDATED", "FAILED"]]);
}

#[tokio::test]
async fn secret_values_are_not_shown() {
    let administrator = Administrator::start();
    let mut input = set("one");
    input["Parameters"] = json!([parameter("Size", "secret"), parameter("Team", "red")]);
    administrator.call("CreateStackSet", input).await.unwrap();
    let described = administrator.call("DescribeStackSet", json!({"StackSetName": "one"})).await.unwrap();
    assert_eq!(described["StackSet"]["Parameters"][0]["ParameterValue"], "****");
}
