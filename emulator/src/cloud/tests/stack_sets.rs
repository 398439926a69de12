//! Stack sets with roles of their own, called with the AWS command line: in two accounts, of which one does not let them in.

use super::permissions::role;
use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::{Value, json};

pub(super) const ADMINISTRATOR: &str = "111122223333";
pub(super) const GOOD: &str = "222233334444";
pub(super) const BAD: &str = "333344445555";
const ADMINISTRATION: &str = "AWSCloudFormationStackSetAdministrationRole";
const EXECUTION: &str = "AWSCloudFormationStackSetExecutionRole";

/// An emulator that waits little.
pub(super) async fn cloud() -> Cloud {
    Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap()
}

/// The root of an account.
pub(super) fn root(cloud: &Cloud, account: &str) -> Value {
    let [_, (_, secret)] = cloud.root_variables();
    json!({"AccessKeyId": account, "SecretAccessKey": secret})
}

/// Makes the role that CloudFormation assumes first.
pub(super) async fn administration_role(cloud: &Cloud) {
    let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    make_role(cloud, ADMINISTRATOR, ADMINISTRATION, &trust).await;
    let resource = format!("arn:aws:iam::*:role/{EXECUTION}");
    allow(cloud, ADMINISTRATOR, ADMINISTRATION, "sts:AssumeRole", &resource).await;
}

/// Makes the role that it goes on to, and that this role of the administrator may assume.
pub(super) async fn execution_role(cloud: &Cloud, account: &str, trusted: &str) {
    let principal = json!({"AWS": format!("arn:aws:iam::{ADMINISTRATOR}:role/{trusted}")});
    let trust =
        json!({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]});
    make_role(cloud, account, EXECUTION, &trust).await;
    allow(cloud, account, EXECUTION, "*", "*").await;
}

async fn make_role(cloud: &Cloud, account: &str, name: &str, trust: &Value) {
    let create = format!("iam create-role --role-name {name} --assume-role-policy-document {trust}");
    aws_as(cloud, &root(cloud, account), &create).await.unwrap();
}

async fn allow(cloud: &Cloud, account: &str, name: &str, action: &str, resource: &str) {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    let put = format!("iam put-role-policy --role-name {name} --policy-name own --policy-document {policy}");
    aws_as(cloud, &root(cloud, account), &put).await.unwrap();
}

