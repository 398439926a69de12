//! A stack with a stack set: made, changed, deleted, by a role that may do no more than that.

use super::permissions::role;
use super::stack_sets::{
    ADMINISTRATOR, BAD, GOOD, administration_role, cloud, execution_role, outputs, root,
};
use super::stacks::{Stacks, template};
use super::studio::{aws, aws_as};
use serde_json::{Value, json};

const ADMINISTRATION: &str = "AWSCloudFormationStackSetAdministrationRole";

/// The stack with a set for this team, with an account in each group.
fn stack(team: &str, groups: &[(&str, &str)]) -> Value {
    let inner = json!({
        "Parameters": {"Team": {"Type": "String"}, "Mode": {"Type": "String", "Default": "plain"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Team"}}}},
        "Outputs": {"Team": {"Value": {"Fn::Sub": "${Team}-${Mode}"}}},
    });
    let group = |(account, mode): &(&str, &str)| {
        json!({
            "DeploymentTargets": {"Accounts": [account]},
            "Regions": ["us-east-1"],
            "ParameterOverrides": [{"ParameterKey": "Mode", "ParameterValue": mode}],
        })
    };
    let set = json!({
        "StackSetName": "topics",
        "PermissionModel": "SELF_MANAGED",
        "TemplateBody": inner.to_string(),
        "Parameters": [{"ParameterKey": "Team", "ParameterValue": team}],
        "OperationPreferences": {"RegionConcurrencyType": "PARALLEL", "MaxConcurrentPercentage": 100},
        "StackInstancesGroup": groups.iter().map(group).collect::<Vec<_>>(),
        "Tags": [{"Key": "team", "Value": team}],
    });
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
