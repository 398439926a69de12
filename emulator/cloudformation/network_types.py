"""CloudFormation types of EC2 that ministack lacks while it has their API: addresses, NAT gateways, DHCP options, single rules
of security groups, flow logs. Their handlers call EC2 as a client would, so that what EC2 refuses fails here too.
"""

from collections.abc import Callable

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

import clock
import gateways
import network_permissions
from describe import path
from ec2_client import call, chosen, listed
from forwarded import Provisioned, keep_off_event_loop
from rule_types import rules

TAGGED = ("DHCPOptions", "EIP", "FlowLog", "NatGateway")
# Properties of DHCP options, with the names that EC2 has for them.
DHCP = {
    "DomainName": "domain-name",
    "DomainNameServers": "domain-name-servers",
    "Ipv6AddressPreferredLeaseTime": "ipv6-address-preferred-lease-time",
    "NetbiosNameServers": "netbios-name-servers",
    "NetbiosNodeType": "netbios-node-type",
    "NtpServers": "ntp-servers",
}
RULE = ("CidrIp", "CidrIpv6", "FromPort", "GroupId", "IpProtocol", "ToPort")
# What is replaced rather than updated, by `createOnlyProperties` of CloudFormation's schemas.
REPLACING = {
    "DHCPOptions": tuple(DHCP),
    "EIP": ("Address", "IpamPoolId", "NetworkBorderGroup", "TransferAddress"),
    "FlowLog": (
        *("DeliverCrossAccountRole", "DeliverLogsPermissionArn", "DestinationOptions", "LogDestination", "LogDestinationType"),
        *("LogFormat", "LogGroupName", "MaxAggregationInterval", "ResourceId", "ResourceType", "TagFieldSpecifications"),
        "TrafficType",
    ),
    "NatGateway": ("AllocationId", "AvailabilityMode", "ConnectivityType", "PrivateIpAddress", "SubnetId", "VpcId"),
    "SecurityGroupEgress": (*RULE, "DestinationPrefixListId", "DestinationSecurityGroupId"),
    "SecurityGroupIngress": (
        *(*RULE, "GroupName", "SourcePrefixListId", "SourceSecurityGroupId", "SourceSecurityGroupName"),
        "SourceSecurityGroupOwnerId",
    ),
    "VPCDHCPOptionsAssociation": ("DhcpOptionsId", "VpcId"),
}
# What AWS has and the emulator does not.
REFUSED = {
    "EIP": ("Address", "IpamPoolId", "PublicIpv4Pool", "TransferAddress"),
    "FlowLog": ("TagFieldSpecifications",),
    "NatGateway": (
        *("AvailabilityMode", "AvailabilityZoneAddresses", "SecondaryAllocationIds", "SecondaryPrivateIpAddressCount"),
        *("SecondaryPrivateIpAddresses", "VpcId"),
    ),
}
PREFIX = "AWS::EC2::"


def install(handlers: dict) -> None:
    network_permissions.install()
    keep_off_event_loop(PREFIX + "NatGateway")
    provisioners._STACK_TAG_PROPERTY.update({PREFIX + name: ("Tags", "list") for name in TAGGED})
    for name, (create, update, delete) in HANDLERS.items():
        checked = {"create": creating(name, create), "update": updating(name, update), "delete": delete}
        handlers[PREFIX + name] = checked
        provisioners._REPLACING_PROPERTIES[PREFIX + name] = REPLACING[name]


def refuse(name: str, properties: dict) -> None:
    for member in REFUSED.get(name, ()):
        if properties.get(member):
            raise ValueError(f"the emulator does not have the property {member} of {PREFIX}{name}")


def creating(name: str, create: Callable) -> Callable:
    def make(_logical_id: str, properties: dict, _stack_name: str) -> Provisioned:
        refuse(name, properties)
        physical_id, attributes, tagged = create(properties)
        if name in TAGGED:
            provisioners._ec2_apply_tags(tagged, properties)
        return physical_id, attributes

    return make


