"""Where ministack's EC2 deletes what AWS refuses to: anything that another resource still stands on or points to.

Each rule is written once, as a sentence or None, and asked both by the API and by the CloudFormation types, whose
handlers in ministack do not go through the API.
"""

from collections.abc import Callable

from ministack.services import ec2
from ministack.services.ec2 import _error, _p

from gateways import settle

# Why something stays: AWS's error code and message, or None if nothing holds it.
Reason = tuple[str, str] | None


def install(handlers: dict) -> None:
    for action, original in list(ec2._ACTION_MAP.items()):
        ec2._ACTION_MAP[action] = settled(original)
    for action, (parameter, why) in REFUSALS.items():
        ec2._ACTION_MAP[action] = refusing(ec2._ACTION_MAP[action], parameter, why)
    parse = ec2._parse_ip_permissions
    ec2._parse_ip_permissions = lambda *given: [single for rule in parse(*given) for single in singles(rule)]
    for kind, why in STACK_TYPES.items():
        handlers[kind]["delete"] = refusing_stack(handlers[kind]["delete"], why)


def settled(original: Callable) -> Callable:
    def call(parameters: dict):
        settle()
        return original(parameters)

    return call


def refusing(original: Callable, parameter: str, why: Callable[[str], Reason]) -> Callable:
    def call(parameters: dict):
        settle()
        name = _p(parameters, parameter)
        reason = why(name)
        if reason is not None:
            return _error(*reason, 400)
        answer = original(parameters)
        if answer[0] == 200:
            forget(name)
        return answer

    return call


def refusing_stack(original: Callable, why: Callable[[str], Reason]) -> Callable:
    def delete(name: str, properties: dict) -> None:
        settle()
        reason = why(name)
        if reason is not None:
            # As CloudFormation words it once it has given up trying again.
            raise ValueError(f"{reason[1]} (Service: Ec2, Status Code: 400, Error Code: {reason[0]})")
        original(name, properties)
        forget(name)

    return delete


def forget(name: str) -> None:
    """What AWS takes away along with a subnet: its place in a route table and in a network ACL."""
    if name.startswith("subnet-"):
        for table in [*ec2._route_tables.values(), *ec2._network_acls.values()]:
            table["Associations"] = [one for one in table["Associations"] if one.get("SubnetId") != name]


# Why something stays.


def depends(kind: str, name: str) -> Reason:
    return "DependencyViolation", f"The {kind} '{name}' has dependencies and cannot be deleted."


def why_subnet(name: str) -> Reason:
    inside = any(interface["SubnetId"] == name for interface in ec2._network_interfaces.values())
    running = any(
        instance.get("SubnetId") == name and instance["State"]["Name"] != "terminated"
        for instance in ec2._instances.values()
    )
    return depends("subnet", name) if inside or running else None


def why_security_group(name: str) -> Reason:
    on_interface = any(
        group["GroupId"] == name for interface in ec2._network_interfaces.values() for group in interface["Groups"]
    )
    named = any(
        pair.get("GroupId") == name
        for group in ec2._security_groups.values()
        if group["GroupId"] != name
        for rule in [*group["IpPermissions"], *group["IpPermissionsEgress"]]
        for pair in rule.get("UserIdGroupPairs", [])
    )
    if on_interface or named:
        return "DependencyViolation", f"resource {name} has a dependent object"
    return None


def why_vpc(name: str) -> Reason:
    def of_vpc(store) -> list[dict]:
        return [item for item in store.values() if item.get("VpcId") == name]

    def attached(store) -> bool:
        return any(one.get("VpcId") == name for gateway in store.values() for one in gateway.get("Attachments", []))

    holders = [
        of_vpc(ec2._subnets),
        [group for group in of_vpc(ec2._security_groups) if group["GroupName"] != "default"],
        attached(ec2._internet_gateways) or attached(ec2._vpn_gateways),
        of_vpc(ec2._egress_igws),
        of_vpc(ec2._vpc_endpoints),
        of_vpc(ec2._network_interfaces),
        [gateway for gateway in of_vpc(ec2._nat_gateways) if gateway["State"] != "deleted"],
        [table for table in of_vpc(ec2._route_tables) if not is_main(table)],
        [acl for acl in of_vpc(ec2._network_acls) if not acl["IsDefault"]],
        [
            peering
            for peering in ec2._vpc_peering.values()
            if name in (peering["RequesterVpcInfo"]["VpcId"], peering["AccepterVpcInfo"]["VpcId"])
            and peering["Status"]["Code"] in ("active", "pending-acceptance", "provisioning")
        ],
    ]
    return depends("vpc", name) if any(holders) else None


