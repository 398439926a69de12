"""Calls of ministack's EC2 on addresses, DHCP options and flow logs as AWS answers them: an address is associated while a NAT
gateway has it, lists show tags, and a flow log keeps what it was made with.
"""

from xml.sax.saxutils import escape

from ministack.services import ec2
from ministack.services.ec2 import _error, _p

import interfaces

# What a flow log keeps besides what ministack notes: parameter, and element of the description.
KEPT = {
    "DeliverLogsPermissionArn": "deliverLogsPermissionArn",
    "DeliverCrossAccountRole": "deliverCrossAccountRole",
    "LogFormat": "logFormat",
    "LogGroupName": "logGroupName",
    "MaxAggregationInterval": "maxAggregationInterval",
}
# EC2's defaults, by the reference of CreateFlowLogs.
FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} "
    "${start} ${end} ${action} ${log-status}"
)
INTERVAL = "600"


def install() -> None:
    ec2._ACTION_MAP.update(REPLACED)


def elements(pairs: dict[str, str | None]) -> str:
    """XML elements of what has a value."""
    return "".join(f"<{name}>{escape(str(item))}</{name}>" for name, item in pairs.items() if item)


# Addresses.


def describe_addresses(_parameters: dict):
    items = "".join(
        f"<item>{elements(address_members(address))}{ec2._tag_set_xml(address['AllocationId'])}</item>"
        for address in ec2._addresses.values()
    )
    return ec2._xml(200, "DescribeAddressesResponse", f"<addressesSet>{items}</addressesSet>")


def address_members(address: dict) -> dict[str, str | None]:
    names = ("AllocationId", "AssociationId", "Domain", "InstanceId", "NetworkInterfaceId", "PrivateIpAddress", "PublicIp")
    return {name[0].lower() + name[1:]: address.get(name) for name in names}


def why_no_address(allocation: str) -> tuple[str, str] | None:
    """Why an address cannot be given to a NAT gateway."""
    address = ec2._addresses.get(allocation)
    if address is None:
        return "InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist"
    if address["AssociationId"]:
        text = f"resource {allocation} is already associated with associate-id {address['AssociationId']}"
        return "Resource.AlreadyAssociated", text
    return None


def take_address(allocation: str, interface_id: str) -> None:
    """Gives an address to the interface of a NAT gateway."""
    ec2._addresses[allocation].update(
        AssociationId=interfaces.new_id("eipassoc-"),
        NetworkInterfaceId=interface_id,
        PrivateIpAddress=ec2._network_interfaces[interface_id]["PrivateIpAddress"],
    )


def free_address(allocation: str) -> None:
    address = ec2._addresses.get(allocation)
    if address is not None:
        address.update(AssociationId=None, NetworkInterfaceId=None, PrivateIpAddress=None)


def describe_nat_gateways(_parameters: dict):
    items = "".join(f"<item>{nat_gateway_fields(gateway)}</item>" for gateway in ec2._nat_gateways.values())
    return ec2._xml(200, "DescribeNatGatewaysResponse", f"<natGatewaySet>{items}</natGatewaySet>")


def nat_gateway_fields(gateway: dict) -> str:
    names = ("NatGatewayId", "SubnetId", "VpcId", "State", "ConnectivityType", "CreateTime")
    own = elements({name[0].lower() + name[1:]: gateway[name] for name in names})
    interface = ec2._network_interfaces.get(gateway.get("NetworkInterfaceId"), {})
    address = ec2._addresses.get(gateway.get("AllocationId"), {})
    of_address = elements(
        {
            "allocationId": address.get("AllocationId"),
            "associationId": address.get("AssociationId"),
            "networkInterfaceId": interface.get("NetworkInterfaceId"),
            "privateIp": interface.get("PrivateIpAddress"),
            "publicIp": address.get("PublicIp"),
        }
    )
    addresses = f"<item>{of_address}<isPrimary>true</isPrimary><status>succeeded</status></item>" if of_address else ""
    tags = ec2._tag_set_xml(gateway["NatGatewayId"])
    return f"{own}<natGatewayAddressSet>{addresses}</natGatewayAddressSet>{tags}"


# DHCP options.


def describe_dhcp_options(_parameters: dict):
    items = ""
    for options in ec2._dhcp_options.values():
        configurations = ""
        for one in options["DhcpConfigurations"]:
            values = "".join(f"<item>{elements({'value': value})}</item>" for value in one["Values"])
            configurations += f"<item>{elements({'key': one['Key']})}<valueSet>{values}</valueSet></item>"
        own = elements({"dhcpOptionsId": options["DhcpOptionsId"], "ownerId": options["OwnerId"]})
        tags = ec2._tag_set_xml(options["DhcpOptionsId"])
        items += f"<item>{own}<dhcpConfigurationSet>{configurations}</dhcpConfigurationSet>{tags}</item>"
    return ec2._xml(200, "DescribeDhcpOptionsResponse", f"<dhcpOptionsSet>{items}</dhcpOptionsSet>")


# Flow logs.


def create_flow_logs(parameters: dict):
    kind = _p(parameters, "LogDestinationType") or "cloud-watch-logs"
    if kind == "cloud-watch-logs":
        if not _p(parameters, "DeliverLogsPermissionArn"):
            text = "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
            return _error("InvalidParameter", text, 400)
        if not (_p(parameters, "LogGroupName") or _p(parameters, "LogDestination")):
            return _error("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.", 400)
    known = set(ec2._flow_logs)
    answer = ec2._create_flow_logs(parameters)
    for log in ec2._flow_logs.values():
        if log["FlowLogId"] not in known:
            log.update({name: _p(parameters, name) for name in KEPT})
            log["LogFormat"] = log["LogFormat"] or FORMAT
            log["MaxAggregationInterval"] = log["MaxAggregationInterval"] or INTERVAL
            log["LogDestination"] = _p(parameters, "LogDestination")
    return answer


def describe_flow_logs(_parameters: dict):
    names = ("FlowLogId", "ResourceId", "TrafficType", "LogDestinationType", "LogDestination", "FlowLogStatus", "CreationTime")
    shown = {**{name: name[0].lower() + name[1:] for name in names}, **KEPT}
    items = ""
    for log in ec2._flow_logs.values():
        own = elements({element: log.get(name) for name, element in shown.items()})
        delivered = "<deliverLogsStatus>SUCCESS</deliverLogsStatus>"
        items += f"<item>{own}{delivered}{ec2._tag_set_xml(log['FlowLogId'])}</item>"
    return ec2._xml(200, "DescribeFlowLogsResponse", f"<flowLogSet>{items}</flowLogSet>")


def delete_flow_logs(parameters: dict):
    missing = ""
    for name in ec2._parse_member_list(parameters, "FlowLogId"):
        if name not in ec2._flow_logs:
            code, message = "InvalidFlowLogId.NotFound", f"These flow log ids in the input list are not found: {name}"
            error = f"<error>{elements({'code': code, 'message': message})}</error>"
            missing += f"<item>{error}{elements({'resourceId': name})}</item>"
    ec2._delete_flow_logs(parameters)
    return ec2._xml(200, "DeleteFlowLogsResponse", f"<unsuccessful>{missing}</unsuccessful>")


REPLACED = {
    "CreateFlowLogs": create_flow_logs,
    "DeleteFlowLogs": delete_flow_logs,
    "DescribeAddresses": describe_addresses,
    "DescribeDhcpOptions": describe_dhcp_options,
    "DescribeFlowLogs": describe_flow_logs,
    "DescribeNatGateways": describe_nat_gateways,
}
