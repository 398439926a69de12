"""Describe* calls of ministack's EC2 as AWS answers them: every filter counts, a filter nobody knows and an id that is
not there are errors, and lists come in pages. Done on the answers, where names are those of AWS.
"""

import re
from collections.abc import Callable
from xml.etree import ElementTree

from ministack.services import ec2
from ministack.services.ec2 import _error, _p

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
LARGEST_PAGE = 1000

# Per call: element of the list; parameter, element and error code of an id; filters and where their values are.
# Filters on tags are the same everywhere.
LISTS = {
    "DescribeNetworkInterfaces": (
        "networkInterfaceSet",
        ("NetworkInterfaceId", "networkInterfaceId", "InvalidNetworkInterfaceID.NotFound"),
        {
            "description": "description",
            "group-id": "groupSet/item/groupId",
            "group-name": "groupSet/item/groupName",
            "interface-type": "interfaceType",
            "network-interface-id": "networkInterfaceId",
            "requester-id": "requesterId",
            "requester-managed": "requesterManaged",
            "status": "status",
            "subnet-id": "subnetId",
            "vpc-id": "vpcId",
        },
    ),
    "DescribeSecurityGroups": (
        "securityGroupInfo",
        None,
        {"description": "groupDescription", "group-id": "groupId", "group-name": "groupName", "vpc-id": "vpcId"},
    ),
    "DescribeSecurityGroupRules": (
        "securityGroupRuleSet",
        ("SecurityGroupRuleId", "securityGroupRuleId", "InvalidSecurityGroupRuleId.NotFound"),
        {"group-id": "groupId", "security-group-rule-id": "securityGroupRuleId"},
    ),
    "DescribeVpcs": (
        "vpcSet",
        None,
        {"cidr": "cidrBlock", "is-default": "isDefault", "state": "state", "vpc-id": "vpcId", "owner-id": "ownerId"},
    ),
    "DescribeSubnets": (
        "subnetSet",
        None,
        {
            "availability-zone": "availabilityZone",
            "cidr-block": "cidrBlock",
            "default-for-az": "defaultForAz",
            "state": "state",
            "subnet-id": "subnetId",
            "vpc-id": "vpcId",
        },
    ),
    "DescribeRouteTables": (
        "routeTableSet",
        ("RouteTableId", "routeTableId", "InvalidRouteTableID.NotFound"),
        {
            "association.main": "associationSet/item/main",
            "association.route-table-association-id": "associationSet/item/routeTableAssociationId",
            "association.subnet-id": "associationSet/item/subnetId",
            "route-table-id": "routeTableId",
            "vpc-id": "vpcId",
        },
    ),
    "DescribeInternetGateways": (
        "internetGatewaySet",
        None,
        {
            "attachment.state": "attachmentSet/item/state",
            "attachment.vpc-id": "attachmentSet/item/vpcId",
            "internet-gateway-id": "internetGatewayId",
            "owner-id": "ownerId",
        },
    ),
    # Of this one AWS knows filters on tags only.
    "DescribeEgressOnlyInternetGateways": (
        "egressOnlyInternetGatewaySet",
        ("EgressOnlyInternetGatewayId", "egressOnlyInternetGatewayId", "InvalidGatewayID.NotFound"),
        {},
    ),
    "DescribeNatGateways": (
        "natGatewaySet",
        ("NatGatewayId", "natGatewayId", "NatGatewayNotFound"),
        {"nat-gateway-id": "natGatewayId", "state": "state", "subnet-id": "subnetId", "vpc-id": "vpcId"},
    ),
    "DescribeAddresses": (
        "addressesSet",
        ("AllocationId", "allocationId", "InvalidAllocationID.NotFound"),
        {
            "allocation-id": "allocationId",
            "association-id": "associationId",
            "domain": "domain",
            "instance-id": "instanceId",
            "network-interface-id": "networkInterfaceId",
            "public-ip": "publicIp",
        },
    ),
    "DescribeDhcpOptions": (
        "dhcpOptionsSet",
        ("DhcpOptionsId", "dhcpOptionsId", "InvalidDhcpOptionID.NotFound"),
        {"dhcp-options-id": "dhcpOptionsId", "key": "dhcpConfigurationSet/item/key", "owner-id": "ownerId"},
    ),
    "DescribeFlowLogs": (
        "flowLogSet",
        ("FlowLogId", "flowLogId", "InvalidFlowLogId.NotFound"),
        {
            "deliver-log-status": "deliverLogsStatus",
            "flow-log-id": "flowLogId",
            "log-destination-type": "logDestinationType",
            "log-group-name": "logGroupName",
            "resource-id": "resourceId",
            "traffic-type": "trafficType",
        },
    ),
    "DescribeVpcEndpoints": (
        "vpcEndpointSet",
        ("VpcEndpointId", "vpcEndpointId", "InvalidVpcEndpointId.NotFound"),
        {
            "service-name": "serviceName",
            "vpc-endpoint-id": "vpcEndpointId",
            "vpc-endpoint-state": "state",
            "vpc-endpoint-type": "vpcEndpointType",
            "vpc-id": "vpcId",
        },
    ),
    "DescribeNetworkAcls": (
        "networkAclSet",
        ("NetworkAclId", "networkAclId", "InvalidNetworkAclID.NotFound"),
        {
            "association.subnet-id": "associationSet/item/subnetId",
            "default": "default",
            "network-acl-id": "networkAclId",
            "vpc-id": "vpcId",
        },
    ),
    "DescribeVpcPeeringConnections": (
        "vpcPeeringConnectionSet",
        ("VpcPeeringConnectionId", "vpcPeeringConnectionId", "InvalidVpcPeeringConnectionID.NotFound"),
        {
            "accepter-vpc-info.vpc-id": "accepterVpcInfo/vpcId",
            "requester-vpc-info.vpc-id": "requesterVpcInfo/vpcId",
            "status-code": "status/code",
            "vpc-peering-connection-id": "vpcPeeringConnectionId",
        },
    ),
    "DescribeVpnGateways": (
        "vpnGatewaySet",
        ("VpnGatewayId", "vpnGatewayId", "InvalidVpnGatewayID.NotFound"),
        {
            "attachment.state": "attachments/item/state",
            "attachment.vpc-id": "attachments/item/vpcId",
            "state": "state",
            "vpn-gateway-id": "vpnGatewayId",
        },
    ),
    "DescribeTransitGatewayVpcAttachments": (
        "transitGatewayVpcAttachments",
        ("TransitGatewayAttachmentIds", "transitGatewayAttachmentId", "InvalidTransitGatewayAttachmentID.NotFound"),
        {
            "state": "state",
            "transit-gateway-attachment-id": "transitGatewayAttachmentId",
            "transit-gateway-id": "transitGatewayId",
            "vpc-id": "vpcId",
        },
    ),
}

