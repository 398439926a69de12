//! Builds in a VPC: the network interface that the service role makes and deletes.

use crate::cloud::{Cloud, phases, project};
use serde_json::{Value, json};

const GREEN: &str = "{\"version\": \"0.2\", \"phases\": {\"build\": {\"commands\": [\"true\"]}}}";
const ENDLESS: &str =
    "{\"version\": \"0.2\", \"phases\": {\"build\": {\"commands\": [\"echo go; sleep 987\"]}}}";

async fn start(cloud: &Cloud, buildspec: &str) -> String {
    let mut input = project("demo", buildspec);
    input["vpcConfig"] =
        json!({"vpcId": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1", "sg-2"]});
    cloud.call("CreateProject", input).await.unwrap();
    cloud.start_build(json!({"projectName": "demo"})).await
}

/// The calls of EC2 so far.
fn called(cloud: &Cloud) -> Vec<String> {
    let forms = cloud.seen.lock().unwrap().ec2.clone();
    forms.iter().map(|form| form["Action=".len()..].split('&').next().unwrap().to_owned()).collect()
}

const MADE: [&str; 6] = [
    "DescribeVpcs",
    "DescribeSubnets",
    "DescribeSecurityGroups",
    "DescribeDhcpOptions",
    "CreateNetworkInterface",
    "DescribeNetworkInterfaces",
];

#[tokio::test]
async fn a_build_in_a_vpc_has_an_interface_until_its_end() {
    let cloud = Cloud::start().await;
    let id = start(&cloud, GREEN).await;
    let build = cloud.wait_for(&id, "COMPLETED").await;
    assert_eq!(build["buildStatus"], "SUCCEEDED", "{}", cloud.log(&id));
    assert_eq!(called(&cloud), [&MADE[..], &["DeleteNetworkInterface"]].concat());
    let seen = cloud.seen.lock().unwrap();
    for part in ["&SubnetId=subnet-1&", "&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2"] {
        assert!(seen.ec2[4].contains(part), "no {part} in {}", seen.ec2[4]);
    }
    assert!(seen.ec2[6].ends_with("&NetworkInterfaceId=eni-1"), "{}", seen.ec2[6]);
}

#[tokio::test]
async fn a_stopped_build_leaves_no_interface() {
    let cloud = Cloud::start().await;
    let id = start(&cloud, ENDLESS).await;
    cloud.wait_for_line(&id, "go").await;
    assert_eq!(called(&cloud), MADE);
    let stopped = cloud.call("StopBuild", json!({"id": id})).await.unwrap();
    assert_eq!(stopped["build"]["buildStatus"], "STOPPED");
    assert_eq!(called(&cloud).last().unwrap(), "DeleteNetworkInterface");
}

#[tokio::test]
async fn a_role_without_permissions_of_ec2_fails_the_build_while_it_is_provisioned() {
    for (denied, left) in MADE[..5].iter().map(|action| (*action, false)).chain([
        ("DescribeNetworkInterfaces", true),
        // Of CreateNetworkInterfacePermission.
        ("authorize", true),
    ]) {
        let cloud = Cloud::start().await;
        cloud.seen.lock().unwrap().denied = denied;
        let id = start(&cloud, GREEN).await;
        let build = cloud.wait_for(&id, "COMPLETED").await;
        assert_eq!(build["buildStatus"], "FAILED", "{denied}");
        assert!(phases(&build).ends_with("PROVISIONING FAILED, COMPLETED -"), "{}", phases(&build));
        let provisioning: &Value = &build["phases"][2];
        let context = json!({
            "statusCode": "VPC_CLIENT_ERROR", "message": "Unexpected EC2 error: UnauthorizedOperation",
        });
        assert_eq!(provisioning["contexts"][0], context, "{denied}");
        let deleted = called(&cloud).last().unwrap() == "DeleteNetworkInterface";
        assert_eq!(deleted, left, "{denied}: an interface that was made is deleted");
    }
}
