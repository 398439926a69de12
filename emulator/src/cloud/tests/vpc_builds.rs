//! Builds in a VPC, with the permissions of a role that names the subnets of its network interfaces.

use super::studio::aws;
use super::until;
use crate::{Cloud, Options};
use serde_json::{Value, json};

/// A role for builds that may write logs and do this besides.
async fn role(cloud: &Cloud, name: &str, mut statements: Value) -> String {
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole",
    }]});
    let create = format!("iam create-role --role-name {name} --assume-role-policy-document {trust}");
    let made = aws(cloud, &create).await.unwrap();
    let logs = json!({"Effect": "Allow", "Action": "logs:*", "Resource": "*"});
    statements.as_array_mut().unwrap().push(logs);
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let put = format!("iam put-role-policy --role-name {name} --policy-name own --policy-document {policy}");
    aws(cloud, &put).await.unwrap();
    made["Role"]["Arn"].as_str().unwrap().to_owned()
}

/// What AWS's documentation gives a role for builds in this subnet.
fn documented(subnet: &str) -> Value {
    json!([
        {
            "Effect": "Allow",
            "Action": [
                "ec2:CreateNetworkInterface", "ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces",
                "ec2:DeleteNetworkInterface", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs",
            ],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": "ec2:CreateNetworkInterfacePermission",
            "Resource": "arn:aws:ec2:us-east-1:111122223333:network-interface/*",
            "Condition": {
                "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
                "ArnEquals": {"ec2:Subnet": [format!("arn:aws:ec2:us-east-1:111122223333:subnet/{subnet}")]},
            },
        },
    ])
}

/// The network interfaces of builds.
async fn interfaces(cloud: &Cloud) -> Vec<Value> {
    let mut all = aws(cloud, "ec2 describe-network-interfaces").await.unwrap();
    let mut all: Vec<Value> = serde_json::from_value(all["NetworkInterfaces"].take()).unwrap();
    all.retain(|one| one["Description"].as_str().is_some_and(|text| text.starts_with("AWS CodeBuild ")));
    all
}

#[tokio::test]
async fn a_build_in_a_vpc_uses_the_permissions_that_aws_documents() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let made = async |command: &str, pointer: &str| -> String {
        let answer = aws(&cloud, command).await.unwrap();
        answer.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    let vpc = made("ec2 create-vpc --cidr-block 10.0.0.0/16", "/Vpc/VpcId").await;
    let subnet = format!("ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.0.0/24");
    let subnet = made(&subnet, "/Subnet/SubnetId").await;
    let group = format!("ec2 create-security-group --vpc-id {vpc} --group-name g --description d");
    let group = made(&group, "/GroupId").await;
    let go = cloud.state().join("go");
    let spec = json!({"version": "0.2", "phases": {"build": {"commands": [
        format!("for look in $(seq 600); do [ -e {} ] && break; sleep 0.1; done", go.display()),
    ]}}});
    let file = cloud.state().join("project.json");
    let build = async |name: &str, role: &str| -> String {
        let project = json!({
            "name": name,
            "source": {"type": "NO_SOURCE", "buildspec": spec.to_string()},
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            "serviceRole": role,
            "vpcConfig": {"vpcId": vpc, "subnets": [subnet], "securityGroupIds": [group]},
        });
        std::fs::write(&file, project.to_string()).unwrap();
        aws(&cloud, &format!("codebuild create-project --cli-input-json file://{}", file.display()))
            .await
            .unwrap();
        made(&format!("codebuild start-build --project-name {name}"), "/build/id").await
    };
    let ended = async |id: &str| -> Value {
        let seen =
            aws(&cloud, &format!("codebuild batch-get-builds --ids {id}")).await.unwrap()["builds"][0].take();
        if seen["buildComplete"] == true { seen } else { Value::Null }
    };

    let allowed = role(&cloud, "allowed", documented(&subnet)).await;
    let running = build("allowed", &allowed).await;
    until("the build has its interface", async || interfaces(&cloud).await.len() == 1).await;
    let interface = interfaces(&cloud).await.remove(0);
    assert_eq!(
        (&interface["SubnetId"], &interface["VpcId"]),
        (&subnet.as_str().into(), &vpc.as_str().into())
    );
    assert_eq!(interface["Groups"][0]["GroupId"], group.as_str());
    let role_id = made("iam get-role --role-name allowed", "/Role/RoleId").await;
    let session = format!("{role_id}:AWSCodeBuild-{}", running.split_once(':').unwrap().1);
    assert_eq!((&interface["RequesterId"], &interface["RequesterManaged"]), (&session.into(), &false.into()));
    // The group cannot be deleted meanwhile.
    let refused = aws(&cloud, &format!("ec2 delete-security-group --group-id {group}")).await.unwrap_err();
    assert!(refused.contains("DependencyViolation"), "{refused}");
    std::fs::write(&go, "").unwrap();
    until("the build ends", async || !ended(&running).await.is_null()).await;
    assert_eq!(ended(&running).await["buildStatus"], "SUCCEEDED");
    assert!(interfaces(&cloud).await.is_empty());
    let calls = cloud.recorder().since(0);
    let of_role = calls.iter().filter(|call| call.principal.contains(":assumed-role/allowed/AWSCodeBuild-"));
    let called: Vec<_> = of_role.filter(|call| call.service == "ec2").map(|call| &*call.operation).collect();
    assert!(
        called.contains(&"CreateNetworkInterface") && called.contains(&"DeleteNetworkInterface"),
        "{called:?}"
    );

    let denied = role(&cloud, "denied", documented("subnet-of-others")).await;
    let failed = build("denied", &denied).await;
    until("the build fails", async || !ended(&failed).await.is_null()).await;
    let failed = ended(&failed).await;
    assert_eq!(
        (&failed["phases"][2]["phaseType"], &failed["buildStatus"]),
        (&"PROVISIONING".into(), &"FAILED".into())
    );
    let context =
        json!({"statusCode": "VPC_CLIENT_ERROR", "message": "Unexpected EC2 error: UnauthorizedOperation"});
    assert_eq!(failed["phases"][2]["contexts"][0], context);
    assert!(interfaces(&cloud).await.is_empty());
    cloud.stop().await;
}
