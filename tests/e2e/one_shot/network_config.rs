//! Subnets of a VPC, found by the blocks and zones of another VPC that has the same.

use super::{function, refused};
use crate::harness::{cloud, run};
use crate::permissions::{check_both_ways, unused};
use anyhow::ensure;
use emulator::deploy;

/// Two VPCs with the same blocks. In the first one, a subnet has a route table of its own.
const USER: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Parameters: {Function: {Type: String}, Blocks: {Type: CommaDelimitedList}, Zones: {Type: CommaDelimitedList}, Count: {Type: String}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/19, AvailabilityZone: us-east-1a}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.32.0/19, AvailabilityZone: us-east-1b}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Association: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref B, RouteTableId: !Ref Table}}
  OtherVpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  OtherA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref OtherVpc, CidrBlock: 10.0.0.0/19, AvailabilityZone: us-east-1a}}
  Network:
    Type: Custom::NetworkConfiguration
    DependsOn: [A, Association, OtherA]
    Properties:
      ServiceToken: !Ref Function
      ServiceTimeout: 300
      VpcId: !Ref Vpc
      SubnetCIDRBlocks: !Ref Blocks
      AvailabilityZones: !Ref Zones
      NumberOfAZs: !Ref Count
Outputs:
  Subnets: {Value: !Join [',', !GetAtt Network.SubnetIds]}
  Tables: {Value: !Join [',', !GetAtt Network.RouteTableIds]}
  Expected: {Value: !Sub '${B},${A}'}
  First: {Value: !Ref B}
  Table: {Value: !Ref Table}
";

#[test]
fn a_stack_finds_the_subnets_of_its_vpc_in_the_order_asked_for() {
    run(async {
        let cloud = cloud().await;
        let deployed = function("network-config").await?;
        let asked = |blocks: &str, zones: &str, count: &str| {
            deploy::named([("Blocks", blocks), ("Zones", zones), ("Count", count)])
        };
        let mut parameters = asked("10.0.32.0/19,10.0.0.0/19,10.0.64.0/19", "us-east-1b,us-east-1a", "2");
        parameters.extend(deploy::named([("Function", deployed.output("FunctionArn")?)]));
        let user = deploy::create(cloud, "network-user", USER, parameters, |_| ()).await?;
        ensure!(user.output("Subnets")? == user.output("Expected")?, "{:?}", user.outputs);
        let tables: Vec<_> = user.output("Tables")?.split(',').collect();
        ensure!(tables.len() == 2 && tables[0] == user.output("Table")?, "{tables:?}");

        let one = asked("10.0.32.0/19,10.0.0.0/19,10.0.64.0/19", "us-east-1b,us-east-1a", "1");
        let user = deploy::update(cloud, &user, USER, one, |_| ()).await?;
        ensure!(user.output("Subnets")? == user.output("First")?, "{:?}", user.outputs);

        for (blocks, zones, expected) in [
            ("10.0.64.0/19", "us-east-1a", "has the CIDR block 10.0.64.0/19: it has 10.0."),
            ("10.0.0.0/19", "us-east-1b", "is in us-east-1a and not in us-east-1b"),
            ("10.0.0.0/8", "us-east-1a", "SubnetCIDRBlocks holds `10.0.0.0/8`: each must be"),
        ] {
            let told = refused(deploy::update(cloud, &user, USER, asked(blocks, zones, "1"), |_| ()).await)?;
            ensure!(told.contains(expected), "{told}");
        }
        deploy::delete(cloud, &user, |_| ()).await?;
        check_both_ways(cloud, &deployed.stack, unused::LOOK_UP).await?;
        deploy::delete(cloud, &deployed, |_| ()).await
    });
}
