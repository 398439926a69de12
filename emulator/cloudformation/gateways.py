"""NAT gateways and interface endpoints of ministack's EC2 as AWS has them: they own interfaces and take time to go."""

from collections.abc import Callable

from ministack.core.responses import get_region
from ministack.services import ec2
from ministack.services.cloudformation import provisioners
from ministack.services.ec2 import _error, _p

import clock
import interfaces
import network_calls
import storage
from forwarded import keep_off_event_loop

# Of the order that people see; AWS promises nothing.
NAT_GATEWAY_SECONDS = 40
ENDPOINT_SECONDS = 15


def install(handlers: dict) -> None:
    ec2._ACTION_MAP.update(REPLACED)
    endpoint = handlers["AWS::EC2::VPCEndpoint"]
    endpoint["create"] = connected(endpoint["create"])
    endpoint["update"] = reconnected(endpoint["update"])
    endpoint["delete"] = delete_endpoint_of_stack
    provisioners._REPLACING_PROPERTIES["AWS::EC2::VPCEndpoint"] = ("ServiceName", "VpcEndpointType", "VpcId")
    keep_off_event_loop("AWS::EC2::VPCEndpoint")


def settle() -> None:
    """Takes away what has been going and whose time is over."""
    storage.settle()
    for endpoint in list(ec2._vpc_endpoints.values()):
        if clock.over(endpoint.get("GoneAt")):
            drop_endpoint(endpoint)
    for gateway in ec2._nat_gateways.values():
        if gateway["State"] == "deleting" and clock.over(gateway.get("GoneAt")):
            gateway["State"] = "deleted"
            network_calls.free_address(gateway["AllocationId"])
            interfaces.drop(gateway["NetworkInterfaceId"])


def detach_internet_gateway(parameters: dict):
    name, vpc = _p(parameters, "InternetGatewayId"), _p(parameters, "VpcId")
    gateway = ec2._internet_gateways.get(name)
    if gateway and all(one["VpcId"] != vpc for one in gateway["Attachments"]):
        return _error("Gateway.NotAttached", f"resource {name} is not attached to network {vpc}", 400)
    # NAT gateways are public unless they say otherwise, and a public one has an address of the gateway's.
    if any(
        nat["VpcId"] == vpc and nat["ConnectivityType"] == "public" and nat["State"] != "deleted"
        for nat in ec2._nat_gateways.values()
    ):
        mapped = f"Network {vpc} has some mapped public address(es). "
        advice = "Please unmap those public address(es) before detaching the gateway."
        return _error("DependencyViolation", mapped + advice, 400)
    return ec2._detach_internet_gateway(parameters)


def associate_route_table(parameters: dict):
    """ministack keeps the subnet of an association only; the other kind is one with a gateway."""
    answer = ec2._associate_route_table(parameters)
    table = ec2._route_tables.get(_p(parameters, "RouteTableId"))
    if table and _p(parameters, "GatewayId"):
        table["Associations"][-1]["GatewayId"] = _p(parameters, "GatewayId")
    return answer


def create_nat_gateway(parameters: dict):
    subnet = _p(parameters, "SubnetId")
    if subnet and subnet not in ec2._subnets:
        return _error("InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist", 400)
    allocation = _p(parameters, "AllocationId")
    reason = network_calls.why_no_address(allocation) if allocation else None
    if reason is not None:
        return _error(*reason, 400)
    if not allocation and (_p(parameters, "ConnectivityType") or "public") == "public":
        return _error("MissingParameter", "The request must contain the parameter AllocationId", 400)
    known = set(ec2._nat_gateways)
    answer = ec2._create_nat_gateway(parameters)
    for gateway in ec2._nat_gateways.values():
        name = gateway["NatGatewayId"]
        if name not in known:
            text = f"Interface for NAT Gateway {name}"
            gateway["NetworkInterfaceId"] = interfaces.attach("nat_gateway", subnet, [], text)
            if allocation:
                network_calls.take_address(allocation, gateway["NetworkInterfaceId"])
    return answer


def delete_nat_gateway(parameters: dict):
    gateway = ec2._nat_gateways.get(_p(parameters, "NatGatewayId"))
    if gateway is None:
        name = _p(parameters, "NatGatewayId")
        return _error("NatGatewayNotFound", f"The Nat Gateway {name} was not found", 400)
    if gateway["State"] not in ("deleting", "deleted"):
        gateway.update(State="deleting", GoneAt=clock.after(NAT_GATEWAY_SECONDS))
    answer = f"<natGatewayId>{gateway['NatGatewayId']}</natGatewayId>"
    return ec2._xml(200, "DeleteNatGatewayResponse", answer)


