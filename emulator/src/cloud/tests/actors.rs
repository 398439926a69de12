//! CloudFormation acts with the permissions of its caller, or with those of the service role of the stack.

use super::nested::nested;
use super::permissions::role;
use super::stacks::{Stacks, template, topic};
use super::studio::aws;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use serde_json::{Value, json};

const ACCOUNT: &str = "arn:aws:iam::111122223333";

/// A client that calls as a role with these permissions.
async fn caller(stacks: &Stacks, name: &str, statements: &Value) -> Client {
    let made = role(&stacks.cloud, name, statements).await;
    let part = |member: &str| made[member].as_str().unwrap().to_owned();
    let credentials = aws_credential_types::Credentials::new(
        part("AccessKeyId"),
        part("SecretAccessKey"),
        Some(part("SessionToken")),
        None,
        "test",
    );
    let config = stacks.cloud.root().await.into_builder();
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    Client::new(&config.credentials_provider(provider).build())
}

fn allow(actions: &Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// A role that CloudFormation, or somebody else, may assume.
async fn service_role(stacks: &Stacks, name: &str, service: &str, actions: &Value) -> String {
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole",
    }]});
    let create = format!("iam create-role --role-name {name} --assume-role-policy-document {trust}");
    aws(&stacks.cloud, &create).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": [allow(actions)]});
    let put = format!("iam put-role-policy --role-name {name} --policy-name own --policy-document {policy}");
    aws(&stacks.cloud, &put).await.unwrap();
    format!("{ACCOUNT}:role/{name}")
}

