//! Filters of EC2's descriptions: wildcards, and what brackets and backslashes are.

use super::studio::{aws, network};
use crate::{Cloud, Options};
use serde_json::json;

#[tokio::test]
async fn filters_of_descriptions_take_wildcards() {
    let cloud = Cloud::start(Options::default()).await.unwrap();
    let (vpc, subnet) = network(&cloud, "us-east-1").await;
    let create = format!(
        "ec2 create-security-group --group-name inbound-nfs-d-abc --description [KEEP]_* --vpc-id {vpc} \
         --tag-specifications ResourceType=security-group,Tags=[{{Key=Owner,Value=domain/d-abc}}]"
    );
    let group = aws(&cloud, &create).await.unwrap()["GroupId"].as_str().unwrap().to_owned();
    let (vpc_start, subnet_start) = (&vpc[..vpc.len() - 2], &subnet[..subnet.len() - 1]);
    for (call, list, filter, values, found) in [
        ("security-groups", "SecurityGroups", "group-name", "inbound-nfs-*", 1),
        ("security-groups", "SecurityGroups", "group-name", "inbound-nfs-d-ab?", 1),
        ("security-groups", "SecurityGroups", "group-name", "inbound-nfs-?", 0),
        ("security-groups", "SecurityGroups", "group-id", &*group, 1),
        ("security-groups", "SecurityGroups", "description", "[KEEP]*", 1),
        ("security-groups", "SecurityGroups", "description", "[KEEP]_\\*", 1),
        ("security-groups", "SecurityGroups", "description", "[KEEP]\\*", 0),
        ("security-groups", "SecurityGroups", "tag:Owner", "domain/*", 1),
        ("security-groups", "SecurityGroups", "tag-key", "Own??", 1),
        ("vpcs", "Vpcs", "vpc-id", &*format!("{vpc_start}??"), 1),
        ("subnets", "Subnets", "subnet-id", &*format!("{subnet_start}*"), 1),
        ("subnets", "Subnets", "cidr-block", "10.0.?.0/24", 1),
        ("route-tables", "RouteTables", "vpc-id", &*format!("{vpc_start}*"), 1),
        ("network-acls", "NetworkAcls", "vpc-id", &*format!("{vpc_start}*"), 1),
    ] {
        let filters = json!([{"Name": filter, "Values": [values]}]);
        let answer = aws(&cloud, &format!("ec2 describe-{call} --filters {filters}")).await;
        assert_eq!(answer.unwrap()[list].as_array().unwrap().len(), found, "{call} {filter} {values}");
    }
    cloud.stop().await;
}
