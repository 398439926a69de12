//! A stack with a stack set: made, changed, deleted, by a role that may do no more than that.

use super::permissions::role;
use super::stack_sets::{
    ADMINISTRATOR, BAD, GOOD, administration_role, cloud, execution_role, outputs, root,
};
use super::stack_sets_of_organizations::{PRINCIPAL, units};
use super::stacks::{Stacks, template};
use super::studio::{aws, aws_as};
use serde_json::{Value, json};

const ADMINISTRATION: &str = "AWSCloudFormationStackSetAdministrationRole";

/// The stack with a set for this team, with an account in each group.
fn stack(team: &str, groups: &[(&str, &str)]) -> Value {
    let group = |(account, mode): &(&str, &str)| {
        json!({
            "DeploymentTargets": {"Accounts": [account]},
            "Regions": ["us-east-1"],
            "ParameterOverrides": [{"ParameterKey": "Mode", "ParameterValue": mode}],
        })
    };
    with_set(
        team,
        &json!({
            "PermissionModel": "SELF_MANAGED",
            "OperationPreferences": {"RegionConcurrencyType": "PARALLEL", "MaxConcurrentPercentage": 100},
            "StackInstancesGroup": groups.iter().map(group).collect::<Vec<_>>(),
        }),
    )
}

/// The stack with a set in these units of an organization.
fn stack_in_units(targets: &Value) -> Value {
    with_set(
        "red",
        &json!({
            "PermissionModel": "SERVICE_MANAGED",
            "AutoDeployment": {"Enabled": true, "RetainStacksOnAccountRemoval": false},
            "StackInstancesGroup": [{"DeploymentTargets": targets, "Regions": ["us-east-1"]}],
        }),
    )
}

