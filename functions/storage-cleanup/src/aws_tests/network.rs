//! All of a VPC is seen before any of it is touched, and what of it is others'.

use super::{function, scripted};
use crate::observation::{NatGateway, RouteTable, Thing};
use crate::samples::{DOMAIN_ARN, VPC, spec};
use crate::spec::{Storage, Vpc};
use serde_json::json;
use shared::error::chain;
use shared::reconcile::step::Reconcile;
use testing::{ScriptedAws, ec2, reply};

/// Every list of what is in a VPC, two pages each, with one thing of others of each kind.
fn vpc() -> ScriptedAws {
    with_vpc(scripted())
}

fn with_vpc(aws: ScriptedAws) -> ScriptedAws {
    let vpc = |more: &str| format!("<vpcId>{VPC}</vpcId><ownerId>111122223333</ownerId>{more}");
    let own_tag =
        format!("<tagSet><item><key>sm-mlops:clean-up</key><value>{DOMAIN_ARN}</value></item></tagSet>");
    let attached =
        format!("<attachmentSet><item><vpcId>{VPC}</vpcId><state>attached</state></item></attachmentSet>");
    let main = "<associationSet><item><main>true</main></item></associationSet>";
    let part = "<associationSet><item><routeTableAssociationId>rta-1</routeTableAssociationId></item></associationSet>";
    let nat = "<natGatewayAddressSet><item><networkInterfaceId>eni-nat</networkInterfaceId>\
               <allocationId>eipalloc-1</allocationId></item></natGatewayAddressSet>";
    let code = |code: &str| format!("<status><code>{code}</code></status>");
    let one = |tag: &str, id: &str, more: &str| format!("<{tag}>{id}</{tag}>{more}");
    let eni =
        |id: &str| one("networkInterfaceId", id, "<status>in-use</status><description>web</description>");
    let sg = |id: &str, name: &str| one("groupId", id, &format!("<groupName>{name}</groupName>"));
    let lists: &[(&str, &str, [String; 2])] = &[
        ("DescribeVpcs", "vpcSet", [vpc(&own_tag), one("vpcId", "vpc-9", "")]),
        (
            "DescribeVpcEndpoints",
            "vpcEndpointSet",
            [
                one("vpcEndpointId", "vpce-1", "<state>deleting</state>"),
                one("vpcEndpointId", "vpce-2", "<requesterManaged>true</requesterManaged>"),
            ],
        ),
        (
            "DescribeNatGateways",
            "natGatewaySet",
            [one("natGatewayId", "nat-1", nat), one("natGatewayId", "nat-2", "<state>deleted</state>")],
        ),
        (
            "DescribeInternetGateways",
            "internetGatewaySet",
            [one("internetGatewayId", "igw-1", ""), one("internetGatewayId", "igw-2", "")],
        ),
        (
            "DescribeEgressOnlyInternetGateways",
            "egressOnlyInternetGatewaySet",
            [
                one("egressOnlyInternetGatewayId", "eigw-1", &attached),
                one("egressOnlyInternetGatewayId", "eigw-2", ""),
            ],
        ),
        ("DescribeSubnets", "subnetSet", [one("subnetId", "subnet-1", ""), one("subnetId", "subnet-2", "")]),
        (
            "DescribeRouteTables",
            "routeTableSet",
            [one("routeTableId", "rtb-main", main), one("routeTableId", "rtb-1", part)],
        ),
        (
            "DescribeNetworkAcls",
            "networkAclSet",
            [one("networkAclId", "acl-0", "<default>true</default>"), one("networkAclId", "acl-1", "")],
        ),
        ("DescribeSecurityGroups", "securityGroupInfo", [sg("sg-0", "default"), sg("sg-1", "web")]),
        ("DescribeNetworkInterfaces", "networkInterfaceSet", [eni("eni-nat"), eni("eni-web")]),
        (
            "DescribeVpcPeeringConnections",
            "vpcPeeringConnectionSet",
            [
                one("vpcPeeringConnectionId", "pcx-1", &code("active")),
                one("vpcPeeringConnectionId", "pcx-2", &code("deleted")),
            ],
        ),
    ];
    let mut service = aws;
    for (operation, set, [first, second]) in lists {
        service = service
            .always(operation, ec2::NEXT_PAGE, ec2::page(operation, set, std::slice::from_ref(second), false))
            .always(operation, "", ec2::page(operation, set, std::slice::from_ref(first), true));
    }
    let vgw = format!(
        "<vpnGatewayId>vgw-1</vpnGatewayId><attachments><item><vpcId>{VPC}</vpcId><state>attached</state></item></attachments>"
    );
    let domain = |id: &str| json!({"DomainId": id});
    let there = json!({"DomainId": "d-2", "Status": "InService", "VpcId": VPC}).to_string();
    service
        .always("DescribeVpnGateways", "", ec2::page("DescribeVpnGateways", "vpnGatewaySet", &[vgw], false))
        .on_containing("ListDomains", "page-2", (200, json!({"Domains": [domain("d-2")]}).to_string()))
        .on_containing(
            "ListDomains",
            "",
            (200, json!({"Domains": [domain("d-1")], "NextToken": "page-2"}).to_string()),
        )
        .always("DescribeDomain", "d-2", (200, there))
}

