//! A stack with the types of EC2 and Resource Groups that ministack lacks: made, changed, deleted, each call with a permission.

use super::permissions::role;
use super::stacks::{Stacks, template};
use super::studio::{aws, aws_as};
use crate::{Cloud, Options};
use serde_json::{Value, json};

fn ec2(kind: &str, properties: &Value, after: &[&str]) -> Value {
    json!({"Type": format!("AWS::EC2::{kind}"), "Properties": properties, "DependsOn": after})
}

fn refer(name: &str) -> Value {
    json!({"Ref": name})
}

fn attribute(name: &str, attribute: &str) -> Value {
    json!({"Fn::GetAtt": [name, attribute]})
}

/// The stack with the NAT gateway on this address, and this text in tags and descriptions.
fn stack(address: &str, text: &str) -> Value {
    let vpc = |mut properties: Value| {
        properties["VpcId"] = refer("Vpc");
        properties
    };
    let tags = json!([{"Key": "text", "Value": text}]);
    let query = json!({"Type": "TAG_FILTERS_1_0", "Query": {"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "text", "Values": [text]}]}});
    let rule = |member: &str, group: &str, other: &str, port: u16| json!({"GroupId": refer(group), member: refer(other), "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "Description": text});
    let mut body = template(&json!({
        "Vpc": ec2("VPC", &json!({"CidrBlock": "10.9.0.0/16"}), &[]),
        "Gateway": ec2("InternetGateway", &json!({}), &[]),
        "Attached": ec2("VPCGatewayAttachment", &vpc(json!({"InternetGatewayId": refer("Gateway")})), &[]),
        "Subnet": ec2("Subnet", &vpc(json!({"CidrBlock": "10.9.0.0/24"})), &[]),
        "One": ec2("EIP", &json!({"Domain": "vpc", "Tags": tags}), &["Attached"]),
        "Two": ec2("EIP", &json!({"Domain": "vpc"}), &["Attached"]),
        "Nat": ec2("NatGateway", &json!({"SubnetId": refer("Subnet"), "AllocationId": attribute(address, "AllocationId"), "Tags": tags}), &["Attached"]),
        "Table": ec2("RouteTable", &vpc(json!({})), &[]),
        "Route": ec2("Route", &json!({"RouteTableId": refer("Table"), "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": refer("Nat")}), &[]),
        "Options": ec2("DHCPOptions", &json!({"DomainName": "team.internal", "DomainNameServers": ["AmazonProvidedDNS"], "Tags": tags}), &[]),
        "Associated": ec2("VPCDHCPOptionsAssociation", &vpc(json!({"DhcpOptionsId": refer("Options")})), &[]),
        "Users": ec2("SecurityGroup", &vpc(json!({"GroupDescription": "users"})), &[]),
        "Endpoints": ec2("SecurityGroup", &vpc(json!({"GroupDescription": "endpoints"})), &[]),
        "Out": ec2("SecurityGroupEgress", &rule("DestinationSecurityGroupId", "Users", "Endpoints", 443), &[]),
        "In": ec2("SecurityGroupIngress", &rule("SourceSecurityGroupId", "Endpoints", "Users", 443), &[]),
        "Group": {"Type": "AWS::ResourceGroups::Group", "Properties": {"Name": "team", "Description": text, "ResourceQuery": query, "Tags": tags}},
        "Log": ec2("FlowLog", &json!({
            "ResourceId": refer("Vpc"), "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "flows",
            "DeliverLogsPermissionArn": "arn:aws:iam::111122223333:role/flows", "MaxAggregationInterval": 60, "Tags": tags,
        }), &[]),
    }));
    body["Outputs"] = [
        ("Address", refer(address)),
        ("Allocation", attribute(address, "AllocationId")),
        ("PublicIp", attribute(address, "PublicIp")),
        ("Nat", refer("Nat")),
        ("NatId", attribute("Nat", "NatGatewayId")),
        ("Options", refer("Options")),
        ("OptionsId", attribute("Options", "DhcpOptionsId")),
        ("Associated", refer("Associated")),
        ("Vpc", refer("Vpc")),
        ("In", refer("In")),
        ("InId", attribute("In", "Id")),
        ("Out", refer("Out")),
        ("Log", refer("Log")),
        ("LogId", attribute("Log", "Id")),
        ("Group", refer("Group")),
        ("GroupArn", attribute("Group", "Arn")),
        ("Users", refer("Users")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), json!({"Value": value})))
    .collect();
    body
}

/// What the stack needs of IAM beside the types that ministack has.
fn statements() -> Value {
    let arn = |kind: &str| format!("arn:aws:ec2:us-east-1:111122223333:{kind}/*");
    let allow = |actions: &Value, resources: &Value| json!({"Effect": "Allow", "Action": actions, "Resource": resources});
    json!([
        allow(&json!(["cloudformation:*"]), &json!("*")),
        allow(&json!([
            "ec2:CreateVpc", "ec2:DeleteVpc", "ec2:CreateInternetGateway", "ec2:DeleteInternetGateway", "ec2:AttachInternetGateway",
            "ec2:DetachInternetGateway", "ec2:CreateSubnet", "ec2:DeleteSubnet", "ec2:CreateRouteTable", "ec2:DeleteRouteTable",
            "ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute", "ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup",
        ]), &json!("*")),
        allow(&json!(["ec2:AllocateAddress", "ec2:ReleaseAddress"]), &json!(arn("elastic-ip"))),
        allow(&json!("ec2:CreateNatGateway"), &json!([arn("natgateway"), arn("subnet"), arn("elastic-ip")])),
        allow(&json!("ec2:DeleteNatGateway"), &json!(arn("natgateway"))),
        allow(&json!(["ec2:CreateDhcpOptions", "ec2:DeleteDhcpOptions"]), &json!(arn("dhcp-options"))),
        allow(&json!("ec2:AssociateDhcpOptions"), &json!([arn("dhcp-options"), arn("vpc")])),
        allow(&json!([
            "ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
            "ec2:AuthorizeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress", "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
        ]), &json!(arn("security-group"))),
        allow(&json!("ec2:CreateFlowLogs"), &json!([arn("vpc-flow-log"), arn("vpc")])),
        allow(&json!("ec2:DeleteFlowLogs"), &json!(arn("vpc-flow-log"))),
        {
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/flows",
            "Condition": {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
        },
        allow(&json!("resource-groups:CreateGroup"), &json!("*")),
        allow(
            &json!(["resource-groups:UpdateGroup", "resource-groups:UpdateGroupQuery", "resource-groups:DeleteGroup"]),
            &json!("arn:aws:resource-groups:us-east-1:111122223333:group/team"),
        ),
    ])
}

async fn outputs(stacks: &Stacks, name: &str) -> Value {
    let stack = stacks.describe(name).await;
    stack.outputs().iter().map(|it| (it.output_key().unwrap(), it.output_value().unwrap())).collect()
}

async fn deploy(stacks: &Stacks, builder: &Value, verb: &str, name: &str, body: &Value) {
    let file = stacks.cloud.state().join("network.json");
    std::fs::write(&file, body.to_string()).unwrap();
    let command =
        format!("cloudformation {verb} --stack-name {name} --template-body file://{}", file.display());
    aws_as(&stacks.cloud, builder, &command).await.unwrap();
}

/// The first item of what a command lists.
async fn shown(stacks: &Stacks, command: &str, member: &str) -> Value {
    aws(&stacks.cloud, command).await.unwrap()[member][0].clone()
}

#[tokio::test]
async fn a_stack_holds_what_a_network_needs() {
    let stacks = Stacks::on(Cloud::start(Options { speed: 60.0, ..Options::default() }).await.unwrap()).await;
    let builder = role(&stacks.cloud, "builder", &statements()).await;
    deploy(&stacks, &builder, "create-stack", "network", &stack("One", "before")).await;
    super::until("the stack is made", async || !stacks.status("network").await.ends_with("_IN_PROGRESS"))
        .await;
    assert_eq!(
        stacks.status("network").await,
        "CREATE_COMPLETE",
        "{:?}",
        stacks.reasons("network", "CREATE_FAILED").await
    );
    let made = outputs(&stacks, "network").await;
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    for (name, other) in [
        ("Address", "PublicIp"),
        ("Nat", "NatId"),
        ("Options", "OptionsId"),
        ("In", "InId"),
        ("Log", "LogId"),
    ] {
        assert_eq!(made[name], made[other]);
    }
    assert!(text("In").starts_with("sgr-") && text("Allocation").starts_with("eipalloc-"), "{made}");
    assert_eq!(text("Associated"), format!("{}|{}", text("Options"), text("Vpc")));
    assert_eq!(text("Group"), "team");
    assert_eq!(text("GroupArn"), "arn:aws:resource-groups:us-east-1:111122223333:group/team");

    let nat = shown(
        &stacks,
        &format!("ec2 describe-nat-gateways --nat-gateway-ids {}", text("Nat")),
        "NatGateways",
    )
    .await;
    assert_eq!(nat["NatGatewayAddresses"][0]["AllocationId"], made["Allocation"]);
    assert!(nat["Tags"].as_array().unwrap().contains(&json!({"Key": "text", "Value": "before"})), "{nat}");
    let groups = shown(
        &stacks,
        &format!("ec2 describe-security-groups --group-ids {}", text("Users")),
        "SecurityGroups",
    )
    .await;
    // The rule that EC2 gives each new group has gone with the first one of its own.
    assert_eq!(groups["IpPermissionsEgress"].as_array().unwrap().len(), 1, "{groups}");
    let log =
        shown(&stacks, &format!("ec2 describe-flow-logs --flow-log-ids {}", text("Log")), "FlowLogs").await;
    assert_eq!((&log["LogGroupName"], &log["MaxAggregationInterval"]), (&json!("flows"), &json!(60)));
    for (command, code) in [
        (format!("ec2 release-address --allocation-id {}", text("Allocation")), "InvalidIPAddress.InUse"),
        (format!("ec2 delete-dhcp-options --dhcp-options-id {}", text("Options")), "DependencyViolation"),
    ] {
        let refused = aws(&stacks.cloud, &command).await.unwrap_err();
        assert!(refused.contains(code), "{refused}");
    }

    deploy(&stacks, &builder, "update-stack", "network", &stack("Two", "after")).await;
    super::until("the stack is changed", async || !stacks.status("network").await.ends_with("_IN_PROGRESS"))
        .await;
    assert_eq!(
        stacks.status("network").await,
        "UPDATE_COMPLETE",
        "{:?}",
        stacks.reasons("network", "UPDATE_FAILED").await
    );
    let changed = outputs(&stacks, "network").await;
    for (name, is_same) in
        [("Nat", false), ("Allocation", false), ("In", true), ("Options", true), ("Log", true)]
    {
        assert_eq!(made[name] == changed[name], is_same, "{name}: {made} {changed}");
    }
    let rules = format!("ec2 describe-security-group-rules --security-group-rule-ids {}", text("In"));
    assert_eq!(shown(&stacks, &rules, "SecurityGroupRules").await["Description"], "after");
    let gone = shown(
        &stacks,
        &format!("ec2 describe-nat-gateways --nat-gateway-ids {}", text("Nat")),
        "NatGateways",
    )
    .await;
    assert_eq!(gone["State"], "deleted");
    let query = aws(&stacks.cloud, "resource-groups get-group-query --group-name team").await.unwrap();
    assert!(query["GroupQuery"]["ResourceQuery"]["Query"].as_str().unwrap().contains("after"), "{query}");

    aws_as(&stacks.cloud, &builder, "cloudformation delete-stack --stack-name network").await.unwrap();
    super::until("the stack is gone", async || {
        stacks.client.describe_stacks().stack_name("network").send().await.is_err()
    })
    .await;
    for (command, member) in [
        ("ec2 describe-addresses", "Addresses"),
        ("ec2 describe-flow-logs", "FlowLogs"),
        ("ec2 describe-dhcp-options", "DhcpOptions"),
        ("resource-groups list-groups", "Groups"),
    ] {
        let left = aws(&stacks.cloud, command).await.unwrap();
        assert_eq!(left[member], json!([]), "{command}");
    }
    stacks.cloud.stop().await;
}

#[tokio::test]
async fn a_stack_makes_nothing_of_a_network_without_a_permission() {
    let stacks = Stacks::start().await;
    let cloud = &stacks.cloud;
    let vpc = aws(cloud, "ec2 create-vpc --cidr-block 10.8.0.0/16").await.unwrap()["Vpc"]["VpcId"].clone();
    let create = format!("ec2 create-subnet --cidr-block 10.8.0.0/24 --vpc-id {}", vpc.as_str().unwrap());
    let subnet = aws(cloud, &create).await.unwrap()["Subnet"]["SubnetId"].clone();
    let allocation = aws(cloud, "ec2 allocate-address").await.unwrap()["AllocationId"].clone();
    let log = json!({
        "ResourceId": vpc, "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "flows",
        "DeliverLogsPermissionArn": "arn:aws:iam::111122223333:role/flows",
    });
    let bucket = json!({
        "ResourceId": vpc, "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::flows",
    });
    let nat = json!({"SubnetId": subnet, "AllocationId": allocation});
    for (index, (actions, resource, resources, denied)) in [
        (json!("ec2:CreateFlowLogs"), ec2("FlowLog", &log, &[]), "*", "iam:PassRole"),
        (json!("ec2:CreateFlowLogs"), ec2("FlowLog", &bucket, &[]), "*", "logs:CreateLogDelivery"),
        (json!("iam:*"), ec2("FlowLog", &log, &[]), "*", "ec2:CreateFlowLogs"),
        (json!("ec2:*"), ec2("NatGateway", &nat, &[]), "arn:aws:ec2:*:*:natgateway/*", "subnet/subnet-"),
        (json!("ec2:CreateNatGateway"), ec2("EIP", &json!({}), &[]), "*", "ec2:AllocateAddress"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("s{index}");
        let statements = json!([
            {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"},
            {"Effect": "Allow", "Action": actions, "Resource": resources},
        ]);
        let builder = role(cloud, &name, &statements).await;
        deploy(&stacks, &builder, "create-stack", &name, &template(&json!({"It": resource}))).await;
        stacks.settle(&name, "ROLLBACK_COMPLETE").await;
        let reasons = stacks.reasons(&name, "CREATE_FAILED").await;
        assert!(
            reasons.iter().any(|reason| reason.contains(denied) && reason.contains("AccessDenied")),
            "{reasons:?}"
        );
    }
    stacks.cloud.stop().await;
}
