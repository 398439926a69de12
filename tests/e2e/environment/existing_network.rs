//! `env-vpc.yaml` in a VPC that is there already, and what it refuses.

use super::network::{
    OF_NETWORK, create, endpoints, expected, in_vpc, parameters, rules, services, update, without_endpoints,
};
use super::{create_without_capabilities, delete, ssm, types};
use crate::cli::aws;
use crate::harness::{cloud, run};
use crate::one_shot::refused;
use anyhow::ensure;
use emulator::deploy;
use std::collections::BTreeSet;

/// A network that somebody else made: two private subnets with one route table, an internet gateway, and a role for flow logs.
pub(super) const NETWORK: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.8.0.0/16, EnableDnsHostnames: true}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.8.0.0/19, AvailabilityZone: us-east-1a}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.8.32.0/19, AvailabilityZone: us-east-1b}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  OfA: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref A, RouteTableId: !Ref Table}}
  OfB: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref B, RouteTableId: !Ref Table}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attached: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.us-east-1.s3, VpcEndpointType: Gateway, RouteTableIds: [!Ref Table]}
  FlowLogs:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: vpc-flow-logs.amazonaws.com}, Action: 'sts:AssumeRole'}]
Outputs:
  Vpc: {Value: !Ref Vpc}
  Subnets: {Value: !Sub '${A},${B}'}
  First: {Value: !Ref A}
  Second: {Value: !Ref B}
  Table: {Value: !Ref Table}
  Gateway: {Value: !Ref Gateway}
  S3: {Value: !Ref S3}
  FlowLogs: {Value: !GetAtt FlowLogs.Arn}
";

/// The flow logs of a VPC.
async fn flow_logs(vpc: &str) -> anyhow::Result<serde_json::Value> {
    let filter = format!("Name=resource-id,Values={vpc}");
    aws(&["ec2", "describe-flow-logs", "--filter", &filter, "--query", "FlowLogs"]).await
}

#[test]
fn existing_subnets_are_used_and_stay() {
    run(async {
        let cloud = cloud().await;
        let theirs = deploy::create(cloud, "net-theirs", NETWORK, deploy::named([]), |_| ()).await?;
        let (vpc, subnets) = (theirs.output("Vpc")?, theirs.output("Subnets")?);
        let before = in_vpc(vpc).await?;
        // As the guide of the base VPC does in a target account: S3 and the endpoints of projects are there.
        let given = [
            ("CreateVPC", "NO"),
            ("CreatePrivateSubnets", "NO"),
            ("CreateNATGateways", "NO"),
            ("ExistingVPCId", vpc),
            ("ExistingPrivateSubnetIds", subnets),
            ("ExistingPrivateRouteTableIds", theirs.output("Table")?),
            ("CreateS3VPCEndpoint", "NO"),
            ("ExistingS3VPCEndpointId", theirs.output("S3")?),
            ("CreateSageMakerNotebookVPCEndpoint", "NO"),
            ("CreateServiceCatalogVPCEndpoint", "NO"),
            ("CreateCodeCommitVPCEndpoint", "NO"),
            ("CreateCodeCommitAPIVPCEndpoint", "NO"),
            ("CreateCodePipelineVPCEndpoint", "NO"),
            ("CreateCodeBuildVPCEndpoint", "NO"),
            ("CreateVPCFlowLogsToCloudWatch", "YES"),
            ("VPCFlowLogsRoleArn", theirs.output("FlowLogs")?),
        ];
        let stack = create("net-existing", &given).await?;
        assert_eq!(stack.output("VPCId")?, vpc);
        assert_eq!(stack.output("PrivateSubnetIds")?, subnets);
        assert_eq!(stack.output("VPCEndpointS3Id")?, theirs.output("S3")?);
        let kinds = types("net-existing").await?;
        for kind in ["AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::InternetGateway", "AWS::EC2::RouteTable"]
        {
            ensure!(!kinds.contains_key(kind), "{kinds:?}");
        }
        let told = ssm("net-existing").await?;
        let of = |name: &str| told.get(name).map(String::as_str);
        assert_eq!(of("private-sn-1a-id"), Some(theirs.output("First")?));
        assert_eq!(of("private-sn-2a-id"), Some(theirs.output("Second")?));
        assert_eq!(of("s3-vpce-id"), Some(theirs.output("S3")?));
        // Without NAT gateways of the stack, and without a prefix list: S3 by any address, and nothing by HTTP.
        let group = stack.output("SageMakerSecurityGroupIds")?;
        let of_endpoints = stack.output("VPCEndpointsSecurityGroupId")?;
        let mut out = vec![("127.0.0.1/32", "all"), (group, "all"), (of_endpoints, "443-443")];
        let listed = [&out[..], &[("0.0.0.0/0", "443-443")]].concat();
        assert_eq!(rules(group, true).await?, expected(&listed));
        let logs = flow_logs(vpc).await?;
        assert_eq!(logs[0]["TrafficType"], "REJECT", "{logs}");
        assert_eq!(logs[0]["LogGroupName"], "/vpcflowlogs/net-existing-dev-vpc-flow-logs");

        let changes = [
            ("AllowInternetAccess", "NO"),
            ("S3PrefixListId", "pl-63a5400a"),
            ("VPCFlowLogsTrafficType", "ALL"),
        ];
        let stack = update(&stack, &changes).await?;
        out.push(("pl-63a5400a", "443-443"));
        assert_eq!(rules(group, true).await?, expected(&out));
        let logs = flow_logs(vpc).await?;
        assert_eq!((&logs[0]["TrafficType"], &logs[1]), (&"ALL".into(), &serde_json::Value::Null));

        delete(&stack, &OF_NETWORK).await?;
        assert_eq!(in_vpc(vpc).await?, before);
        assert_eq!(flow_logs(vpc).await?, serde_json::json!([]));
        deploy::delete(cloud, &theirs, |_| ()).await
    });
}