def updating(name: str, update: Callable) -> Callable:
    def change(physical_id: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
        refuse(name, new)
        attributes, tagged = update(physical_id, old, new)
        if name in TAGGED:
            provisioners._ec2_apply_tags(tagged, new, old)
        return physical_id, attributes

    return change


# Addresses: the Ref is the address, EC2 knows it by its allocation.


def create_address(properties: dict):
    made = call("AllocateAddress", chosen(properties, "Domain", "NetworkBorderGroup"))
    allocation, address = made.findtext(path("allocationId")), made.findtext(path("publicIp"))
    if properties.get("InstanceId"):
        call("AssociateAddress", {"AllocationId": allocation, "InstanceId": properties["InstanceId"]})
    return address, {"AllocationId": allocation, "PublicIp": address}, allocation


def update_address(physical_id: str, old: dict, new: dict):
    allocation = network_permissions.allocation_of(physical_id)
    if new.get("InstanceId") != old.get("InstanceId"):
        call("DisassociateAddress", {"AssociationId": ec2._addresses[allocation]["AssociationId"]})
        if new.get("InstanceId"):
            call("AssociateAddress", {"AllocationId": allocation, "InstanceId": new["InstanceId"]})
    return {"AllocationId": allocation, "PublicIp": physical_id}, allocation


def delete_address(physical_id: str, properties: dict) -> None:
    allocation = network_permissions.allocation_of(physical_id)
    if properties.get("InstanceId") and allocation in ec2._addresses:
        call("DisassociateAddress", {"AssociationId": ec2._addresses[allocation]["AssociationId"]})
    call("ReleaseAddress", {"AllocationId": allocation}, gone=("InvalidAllocationID.NotFound",))


# NAT gateways.


def create_nat_gateway(properties: dict):
    given = chosen(properties, "AllocationId", "ConnectivityType", "PrivateIpAddress", "SubnetId")
    name = call("CreateNatGateway", given).findtext(f".//{path('natGatewayId')}")
    return name, nat_gateway_attributes(name), name


def nat_gateway_attributes(name: str) -> dict[str, str]:
    return {"NatGatewayId": name, "EniId": ec2._nat_gateways[name]["NetworkInterfaceId"]}


def delete_nat_gateway(physical_id: str, _properties: dict) -> None:
    """Returns once it is deleted: until then it has its address and its interface."""
    call("DeleteNatGateway", {"NatGatewayId": physical_id}, gone=("NatGatewayNotFound",))
    while (ec2._nat_gateways.get(physical_id) or {}).get("State") == "deleting":
        clock.pause(1)
        gateways.settle()


# DHCP options.


def create_dhcp_options(properties: dict):
    given: dict = {}
    present = [(key, properties[name]) for name, key in DHCP.items() if properties.get(name) not in (None, "", [])]
    for index, (key, value) in enumerate(present, 1):
        given[f"DhcpConfiguration.{index}.Key"] = key
        given.update(listed(f"DhcpConfiguration.{index}.Value", value if isinstance(value, list) else [value]))
    name = call("CreateDhcpOptions", given).findtext(f".//{path('dhcpOptionsId')}")
    return name, {"DhcpOptionsId": name}, name


def delete_dhcp_options(physical_id: str, _properties: dict) -> None:
    call("DeleteDhcpOptions", {"DhcpOptionsId": physical_id}, gone=("InvalidDhcpOptionsID.NotFound",))


def associate(properties: dict):
    given = chosen(properties, "DhcpOptionsId", "VpcId")
    call("AssociateDhcpOptions", given)
    return "|".join(given.values()), {}, ""


def dissociate(physical_id: str, _properties: dict) -> None:
    """The VPC goes back to the default, unless it has got other options meanwhile, as in a replacement."""
    options, vpc = physical_id.split("|")
    if (ec2._vpcs.get(vpc) or {}).get("DhcpOptionsId") == options:
        call("AssociateDhcpOptions", {"DhcpOptionsId": "default", "VpcId": vpc})


# Flow logs.


def create_flow_log(properties: dict):
    given = {name: properties.get(name) for name in REPLACING["FlowLog"] if name not in ("DestinationOptions", "ResourceId")}
    name = call("CreateFlowLogs", {**given, "ResourceId.1": properties["ResourceId"]}).findtext(f".//{path('item')}")
    return name, {"Id": name}, name


def delete_flow_log(physical_id: str, _properties: dict) -> None:
    call("DeleteFlowLogs", {"FlowLogId.1": physical_id})


def only_tags(attributes: Callable[[str], dict]) -> Callable:
    """The update of a type of which nothing but tags can change."""
    return lambda physical_id, _old, _new: (attributes(physical_id), physical_id)


HANDLERS = {
    "DHCPOptions": (create_dhcp_options, only_tags(lambda name: {"DhcpOptionsId": name}), delete_dhcp_options),
    "EIP": (create_address, update_address, delete_address),
    "FlowLog": (create_flow_log, only_tags(lambda name: {"Id": name}), delete_flow_log),
    "NatGateway": (create_nat_gateway, only_tags(nat_gateway_attributes), delete_nat_gateway),
    "SecurityGroupEgress": rules(egress=True),
    "SecurityGroupIngress": rules(egress=False),
    "VPCDHCPOptionsAssociation": (associate, only_tags(lambda _name: {}), dissociate),
}