def is_main(table: dict) -> bool:
    return any(association.get("Main") for association in table["Associations"])


def why_route_table(name: str) -> Reason:
    table = ec2._route_tables.get(name)
    return depends("routeTable", name) if table and table["Associations"] else None


def why_internet_gateway(name: str) -> Reason:
    gateway = ec2._internet_gateways.get(name)
    return depends("internetGateway", name) if gateway and gateway["Attachments"] else None


def why_vpn_gateway(name: str) -> Reason:
    gateway = ec2._vpn_gateways.get(name)
    if gateway and gateway["Attachments"]:
        return "IncorrectState", f"The vpnGateway '{name}' is attached."
    return None


def why_network_acl(name: str) -> Reason:
    acl = ec2._network_acls.get(name)
    if acl and acl["IsDefault"]:
        return "InvalidParameterValue", f"cannot delete default network ACL {name}"
    return depends("networkAcl", name) if acl and acl["Associations"] else None


def why_interface(name: str) -> Reason:
    interface = ec2._network_interfaces.get(name)
    if interface and interface["Status"] == "in-use":
        return "InvalidParameterValue", f"Network interface '{name}' is currently in use."
    return None


def why_attachment(name: str) -> Reason:
    """Of DetachNetworkInterface: a service's attachment is not the user's to end."""
    if name.startswith("ela-attach-"):
        return "OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments."
    return None


def why_association(name: str) -> Reason:
    for table in ec2._route_tables.values():
        for association in table["Associations"]:
            if association["RouteTableAssociationId"] == name:
                main = f"cannot disassociate the main route table association {name}"
                return ("InvalidParameterValue", main) if association.get("Main") else None
    return "InvalidAssociationID.NotFound", f"The association ID '{name}' does not exist"


def why_address(name: str) -> Reason:
    address = ec2._addresses.get(name)
    if address and address["AssociationId"]:
        return "InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use."
    return None


def why_dhcp_options(name: str) -> Reason:
    used = any(vpc.get("DhcpOptionsId") == name for vpc in ec2._vpcs.values())
    return depends("dhcpOptions", name) if used else None


REFUSALS = {
    "DeleteDhcpOptions": ("DhcpOptionsId", why_dhcp_options),
    "ReleaseAddress": ("AllocationId", why_address),
    "DeleteSubnet": ("SubnetId", why_subnet),
    "DeleteSecurityGroup": ("GroupId", why_security_group),
    "DeleteVpc": ("VpcId", why_vpc),
    "DeleteRouteTable": ("RouteTableId", why_route_table),
    "DeleteInternetGateway": ("InternetGatewayId", why_internet_gateway),
    "DeleteVpnGateway": ("VpnGatewayId", why_vpn_gateway),
    "DeleteNetworkAcl": ("NetworkAclId", why_network_acl),
    "DeleteNetworkInterface": ("NetworkInterfaceId", why_interface),
    "DetachNetworkInterface": ("AttachmentId", why_attachment),
    "DisassociateRouteTable": ("AssociationId", why_association),
}
STACK_TYPES = {
    "AWS::EC2::Subnet": why_subnet,
    "AWS::EC2::SecurityGroup": why_security_group,
    "AWS::EC2::VPC": why_vpc,
    "AWS::EC2::RouteTable": why_route_table,
    "AWS::EC2::InternetGateway": why_internet_gateway,
}


def singles(rule: dict) -> list[dict]:
    """One rule per source: AWS gives each an id of its own, ministack all of a permission the same."""
    sources = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
    empty = {**rule, **{name: [] for name in sources}}
    parts = [{**empty, name: [one]} for name in sources for one in rule.get(name, [])]
    return parts if len(parts) > 1 else [rule]