/// A stack with a stack set of a topic for this team, with more properties.
fn with_set(team: &str, properties: &Value) -> Value {
    let inner = json!({
        "Parameters": {"Team": {"Type": "String"}, "Mode": {"Type": "String", "Default": "plain"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Team"}}}},
        "Outputs": {"Team": {"Value": {"Fn::Sub": "${Team}-${Mode}"}}},
    });
    let mut set = json!({
        "StackSetName": "topics",
        "TemplateBody": inner.to_string(),
        "Parameters": [{"ParameterKey": "Team", "ParameterValue": team}],
        "Tags": [{"Key": "team", "Value": team}],
    });
    set.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    let mut body = template(&json!({"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": set}}));
    body["Outputs"] = json!({
        "Ref": {"Value": {"Ref": "Set"}},
        "Id": {"Value": {"Fn::GetAtt": ["Set", "StackSetId"]}},
    });
    body
}

#[tokio::test]
async fn a_stack_makes_changes_and_deletes_a_stack_set() {
    let stacks = Stacks::on(cloud().await).await;
    let cloud = &stacks.cloud;
    let pass = format!("arn:aws:iam::{ADMINISTRATOR}:role/{ADMINISTRATION}");
    let statements = json!([
        {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": pass},
    ]);
    let builder = role(cloud, "builder", &statements).await;
    let deploy = async |verb: &str, body: &Value| {
        let file = cloud.state().join("stack.json");
        std::fs::write(&file, body.to_string()).unwrap();
        let command =
            format!("cloudformation {verb} --stack-name sets --template-body file://{}", file.display());
        aws_as(cloud, &builder, &command).await.unwrap();
    };
    let gone = async || {
        aws_as(cloud, &builder, "cloudformation delete-stack --stack-name sets").await.unwrap();
        super::until("the stack is gone", async || {
            stacks.client.describe_stacks().stack_name("sets").send().await.is_err()
        })
        .await;
        let listed = aws(cloud, "cloudformation list-stack-sets --status ACTIVE").await.unwrap();
        assert_eq!(listed["Summaries"], json!([]));
    };

    // One account has no execution role: the creation fails with the reason, and is undone.
    administration_role(cloud).await;
    execution_role(cloud, GOOD, ADMINISTRATION).await;
    deploy("create-stack", &stack("red", &[(GOOD, "a"), (BAD, "b")])).await;
    stacks.settle("sets", "ROLLBACK_COMPLETE").await;
    let reasons = stacks.reasons("sets", "CREATE_FAILED").await.join(" ");
    let expected = format!(
        "status reason(s): [Account {BAD} should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship to Role '{ADMINISTRATION}'.]"
    );
    assert!(reasons.contains(&expected), "{reasons}");
    gone().await;

    execution_role(cloud, BAD, ADMINISTRATION).await;
    deploy("create-stack", &stack("red", &[(GOOD, "a"), (BAD, "b")])).await;
    stacks.settle("sets", "CREATE_COMPLETE").await;
    let made = stacks.describe("sets").await;
    let values: Vec<_> = made.outputs().iter().map(|it| it.output_value().unwrap().to_owned()).collect();
    assert!(values[0] == values[1] && values[0].starts_with("topics:"), "{values:?}");
    assert_eq!(
        (outputs(cloud, GOOD).await, outputs(cloud, BAD).await),
        (vec!["red-a".into()], vec!["red-b".into()])
    );

    // Another value for all, another one for an account, and one account less.
    deploy("update-stack", &stack("blue", &[(GOOD, "c")])).await;
    stacks.settle("sets", "UPDATE_COMPLETE").await;
    let updated = stacks.describe("sets").await;
    assert_eq!(updated.outputs()[0].output_value(), Some(&*values[0]));
    assert_eq!((outputs(cloud, GOOD).await, outputs(cloud, BAD).await), (vec!["blue-c".into()], vec![]));
    let topics = aws_as(cloud, &root(cloud, BAD), "sns list-topics").await.unwrap();
    assert_eq!(topics["Topics"], json!([]));

    gone().await;
    assert_eq!(outputs(cloud, GOOD).await, Vec::<String>::new());
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_stack_brings_a_stack_set_to_the_units_of_an_organization() {
    let stacks = Stacks::on(cloud().await).await;
    let cloud = &stacks.cloud;
    aws(cloud, "organizations create-organization").await.unwrap();
    let enable = format!("organizations enable-aws-service-access --service-principal {PRINCIPAL}");
    aws(cloud, &enable).await.unwrap();
    let (units, accounts) = units(cloud).await;
    let in_accounts = async || [outputs(cloud, &accounts[0]).await, outputs(cloud, &accounts[1]).await];
    let red = vec!["red-plain".to_owned()];

    // A unit without one of the accounts in it, the whole unit, and then the inner unit only.
    let but_one = json!({"OrganizationalUnitIds": [units[0]], "AccountFilterType": "DIFFERENCE", "Accounts": [accounts[1]]});
    stacks.create("sets", &stack_in_units(&but_one)).await;
    stacks.settle("sets", "CREATE_COMPLETE").await;
    assert_eq!(in_accounts().await, [red.clone(), vec![]]);
    stacks.update("sets", &stack_in_units(&json!({"OrganizationalUnitIds": [units[0]]}))).await;
    stacks.settle("sets", "UPDATE_COMPLETE").await;
    assert_eq!(in_accounts().await, [red.clone(), red.clone()]);
    stacks.update("sets", &stack_in_units(&json!({"OrganizationalUnitIds": [units[1]]}))).await;
    stacks.settle("sets", "UPDATE_COMPLETE").await;
    assert_eq!(in_accounts().await, [vec![], red]);

    stacks.client.delete_stack().stack_name("sets").send().await.unwrap();
    super::until("the stack is gone", async || {
        stacks.client.describe_stacks().stack_name("sets").send().await.is_err()
    })
    .await;
    assert_eq!(in_accounts().await, [Vec::<String>::new(), vec![]]);
    stacks.cloud.stop().await;
}