#[test]
fn new_subnets_go_into_an_existing_vpc_by_its_gateway() {
    run(async {
        let cloud = cloud().await;
        let theirs = deploy::create(cloud, "net-shared", NETWORK, deploy::named([]), |_| ()).await?;
        let vpc = theirs.output("Vpc")?;
        let before = in_vpc(vpc).await?;
        let given = without_endpoints(&[
            ("CreateVPC", "NO"),
            ("NumberOfAZs", "1"),
            ("ExistingVPCId", vpc),
            ("ExistingInternetGatewayId", theirs.output("Gateway")?),
            ("PrivateSubnet1ACIDR", "10.8.64.0/19"),
            ("PublicSubnet1CIDR", "10.8.128.0/20"),
            ("CreateKMSVPCEndpoint", "YES"),
        ]);
        let stack = create("net-inside", &given).await?;
        let during = in_vpc(vpc).await?;
        assert_eq!(during.get("internet gateways"), Some(&1));
        assert_eq!(during.get("subnets"), Some(&4));
        ensure!(services(&endpoints(vpc).await?).contains("com.amazonaws.us-east-1.kms"), "{during:?}");
        ensure!(stack.output("VPCEndpointKMSId")?.starts_with("vpce-"), "{:?}", stack.outputs);
        delete(&stack, &OF_NETWORK).await?;
        assert_eq!(in_vpc(vpc).await?, before);
        deploy::delete(cloud, &theirs, |_| ()).await
    });
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_made() {
    run(async {
        for (given, reason) in [
            (&[("CreateVPC", "NO")][..], "give ExistingVPCId, or let CreateVPC be YES"),
            (
                &[("CreatePrivateSubnets", "NO")],
                "a new VPC has no subnets, so CreatePrivateSubnets must be YES",
            ),
            (
                &[("ExistingInternetGatewayId", "igw-12345678")],
                "ExistingInternetGatewayId is for an existing VPC",
            ),
            (
                &[("CreateVPC", "NO"), ("ExistingVPCId", "vpc-12345678"), ("CreatePrivateSubnets", "NO")],
                "existing subnets have their own way to the internet, so CreateNATGateways must be NO",
            ),
            (
                &[
                    ("CreateVPC", "NO"),
                    ("ExistingVPCId", "vpc-12345678"),
                    ("CreatePrivateSubnets", "NO"),
                    ("CreateNATGateways", "NO"),
                ],
                "give ExistingPrivateSubnetIds, or let CreatePrivateSubnets be YES",
            ),
            (
                &[
                    ("CreateVPC", "NO"),
                    ("ExistingVPCId", "vpc-12345678"),
                    ("CreatePrivateSubnets", "NO"),
                    ("CreateNATGateways", "NO"),
                    ("ExistingPrivateSubnetIds", "subnet-12345678"),
                ],
                "give ExistingPrivateRouteTableIds for the endpoint of S3",
            ),
            (&[("CreateVPCFlowLogsToCloudWatch", "YES")], "give VPCFlowLogsRoleArn"),
            (&[("AllowInternetAccess", "NO")], "give S3PrefixListId, by which S3 is told from the internet"),
        ] {
            let parameters = parameters("net-refused", given).await?;
            let told = refused(create_without_capabilities("net-refused", "env-vpc", parameters).await)?;
            ensure!(told.contains(reason), "{given:?}: {told}");
        }
        Ok(())
    });
}

#[test]
fn a_creation_that_fails_late_leaves_nothing() {
    run(async {
        // The stack makes this parameter last.
        let taken = "net-taken-dev-private-subnet-ids";
        aws(&["ssm", "put-parameter", "--name", taken, "--type", "String", "--value", "theirs"]).await?;
        let list = ["ec2", "describe-vpcs", "--query", "Vpcs[].Tags[?Key=='EnvironmentName'].Value[]"];
        let given = [("CreateNATGateways", "YES"), ("NumberOfAZs", "2")];
        let told = refused(create("net-taken", &given).await)?;
        ensure!(told.contains("ROLLBACK_COMPLETE") && told.contains("already exists"), "{told}");
        let left: BTreeSet<_> = ssm("net-taken").await?.into_keys().collect();
        assert_eq!(left, BTreeSet::from(["private-subnet-ids".to_owned()]));
        let vpcs = aws(&list).await?;
        ensure!(!vpcs.as_array().is_some_and(|names| names.contains(&"net-taken".into())), "{vpcs}");
        let tag = "Name=tag:EnvironmentName,Values=net-taken";
        let addresses = aws(&["ec2", "describe-addresses", "--filters", tag, "--query", "Addresses"]).await?;
        assert_eq!(addresses, serde_json::json!([]));
        aws(&["ssm", "delete-parameter", "--name", taken]).await?;
        aws(&["cloudformation", "delete-stack", "--stack-name", "net-taken"]).await?;
        Ok(())
    });
}