original_endpoint_fields = ec2._vpce_fields_xml


def install() -> None:
    ElementTree.register_namespace("", NAMESPACE)
    # ministack has no transit gateways: an account without any is one that AWS knows too.
    none = "<transitGatewayVpcAttachments/>"
    ec2._ACTION_MAP.setdefault(
        "DescribeTransitGatewayVpcAttachments",
        lambda _parameters: ec2._xml(200, "DescribeTransitGatewayVpcAttachmentsResponse", none),
    )
    ec2._vpce_fields_xml = endpoint_fields
    for action, known in LISTS.items():
        ec2._ACTION_MAP[action] = listing(ec2._ACTION_MAP[action], *known)


def endpoint_fields(endpoint: dict, tag: str = "item") -> str:
    """With the groups and interfaces of an interface endpoint, which ministack leaves out."""
    groups = "".join(f"<item><groupId>{one}</groupId></item>" for one in endpoint.get("SecurityGroupIds", []))
    attached = "".join(f"<item>{one}</item>" for one in endpoint.get("NetworkInterfaceIds", []))
    more = f"<groupSet>{groups}</groupSet><networkInterfaceIdSet>{attached}</networkInterfaceIdSet>"
    return original_endpoint_fields(endpoint, tag).replace("<subnetIdSet>", f"{more}<subnetIdSet>", 1)


def path(text: str) -> str:
    return "/".join(f"{{{NAMESPACE}}}{part}" for part in text.split("/"))


def listing(original: Callable, member: str, identity: tuple | None, filters: dict[str, str]) -> Callable:
    def call(parameters: dict):
        wanted = ec2._parse_filters(parameters)
        for name in wanted:
            if name not in filters and not name.startswith("tag:") and name not in ("tag-key", "tag-value"):
                return _error("InvalidParameterValue", f"The filter '{name}' is invalid", 400)
        # ministack compares some of them, and takes `*` and `?` for themselves.
        unfiltered = {name: item for name, item in parameters.items() if not name.startswith("Filter.")}
        status, headers, body = original(unfiltered)
        if status != 200:
            return status, headers, body
        root = ElementTree.fromstring(body)
        items = list(root.find(path(member)))
        if identity is not None:
            parameter, element, code = identity
            there = {item.findtext(path(element)) for item in items}
            for name in ec2._parse_member_list(parameters, parameter):
                if name not in there:
                    return _error(code, f"The ID '{name}' does not exist", 400)
        items = [item for item in items if all(matches(item, filters, *pair) for pair in wanted.items())]
        return page(root, member, items, parameters, headers)

    return call


def matches(item: ElementTree.Element, filters: dict[str, str], name: str, values: list[str]) -> bool:
    if name in filters:
        found = {element.text or "" for element in item.findall(path(filters[name]))}
    else:
        pairs = [
            (tag.findtext(path("key")), tag.findtext(path("value")) or "") for tag in item.findall(path("tagSet/item"))
        ]
        if name.startswith("tag:"):
            found = {value for key, value in pairs if key == name.removeprefix("tag:")}
        else:
            found = {pair[name == "tag-value"] for pair in pairs}
    patterns = [pattern(value) for value in values]
    return any(one.fullmatch(text) for one in patterns for text in found)


def pattern(value: str) -> re.Pattern:
    """`*` stands for any text and `?` for one character, unless a backslash is before it."""
    parts = re.findall(r"\\.|.", value, re.DOTALL)
    signs = {"*": ".*", "?": "."}
    return re.compile("".join(signs.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL)


def page(root: ElementTree.Element, member: str, items: list, parameters: dict, headers: dict):
    """The part of the list that MaxResults and NextToken ask for."""
    size, token = _p(parameters, "MaxResults"), _p(parameters, "NextToken") or "0"
    if size and not 5 <= int(size) <= LARGEST_PAGE:
        message = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value from 5 to {LARGEST_PAGE}."
        return _error("InvalidParameterValue", message, 400)
    if not token.isdigit():
        return _error("InvalidParameterValue", "The token is invalid", 400)
    start = int(token)
    end = start + int(size or LARGEST_PAGE)
    parent = root.find(path(member))
    for item in list(parent):
        parent.remove(item)
    parent.extend(items[start:end])
    if end < len(items):
        ElementTree.SubElement(root, path("nextToken")).text = str(end)
    return 200, headers, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