def connect_endpoint(endpoint: dict, group_ids: list[str]) -> None:
    """Gives an interface endpoint its interfaces, one in each of its subnets."""
    if endpoint["VpcEndpointType"] != "Interface":
        return
    vpc = ec2._vpcs.get(endpoint["VpcId"], {})
    endpoint["SecurityGroupIds"] = group_ids or [vpc.get("DefaultSecurityGroupId", "")]
    # An update keeps the interfaces of the subnets that the endpoint stays in.
    held = {ec2._network_interfaces[name]["SubnetId"]: name for name in endpoint.get("NetworkInterfaceIds", [])}
    for subnet in held.keys() - set(endpoint["SubnetIds"]):
        interfaces.drop(held[subnet])
    text = f"VPC Endpoint Interface {endpoint['VpcEndpointId']}"
    endpoint["NetworkInterfaceIds"] = [
        held.get(subnet) or interfaces.attach("vpc_endpoint", subnet, endpoint["SecurityGroupIds"], text)
        for subnet in endpoint["SubnetIds"]
    ]
    for name in endpoint["NetworkInterfaceIds"]:
        ec2._network_interfaces[name]["Groups"] = interfaces.groups(endpoint["SecurityGroupIds"])


def create_endpoint(parameters: dict):
    known = set(ec2._vpc_endpoints)
    answer = ec2._create_vpc_endpoint(parameters)
    for endpoint in list(ec2._vpc_endpoints.values()):
        if endpoint["VpcEndpointId"] not in known:
            connect_endpoint(endpoint, ec2._parse_member_list(parameters, "SecurityGroupId"))
    return answer


def connected(create: Callable) -> Callable:
    def create_of_stack(logical_id: str, properties: dict, stack_name: str):
        name, attributes = create(logical_id, properties, stack_name)
        endpoint = ec2._vpc_endpoints[name]
        connect_endpoint(endpoint, list(properties.get("SecurityGroupIds", [])))
        return name, attributes | attributes_of(endpoint)

    return create_of_stack


def reconnected(update: Callable) -> Callable:
    def update_of_stack(physical_id: str, old: dict, new: dict, stack_name: str):
        name, attributes = update(physical_id, old, new, stack_name)
        endpoint = ec2._vpc_endpoints[name]
        connect_endpoint(endpoint, list(new.get("SecurityGroupIds", [])))
        return name, attributes | attributes_of(endpoint)

    return update_of_stack


def attributes_of(endpoint: dict) -> dict:
    """Those that an interface endpoint has of its own. A name stands behind the id of the hosted zone that it is in."""
    if endpoint["VpcEndpointType"] != "Interface":
        return {}
    service = endpoint["ServiceName"].rpartition(f"{get_region()}.")[2]
    host = f"{endpoint['VpcEndpointId']}-{endpoint['VpcEndpointId'][-8:]}.{service}.{get_region()}.vpce.amazonaws.com"
    return {"DnsEntries": [f"Z7HUB22UULQXV:{host}"], "NetworkInterfaceIds": endpoint["NetworkInterfaceIds"]}


def drop_endpoint(endpoint: dict) -> None:
    for interface in endpoint.get("NetworkInterfaceIds", []):
        interfaces.drop(interface)
    ec2._vpc_endpoints.pop(endpoint["VpcEndpointId"], None)
    ec2._tags.pop(endpoint["VpcEndpointId"], None)


def delete_endpoints(parameters: dict):
    missing = ""
    for name in ec2._parse_member_list(parameters, "VpcEndpointId"):
        endpoint = ec2._vpc_endpoints.get(name)
        if endpoint is None:
            message = f"The Vpc Endpoint Id '{name}' does not exist"
            error = f"<error><code>InvalidVpcEndpoint.NotFound</code><message>{message}</message></error>"
            missing += f"<item>{error}<resourceId>{name}</resourceId></item>"
        elif endpoint["VpcEndpointType"] != "Interface":
            drop_endpoint(endpoint)
        elif endpoint["State"] != "deleting":
            endpoint.update(State="deleting", GoneAt=clock.after(ENDPOINT_SECONDS))
    return ec2._xml(200, "DeleteVpcEndpointsResponse", f"<unsuccessful>{missing}</unsuccessful>")


def delete_endpoint_of_stack(name: str, _properties: dict) -> None:
    delete_endpoints({"VpcEndpointId.1": name})
    while name in ec2._vpc_endpoints:
        clock.pause(1)
        settle()


REPLACED = {
    "AssociateRouteTable": associate_route_table,
    "DetachInternetGateway": detach_internet_gateway,
    "CreateNatGateway": create_nat_gateway,
    "DeleteNatGateway": delete_nat_gateway,
    "CreateVpcEndpoint": create_endpoint,
    "DeleteVpcEndpoints": delete_endpoints,
}
