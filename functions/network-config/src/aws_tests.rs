//! The calls, against a server on the loopback in the place of EC2.

use crate::NetworkConfig;
use serde_json::{Value, json};
use shared::drivers::cloudformation::LookUp;
use shared::error::{chain, is_transient};
use testing::ScriptedAws;
use testing::ec2::{self, NEXT_PAGE, VPC};

fn subnet(id: &str, cidr: &str, zone: &str) -> String {
    format!(
        "<subnetId>{id}</subnetId><cidrBlock>{cidr}</cidrBlock><availabilityZone>{zone}</availabilityZone><vpcId>{VPC}</vpcId>"
    )
}

fn route_table(id: &str, associations: &str) -> String {
    format!("<routeTableId>{id}</routeTableId><associationSet>{associations}</associationSet>")
}

/// Two subnets and two route tables, each on a page of its own.
fn vpc() -> ScriptedAws {
    vpc_after(ScriptedAws::default())
}

/// The same, after what is scripted already.
fn vpc_after(scripted: ScriptedAws) -> ScriptedAws {
    let page =
        |operation: &str, set: &str, item: String, more: bool| ec2::page(operation, set, &[item], more);
    let main = "<item><main>true</main><routeTableId>rtb-main</routeTableId></item>";
    let own = "<item><main>false</main><subnetId>subnet-b</subnetId></item>";
    let subnets = |id, cidr, zone, more| page("DescribeSubnets", "subnetSet", subnet(id, cidr, zone), more);
    let tables = |id, associations, more| {
        page("DescribeRouteTables", "routeTableSet", route_table(id, associations), more)
    };
    scripted
        .always("DescribeSubnets", NEXT_PAGE, subnets("subnet-b", "10.0.32.0/19", "us-east-1b", false))
        .always("DescribeSubnets", VPC, subnets("subnet-a", "10.0.0.0/19", "us-east-1a", true))
        .always("DescribeRouteTables", NEXT_PAGE, tables("rtb-b", own, false))
        .always("DescribeRouteTables", VPC, tables("rtb-main", main, true))
}

async fn function(aws: &ScriptedAws) -> NetworkConfig {
    NetworkConfig::new(&aws.config("us-east-1", 2).await)
}

fn asked(properties: Value) -> crate::Spec {
    serde_json::from_value::<crate::Properties>(properties).unwrap().read().unwrap()
}

#[tokio::test]
async fn it_keeps_the_contract_of_custom_resources() {
    let other = "vpc-00000000000000000";
    let samples = testing::contract::Samples {
        properties: json!({"VpcId": VPC, "SubnetCIDRBlocks": ["10.0.0.0/19"]}),
        updated: json!({"VpcId": VPC, "SubnetCIDRBlocks": ["10.0.32.0/19", "10.0.0.0/19"]}),
        other: json!({"VpcId": other, "SubnetCIDRBlocks": ["10.0.0.0/19"]}),
        bad: json!({"VpcId": VPC, "SubnetCIDRBlocks": []}),
        says: "SubnetCIDRBlocks is empty",
    };
    let aws = || {
        let a = [subnet("subnet-x", "10.0.0.0/19", "us-east-1a")];
        let main = [route_table("rtb-x", "<item><main>true</main></item>")];
        vpc().always("DescribeSubnets", other, ec2::page("DescribeSubnets", "subnetSet", &a, false)).always(
            "DescribeRouteTables",
            other,
            ec2::page("DescribeRouteTables", "routeTableSet", &main, false),
        )
    };
    testing::contract::check_one_shot(&samples, async || function(&aws()).await).await;
}

#[tokio::test]
async fn every_page_is_read_of_one_vpc_only() {
    let aws = vpc();
    let spec = asked(json!({"VpcId": VPC, "SubnetCIDRBlocks": ["10.0.32.0/19", "10.0.0.0/19"]}));
    let observed = function(&aws).await.read(&spec).await.unwrap();
    let answered = json!(NetworkConfig::answer(&spec, &observed).unwrap());
    assert_eq!(
        answered,
        json!({"SubnetIds": ["subnet-b", "subnet-a"], "RouteTableIds": ["rtb-b", "rtb-main"]})
    );
    for operation in ["DescribeSubnets", "DescribeRouteTables"] {
        let requests = aws.requests(operation);
        assert_eq!(requests.len(), 2, "{operation}");
        assert!(
            requests.iter().all(|request| request.contains("vpc-id") && request.contains(VPC)),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_call_is_told_and_a_throttled_one_is_tried_again() {
    let spec = asked(json!({"VpcId": VPC, "SubnetCIDRBlocks": ["10.0.0.0/19"]}));
    for (operation, kind) in [("DescribeSubnets", "subnets"), ("DescribeRouteTables", "route tables")] {
        for (code, transient) in [("UnauthorizedOperation", false), ("RequestLimitExceeded", true)] {
            let refused = ScriptedAws::default().always(operation, "", ec2::refusal(code));
            let aws = vpc_after(refused);
            let error = function(&aws).await.read(&spec).await.unwrap_err();
            let told = chain(&error);
            assert!(told.starts_with(&format!("could not list the {kind} of {VPC}: {code}")), "{told}");
            assert_eq!(is_transient(&error), transient, "{code}");
        }
    }
}

#[test]
fn the_events_are_understood() {
    for (event, count) in [
        ("network-config-stack-create", 2),
        ("network-config-stack-update", 3),
        ("network-config-stack-delete", 3),
    ] {
        let mut properties = testing::event(event)["ResourceProperties"].clone();
        properties.as_object_mut().unwrap().remove("ServiceToken");
        properties.as_object_mut().unwrap().remove("ServiceTimeout");
        assert_eq!(asked(properties).subnets.len(), count, "{event}");
    }
}