/// A topic with a parameter, in a file.
pub(super) fn template(cloud: &Cloud) -> String {
    let body = json!({
        "Parameters": {"Team": {"Type": "String"}, "Mode": {"Type": "String", "Default": "plain"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Team"}}}},
        "Outputs": {"Team": {"Value": {"Fn::Sub": "${Team}-${Mode}"}}},
    });
    let file = cloud.state().join("set.json");
    std::fs::write(&file, body.to_string()).unwrap();
    format!("file://{}", file.display())
}

/// Begins an operation and waits for its end: its status, and the results by account and Region.
pub(super) async fn run(cloud: &Cloud, command: &str) -> (String, Vec<[String; 4]>) {
    let id = aws(cloud, &format!("cloudformation {command}")).await.unwrap()["OperationId"].take();
    let named = command.split(' ').skip_while(|word| *word != "--stack-set-name").nth(1).unwrap();
    let operation = format!("--stack-set-name {named} --operation-id {}", id.as_str().unwrap());
    let describe = format!("cloudformation describe-stack-set-operation {operation}");
    let status = testing::until("the operation has ended", async || {
        let status = aws(cloud, &describe).await.unwrap()["StackSetOperation"]["Status"].take();
        let status = status.as_str().unwrap().to_owned();
        (!matches!(&*status, "RUNNING" | "STOPPING" | "QUEUED")).then_some(status)
    })
    .await;
    let results = format!("cloudformation list-stack-set-operation-results {operation} --page-size 1");
    let listed = aws(cloud, &results).await.unwrap()["Summaries"].take();
    let results = listed.as_array().unwrap().iter().map(|it| {
        ["Account", "Region", "Status", "StatusReason"]
            .map(|name| it[name].as_str().unwrap_or_default().to_owned())
    });
    (status, results.collect())
}

/// Status, detailed status and reason of an instance.
async fn instance(cloud: &Cloud, account: &str, region: &str) -> [String; 3] {
    let place = format!("--stack-instance-account {account} --stack-instance-region {region}");
    let describe = format!("cloudformation describe-stack-instance --stack-set-name topics {place}");
    let found = aws(cloud, &describe).await.unwrap()["StackInstance"].take();
    let members = ["/Status", "/StackInstanceStatus/DetailedStatus", "/StatusReason"];
    members.map(|member| found.pointer(member).and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// The outputs of the stacks of the set in an account.
pub(super) async fn outputs(cloud: &Cloud, account: &str) -> Vec<String> {
    let stacks = aws_as(cloud, &root(cloud, account), "cloudformation describe-stacks").await.unwrap();
    let stacks = stacks["Stacks"].as_array().unwrap().iter();
    let of_set = stacks.filter(|it| it["StackName"].as_str().unwrap().starts_with("StackSet-topics-"));
    of_set.map(|it| it["Outputs"][0]["OutputValue"].as_str().unwrap_or_default().to_owned()).collect()
}

fn result(account: &str, region: &str, status: &str, reason: &str) -> [String; 4] {
    [account, region, status, reason].map(str::to_owned)
}

#[tokio::test]
async fn a_stack_set_fails_in_one_of_two_accounts_and_is_brought_there_later() {
    let cloud = cloud().await;
    let create = format!(
        "cloudformation create-stack-set --stack-set-name topics --template-body {} --parameters ParameterKey=Team,ParameterValue=red",
        template(&cloud)
    );
    let allowed = json!([{"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]);
    let builder = role(&cloud, "builder", &allowed).await;
    let told = aws_as(&cloud, &builder, &create).await.unwrap_err();
    assert!(told.contains("is not authorized to perform: iam:PassRole"), "{told}");
    let made = aws(&cloud, &create).await.unwrap()["StackSetId"].take();
    assert!(made.as_str().unwrap().starts_with("topics:"), "{made}");
    let told = aws(&cloud, &create).await.unwrap_err();
    assert!(told.contains("(NameAlreadyExistsException)"), "{told}");

    // Nobody has a role.
    let create = format!(
        "create-stack-instances --stack-set-name topics --accounts {GOOD} {BAD} --regions us-east-1 eu-west-1"
    );
    let no_administration = format!(
        "Account {ADMINISTRATOR} should have '{ADMINISTRATION}' role with trust relationship to CloudFormation service."
    );
    let (status, results) = run(&cloud, &create).await;
    let exceeded = "Cancelled since failure tolerance has exceeded";
    let cancelled = |account: &str, region: &str| result(account, region, "CANCELLED", exceeded);
    assert_eq!(status, "FAILED");
    assert_eq!(
        results,
        [
            cancelled(GOOD, "eu-west-1"),
            result(GOOD, "us-east-1", "FAILED", &no_administration),
            cancelled(BAD, "eu-west-1"),
            cancelled(BAD, "us-east-1"),
        ]
    );
    assert_eq!(instance(&cloud, GOOD, "us-east-1").await, ["OUTDATED", "FAILED", &no_administration]);
    assert_eq!(instance(&cloud, BAD, "us-east-1").await, ["OUTDATED", "CANCELLED", exceeded]);

    // One account trusts the administrator, the other one another role of it.
    administration_role(&cloud).await;
    execution_role(&cloud, GOOD, ADMINISTRATION).await;
    execution_role(&cloud, BAD, "builder").await;
    let no_execution = format!(
        "Account {BAD} should have '{EXECUTION}' role with trust relationship to Role '{ADMINISTRATION}'."
    );
    let update = create.replace("create-", "update-");
    let (status, results) = run(&cloud, &update).await;
    assert_eq!(status, "FAILED");
    assert_eq!(
        results,
        [
            cancelled(GOOD, "eu-west-1"),
            result(GOOD, "us-east-1", "SUCCEEDED", ""),
            cancelled(BAD, "eu-west-1"),
            result(BAD, "us-east-1", "FAILED", &no_execution),
        ]
    );
    let tolerant = format!("{update} --operation-preferences FailureToleranceCount=1,MaxConcurrentCount=2");
    let (status, results) = run(&cloud, &tolerant).await;
    assert_eq!(status, "SUCCEEDED");
    let statuses: Vec<_> = results.iter().map(|result| result[2].as_str()).collect();
    assert_eq!(statuses, ["SUCCEEDED", "SUCCEEDED", "FAILED", "FAILED"]);
    assert_eq!(instance(&cloud, GOOD, "us-east-1").await, ["CURRENT", "SUCCEEDED", ""]);
    assert_eq!(instance(&cloud, BAD, "us-east-1").await, ["OUTDATED", "FAILED", &no_execution]);
    assert_eq!(outputs(&cloud, GOOD).await, ["red-plain"]);

    // A role that lets them in, and that may make no topics: the stack fails. Then it may, and the stack is made anew.
    let root = root(&cloud, BAD);
    for command in [
        format!("iam delete-role-policy --role-name {EXECUTION} --policy-name own"),
        format!("iam delete-role --role-name {EXECUTION}"),
    ] {
        aws_as(&cloud, &root, &command).await.unwrap();
    }
    execution_role(&cloud, BAD, ADMINISTRATION).await;
    allow(&cloud, BAD, EXECUTION, "cloudformation:*", "*").await;
    let one = format!("update-stack-instances --stack-set-name topics --accounts {BAD} --regions us-east-1");
    let (status, results) = run(&cloud, &one).await;
    assert_eq!(status, "FAILED");
    let reason = &results[0][3];
    let expected = "ResourceLogicalId:Topic, ResourceType:AWS::SNS::Topic, ResourceStatusReason:";
    assert!(reason.starts_with(expected) && reason.contains("sns:CreateTopic"), "{reason}");
    allow(&cloud, BAD, EXECUTION, "*", "*").await;
    let overridden = format!("{one} --parameter-overrides ParameterKey=Mode,ParameterValue=fancy");
    assert_eq!(run(&cloud, &overridden).await.0, "SUCCEEDED");
    assert_eq!(outputs(&cloud, BAD).await, ["red-fancy"]);
    cloud.stop().await;
}

#[tokio::test]
async fn a_long_template_is_read_from_a_bucket_by_the_caller_only() {
    let cloud = cloud().await;
    administration_role(&cloud).await;
    execution_role(&cloud, GOOD, ADMINISTRATION).await;
    // The role of the account may read no object.
    let delete = format!("iam delete-role-policy --role-name {EXECUTION} --policy-name own");
    aws_as(&cloud, &root(&cloud, GOOD), &delete).await.unwrap();
    allow(&cloud, GOOD, EXECUTION, "cloudformation:*", "*").await;
    let body = json!({
        "Metadata": {"Long": "x".repeat(60_000)},
        "Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        "Outputs": {"Out": {"Value": "long"}},
    });
    let file = cloud.state().join("long.json");
    std::fs::write(&file, body.to_string()).unwrap();
    aws(&cloud, "s3api create-bucket --bucket templates").await.unwrap();
    let put = format!("s3api put-object --bucket templates --key long.json --body {}", file.display());
    aws(&cloud, &put).await.unwrap();
    let url = "https://templates.s3.us-east-1.amazonaws.com/long.json";
    let create = format!("cloudformation create-stack-set --stack-set-name topics --template-url {url}");
    let allowed =
        json!([{"Effect": "Allow", "Action": ["cloudformation:*", "iam:PassRole"], "Resource": "*"}]);
    let builder = role(&cloud, "builder", &allowed).await;
    let told = aws_as(&cloud, &builder, &create).await.unwrap_err();
    assert!(told.contains("S3 error: Access Denied"), "{told}");
    let body = format!(
        "cloudformation create-stack-set --stack-set-name topics --template-body file://{}",
        file.display()
    );
    let told = aws(&cloud, &body).await.unwrap_err();
    assert!(told.contains("less than or equal to 51200"), "{told}");
    aws(&cloud, &create).await.unwrap();
    let instances =
        format!("create-stack-instances --stack-set-name topics --accounts {GOOD} --regions us-east-1");
    let (status, results) = run(&cloud, &instances).await;
    assert_eq!(status, "SUCCEEDED", "{results:?}");
    assert_eq!(outputs(&cloud, GOOD).await, ["long"]);
    cloud.stop().await;
}