#[tokio::test]
async fn all_of_a_vpc_is_observed_and_what_of_it_is_others() {
    let observed = function(&vpc()).await.observe(&spec(Storage::Keep, Vpc::Delete)).await.unwrap();
    assert_eq!(
        observed.networks.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(),
        [VPC],
        "found by its mark alone"
    );
    let has = &observed.networks[0].contents;
    assert_eq!(has.endpoints, [Thing { id: "vpce-1".to_owned(), leaving: true }]);
    let addresses = vec!["eipalloc-1".to_owned()];
    assert_eq!(has.nat_gateways, [NatGateway { id: "nat-1".to_owned(), leaving: false, addresses }]);
    assert_eq!(
        (&has.internet_gateways[..], &has.egress_gateways[..]),
        (&["igw-1".to_owned(), "igw-2".to_owned()][..], &["eigw-1".to_owned()][..])
    );
    assert_eq!(has.subnets, ["subnet-1", "subnet-2"]);
    assert_eq!(
        has.route_tables,
        [RouteTable { id: "rtb-1".to_owned(), associations: vec!["rta-1".to_owned()] }]
    );
    assert_eq!(has.acls, ["acl-1"]);
    assert_eq!(has.groups.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["sg-1"]);
    assert_eq!(has.interfaces.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["eni-nat"]);
    let others = [
        "VPC endpoint vpce-2, which a service manages",
        "VPN gateway vgw-1",
        "domain d-2",
        "network interface eni-web (web)",
        "peering connection pcx-1",
    ];
    assert_eq!(has.others.iter().map(String::as_str).collect::<Vec<_>>(), others);
}

#[tokio::test]
async fn a_list_that_is_not_read_is_an_error_that_names_it() {
    let of = spec(Storage::Keep, Vpc::Delete);
    for (operation, what) in [
        ("DescribeFileSystems", "file systems"),
        ("DescribeSecurityGroups", "security groups"),
        ("DescribeVpcs", "VPCs"),
        ("DescribeSubnets", "subnets"),
        ("DescribeNetworkInterfaces", "network interfaces"),
        ("ListDomains", "domains"),
    ] {
        let json = ["DescribeFileSystems", "ListDomains"].contains(&operation);
        let reply = if json {
            reply::refusal("AccessDeniedException")
        } else {
            ec2::refusal("UnauthorizedOperation")
        };
        let service = with_vpc(scripted().always(operation, "", reply));
        let error = function(&service).await.observe(&of).await.unwrap_err();
        assert!(chain(&error).starts_with(&format!("could not list {what}: ")), "{}", chain(&error));
    }
}
