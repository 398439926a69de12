//! Conditions in the policies of a role, as AWS evaluates them on what a call is about.

use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::{Value, json};

/// Credentials of a role of this name that has these statements and nothing else.
pub(super) async fn role(cloud: &Cloud, name: &str, statements: &Value) -> Value {
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole",
    }]});
    let create = format!("iam create-role --role-name {name} --assume-role-policy-document {trust}");
    let made = aws(cloud, &create).await.unwrap();
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let put = format!("iam put-role-policy --role-name {name} --policy-name own --policy-document {policy}");
    aws(cloud, &put).await.unwrap();
    let arn = made["Role"]["Arn"].as_str().unwrap();
    let assume = format!("sts assume-role --role-session-name test --role-arn {arn}");
    aws(cloud, &assume).await.unwrap()["Credentials"].take()
}

/// A member of what the root makes.
async fn made(cloud: &Cloud, command: &str, pointer: &str) -> String {
    let answer = aws(cloud, command).await.unwrap();
    answer.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_role_for_one_vpc_deletes_nothing_of_another() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let create = "ec2 create-vpc --cidr-block 10.0.0.0/16";
    let (own, other) = (made(&cloud, create, "/Vpc/VpcId").await, made(&cloud, create, "/Vpc/VpcId").await);
    let arn = format!("arn:aws:ec2:us-east-1:111122223333:vpc/{own}");
    let statements = json!([
        {
            "Effect": "Allow",
            "Action": ["ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteRouteTable", "ec2:DeleteNetworkAcl"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"ec2:Vpc": arn}},
        },
        {
            "Effect": "Allow",
            "Action": "ec2:DeleteVpc",
            "Resource": "*",
            "Condition": {"StringEquals": {"ec2:VpcID": own}},
        },
    ]);
    let credentials = role(&cloud, "one-vpc", &statements).await;
    for (vpc, refusal) in [(&other, Some("UnauthorizedOperation")), (&own, None)] {
        let group = format!("ec2 create-security-group --group-name g --description d --vpc-id {vpc}");
        let subnet = format!("ec2 create-subnet --cidr-block 10.0.0.0/24 --vpc-id {vpc}");
        let table = format!("ec2 create-route-table --vpc-id {vpc}");
        let acl = format!("ec2 create-network-acl --vpc-id {vpc}");
        for (create, pointer, delete) in [
            (group, "/GroupId", "delete-security-group --group-id"),
            (subnet, "/Subnet/SubnetId", "delete-subnet --subnet-id"),
            (table, "/RouteTable/RouteTableId", "delete-route-table --route-table-id"),
            (acl, "/NetworkAcl/NetworkAclId", "delete-network-acl --network-acl-id"),
        ] {
            let id = made(&cloud, &create, pointer).await;
            let tried = aws_as(&cloud, &credentials, &format!("ec2 {delete} {id}")).await;
            check(&tried, refusal);
        }
        check(&aws_as(&cloud, &credentials, &format!("ec2 delete-vpc --vpc-id {vpc}")).await, refusal);
    }
    cloud.stop().await;
}

#[tokio::test]
async fn a_role_for_tagged_file_systems_sees_no_other() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let statements = json!([{
        "Effect": "Allow",
        "Action": "elasticfilesystem:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Owner": "own"}},
    }]);
    let credentials = role(&cloud, "tagged", &statements).await;
    for (owner, refusal) in [("other", Some("AccessDenied")), ("own", None)] {
        let create =
            format!("efs create-file-system --creation-token {owner} --tags Key=Owner,Value={owner}");
        let system = made(&cloud, &create, "/FileSystemId").await;
        for token in ["one", "two"] {
            let create = format!("efs create-access-point --client-token {token} --file-system-id {system}");
            aws(&cloud, &create).await.unwrap();
        }
        let tried = async |call: &str| {
            aws_as(&cloud, &credentials, &format!("efs {call} --file-system-id {system}")).await
        };
        check(&tried("describe-file-systems").await, refusal);
        check(&tried("describe-access-points").await, refusal);
        check(&tried("describe-replication-configurations").await, refusal.or(Some("ReplicationNotFound")));
        let first =
            format!("efs describe-access-points --no-paginate --max-results 1 --file-system-id {system}");
        let page = aws(&cloud, &first).await.unwrap();
        let next = format!("{first} --next-token {}", page["NextToken"].as_str().unwrap());
        assert_eq!(aws(&cloud, &next).await.unwrap()["AccessPoints"].as_array().unwrap().len(), 1);
        // Access points go with their file system.
        check(&tried("delete-file-system").await, refusal);
    }
    let left = aws(&cloud, "efs describe-access-points").await.unwrap();
    assert_eq!(left["AccessPoints"].as_array().unwrap().len(), 2);
    cloud.stop().await;
}

/// Whether a call was refused with this code, or served if it is none.
#[track_caller]
fn check(tried: &Result<Value, String>, refusal: Option<&str>) {
    match (tried, refusal) {
        (Ok(_), None) => {}
        (Err(message), Some(code)) => assert!(message.contains(code), "{message}"),
        _ => panic!("{tried:?} where {refusal:?} is due"),
    }
}

#[tokio::test]
async fn a_call_that_names_several_parameters_is_checked_on_each() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let own = "arn:aws:ssm:us-east-1:111122223333:parameter/team-*";
    let statements = json!([{"Effect": "Allow", "Action": ["ssm:GetParameters", "ssm:DeleteParameters"], "Resource": own}]);
    let credentials = role(&cloud, "parameters", &statements).await;
    for name in ["team-one", "team-two", "other"] {
        let put = format!("ssm put-parameter --type String --value v --name {name}");
        aws(&cloud, &put).await.unwrap();
    }
    for (names, refusal) in [
        ("other", Some("AccessDeniedException")),
        ("team-one other", Some("AccessDeniedException")),
        ("other team-one", Some("AccessDeniedException")),
        ("team-one team-two absent-is-checked-too", Some("AccessDeniedException")),
        ("team-one team-two", None),
    ] {
        for call in ["get-parameters", "delete-parameters"] {
            let tried = aws_as(&cloud, &credentials, &format!("ssm {call} --names {names}")).await;
            check(&tried, refusal);
        }
    }
    cloud.stop().await;
}