fn iam_role() -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    json!({"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}})
}

fn with(mut resource: Value, property: &str, value: Value) -> Value {
    resource["Properties"][property] = value;
    resource
}

fn project(service_role: &str) -> Value {
    json!({"Type": "AWS::CodeBuild::Project", "Properties": {
        "ServiceRole": service_role,
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
        "Environment": {"Type": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "Image": "x"},
    }})
}

#[tokio::test]
async fn a_resource_is_made_with_the_permissions_of_the_caller() {
    let stacks = Stacks::start().await;
    let builder = service_role(&stacks, "builder", "codebuild.amazonaws.com", &json!("logs:*")).await;
    let inline = json!([{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow(&json!("s3:*"))]}}]);
    for (index, (actions, resource, denied)) in [
        (json!(["iam:GetRole"]), iam_role(), Some("iam:CreateRole")),
        (json!(["iam:CreateRole", "iam:DeleteRole"]), iam_role(), None),
        (json!(["iam:CreateRole"]), with(iam_role(), "Policies", inline), Some("iam:PutRolePolicy")),
        (json!(["sqs:*"]), topic(), Some("sns:CreateTopic")),
        (json!([]), stacks.custom(&json!({})), Some("lambda:InvokeFunction")),
        (json!(["codebuild:*"]), project(&builder), Some("iam:PassRole")),
        (json!(["iam:PassRole"]), project(&builder), Some("codebuild:CreateProject")),
        (json!(["codebuild:*", "iam:PassRole"]), project(&builder), None),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("caller-{index}");
        let mut granted = vec![json!("cloudformation:*")];
        granted.extend(actions.as_array().unwrap().clone());
        let client = caller(&stacks, &name, &json!([allow(&granted.into())])).await;
        let body = template(&json!({"Made": resource})).to_string();
        let create = client.create_stack().stack_name(&name).template_body(body);
        create.capabilities("CAPABILITY_IAM".into()).send().await.unwrap();
        let end = if denied.is_some() { "ROLLBACK_COMPLETE" } else { "CREATE_COMPLETE" };
        stacks.settle(&name, end).await;
        if let Some(action) = denied {
            let reason = stacks.reasons(&name, "CREATE_FAILED").await.remove(0);
            let who = format!("User: arn:aws:sts::111122223333:assumed-role/{name}/test is not authorized");
            assert!(reason.contains(&format!("{who} to perform: {action} on resource: ")), "{reason}");
        }
    }
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_nested_stack_is_made_with_the_permissions_of_the_caller() {
    let stacks = Stacks::start().await;
    let child = nested(&stacks, "child.json", &template(&json!({"T": topic()}))).await;
    let body = template(&json!({"Child": child})).to_string();
    for (name, actions, denied) in [
        ("blind", json!(["cloudformation:*", "sns:*"]), "S3 error: Access Denied"),
        (
            "childless",
            json!(["cloudformation:Describe*", "s3:GetObject", "sns:*"]),
            "cloudformation:CreateStack",
        ),
        ("mute", json!(["cloudformation:*", "s3:GetObject"]), "sns:CreateTopic"),
    ] {
        let own = json!({"Effect": "Allow", "Action": "cloudformation:CreateStack", "Resource": format!("arn:aws:cloudformation:*:*:stack/{name}/*")});
        let client = caller(&stacks, name, &json!([allow(&actions), own])).await;
        client.create_stack().stack_name(name).template_body(&body).send().await.unwrap();
        stacks.settle(name, "ROLLBACK_COMPLETE").await;
        let reason = stacks.reasons(name, "CREATE_FAILED").await.remove(0);
        assert!(reason.contains(denied), "{reason}");
    }
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_stack_remembers_its_service_role() {
    let stacks = Stacks::start().await;
    let able = service_role(&stacks, "able", "cloudformation.amazonaws.com", &json!("sns:*")).await;
    let other = service_role(&stacks, "other", "lambda.amazonaws.com", &json!("sns:*")).await;
    let pass = |role: &str| {
        let only = json!({"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}});
        json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": only})
    };
    let passing = json!([allow(&json!("cloudformation:*")), pass(&able), pass(&other)]);
    let client = caller(&stacks, "passes", &passing).await;
    let plain = caller(&stacks, "plain", &json!([allow(&json!("cloudformation:*"))])).await;
    let body = template(&json!({"T": topic()})).to_string();
    let create = async |client: &Client, role: &str| {
        let create = client.create_stack().stack_name("s").template_body(&body).role_arn(role);
        create.send().await.err().map(|error| {
            format!("{}: {}", error.code().unwrap_or_default(), error.message().unwrap_or_default())
        })
    };
    let denied = create(&plain, &able).await.unwrap();
    assert!(denied.starts_with("AccessDenied: ") && denied.contains("iam:PassRole"), "{denied}");
    let distrusts = format!("ValidationError: Role {other} is invalid or cannot be assumed");
    assert_eq!(create(&client, &other).await, Some(distrusts));
    assert_eq!(create(&client, &able).await, None);
    stacks.settle("s", "CREATE_COMPLETE").await;
    assert_eq!(stacks.describe("s").await.role_arn, Some(able));

    // Everybody who may change the stack does so with its role.
    let named = json!({"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "new"}}});
    let update = plain.update_stack().stack_name("s").template_body(template(&named).to_string());
    update.send().await.unwrap();
    stacks.settle("s", "UPDATE_COMPLETE").await;
    // What the role may not do fails.
    let queue = json!({"T": topic(), "Q": {"Type": "AWS::SQS::Queue"}});
    let update = plain.update_stack().stack_name("s").template_body(template(&queue).to_string());
    update.send().await.unwrap();
    stacks.settle("s", "UPDATE_ROLLBACK_COMPLETE").await;
    let reason = stacks.reasons("s", "CREATE_FAILED").await.remove(0);
    assert!(
        reason.contains("assumed-role/able/AWSCloudFormation") && reason.contains("sqs:CreateQueue"),
        "{reason}"
    );
    plain.delete_stack().stack_name("s").send().await.unwrap();
    super::until("it is gone", async || {
        stacks.client.describe_stacks().stack_name("s").send().await.is_err()
    })
    .await;
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn what_the_caller_may_not_delete_stays() {
    let stacks = Stacks::start().await;
    stacks.create("s", &template(&json!({"T": topic()}))).await;
    stacks.settle("s", "CREATE_COMPLETE").await;
    let client =
        caller(&stacks, "keeps", &json!([allow(&json!(["cloudformation:*", "sns:CreateTopic"]))])).await;
    client.delete_stack().stack_name("s").send().await.unwrap();
    stacks.settle("s", "DELETE_FAILED").await;
    assert!(stacks.reasons("s", "DELETE_FAILED").await[1].contains("sns:DeleteTopic"));
    // Neither does the roll-back of a creation delete it.
    let failing = json!({"T": topic(), "U": {"Type": "AWS::SQS::Queue", "DependsOn": "T"}});
    let body = template(&failing).to_string();
    client.create_stack().stack_name("u").template_body(body).send().await.unwrap();
    stacks.settle("u", "ROLLBACK_FAILED").await;
    stacks.cloud.stop().await;
}
