//! What others rely on: the permissions that calls need, and AWS's errors for bad input.

use crate::administrator::{Administrator, call, check_failure, parameter, set, text};
use emulator_core::Service;
use serde_json::{Value, json};

#[tokio::test]
async fn calls_need_the_permissions_of_the_service_authorization_reference() {
    let administrator = Administrator::start();
    let made = administrator.call("CreateStackSet", set("one")).await.unwrap();
    let id = text(&made, "/StackSetId");
    let arn = |resource: &str| format!("arn:aws:cloudformation:us-east-1:111122223333:{resource}");
    let action = |name: &str, resource: String| (format!("cloudformation:{name}"), resource);
    let pass = |role: &str| ("iam:PassRole".to_owned(), format!("arn:aws:iam::111122223333:role/{role}"));
    let default = "AWSCloudFormationStackSetAdministrationRole";
    let role = "arn:aws:iam::111122223333:role/own";
    let accounts = json!({"StackSetName": "one", "Accounts": ["222233334444"]});
    let units = json!({"StackSetName": "none", "DeploymentTargets": {"OrganizationalUnitIds": ["ou-1"]}});
    for (operation, input, expected) in [
        (
            "CreateStackSet",
            json!({"StackSetName": "two"}),
            vec![action("CreateStackSet", "*".to_owned()), pass(default)],
        ),
        (
            "CreateStackSet",
            json!({"StackSetName": "two", "PermissionModel": "SERVICE_MANAGED"}),
            vec![action("CreateStackSet", "*".to_owned())],
        ),
        (
            "UpdateStackSet",
            json!({"StackSetName": "one", "AdministrationRoleARN": role}),
            vec![action("UpdateStackSet", arn(&format!("stackset/{id}"))), pass("own")],
        ),
        (
            "CreateStackInstances",
            accounts,
            vec![
                action("CreateStackInstances", arn(&format!("stackset/{id}"))),
                action("CreateStackInstances", arn(&format!("stackset-target/{id}/222233334444"))),
            ],
        ),
        (
            "DeleteStackInstances",
            units,
            vec![
                action("DeleteStackInstances", arn("stackset/none:*")),
                action("DeleteStackInstances", arn("stackset-target/none:*/ou-1")),
            ],
        ),
        ("ListStackSets", json!({}), vec![action("ListStackSets", "*".to_owned())]),
    ] {
        let permissions = administrator.service.required_permissions(&call(operation, input));
        let permissions: Vec<_> = permissions.into_iter().map(|it| (it.action, it.resource)).collect();
        assert_eq!(permissions, expected);
    }
}

/// An input with more members.
fn with(mut input: Value, more: &Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// An operation with its input, and the status, the code and a part of the message of the error.
type Case = (&'static str, Value, u16, &'static str, &'static str);

async fn check_refusals(cases: impl IntoIterator<Item = Case>) {
    let administrator = Administrator::start();
    administrator.set().await;
    for (operation, input, status, code, part) in cases {
        check_failure(administrator.service.answer(call(operation, input)).await, status, code, part);
    }
}

#[tokio::test]
async fn bad_input_of_sets_is_refused_in_the_words_of_aws() {
    let with = |more: Value| with(set("two"), &more);
    let invalid = "ValidationError";
    check_refusals([
        ("CreateStackSet", json!({}), 400, "ValidationException", "stackSetName"),
        ("CreateStackSet", with(json!({"StackSetName": "1"})), 400, invalid, "[a-zA-Z][-a-zA-Z0-9]*"),
        ("CreateStackSet", with(json!({"TemplateURL": "https://b"})), 400, invalid, "not both"),
        ("CreateStackSet", with(json!({"TemplateBody": "broken"})), 400, invalid, "Template format error"),
        (
            "CreateStackSet",
            with(json!({"TemplateBody": "roles"})),
            400,
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_IAM]",
        ),
        (
            "CreateStackSet",
            with(json!({"Parameters": []})),
            400,
            invalid,
            "Parameters: [Team] must have values",
        ),
        (
            "CreateStackSet",
            with(json!({"Parameters": [parameter("Team", "a"), parameter("X", "")]})),
            400,
            invalid,
            "Parameters: [X] do not exist in the template",
        ),
        (
            "CreateStackSet",
            with(json!({"AutoDeployment": {"Enabled": true}})),
            400,
            invalid,
            "AutoDeployment",
        ),
        ("CreateStackSet", with(json!({"CallAs": "DELEGATED_ADMIN"})), 400, invalid, "SERVICE_MANAGED"),
        ("CreateStackSet", with(json!({"Tags": [{"Key": "aws:x", "Value": "y"}]})), 400, invalid, "aws:"),
        ("DescribeStackSet", json!({"StackSetName": "none"}), 404, "StackSetNotFoundException", "none"),
        (
            "DescribeStackSetOperation",
            json!({"StackSetName": "one", "OperationId": "none"}),
            404,
            "OperationNotFoundException",
            "none",
        ),
    ])
    .await;
}

#[tokio::test]
async fn bad_input_of_instances_is_refused_in_the_words_of_aws() {
    let instances = |more: Value| with(json!({"StackSetName": "one", "Regions": ["us-east-1"]}), &more);
    let both = json!({"FailureToleranceCount": 1, "FailureTolerancePercentage": 1});
    let accounts = json!(["222233334444"]);
    let unit = json!({"OrganizationalUnitIds": ["ou-abcd-abcdefgh"]});
    let invalid = "ValidationError";
    check_refusals([
        (
            "DescribeStackInstance",
            json!({"StackSetName": "one", "StackInstanceAccount": "222233334444", "StackInstanceRegion": "us-east-1"}),
            404,
            "StackInstanceNotFoundException",
            "222233334444",
        ),
        ("CreateStackInstances", instances(json!({})), 400, invalid, "Accounts"),
        (
            "CreateStackInstances",
            instances(json!({"Accounts": ["1"]})),
            400,
            "ValidationException",
            "accounts",
        ),
        (
            "CreateStackInstances",
            instances(json!({"DeploymentTargets": unit})),
            400,
            invalid,
            "StackSets with SELF_MANAGED permission model can only have accounts as target",
        ),
        (
            "CreateStackInstances",
            instances(json!({"Accounts": accounts, "OperationPreferences": both})),
            400,
            invalid,
            "FailureToleranceCount or FailureTolerancePercentage",
        ),
        (
            "CreateStackInstances",
            instances(json!({"Accounts": accounts, "ParameterOverrides": [parameter("X", "")]})),
            400,
            invalid,
            "[X]",
        ),
        (
            "UpdateStackInstances",
            instances(json!({"Accounts": accounts})),
            404,
            "StackInstanceNotFoundException",
            "us-east-1",
        ),
        (
            "DeleteStackInstances",
            instances(json!({"Accounts": accounts})),
            400,
            "ValidationException",
            "retainStacks",
        ),
        ("UpdateStackSet", json!({"StackSetName": "one"}), 400, invalid, "Template"),
        ("ListStackSets", json!({"NextToken": "x"}), 400, invalid, "token"),
    ])
    .await;
}
