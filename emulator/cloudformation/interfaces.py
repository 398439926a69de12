"""The network interfaces that AWS services put into a subnet: of mount targets, of interface endpoints, of NAT gateways.

They are what stands in the way when somebody else's subnet, security group or VPC is to be deleted, and nobody but the
service can delete them. ministack knows none of them, and does not note who asks for an interface.
"""

import contextvars
import random
import string

from ministack.core.iam_evaluator import CredentialResolutionError, resolve_credential
from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2

# Who AWS says asked for an interface, by its type.
REQUESTERS = {
    "efs": "amazon-efs",
    "vpc_endpoint": "amazon-aws",
    "nat_gateway": "amazon-aws",
}

# The access key of the call in hand.
caller = contextvars.ContextVar("caller", default="")

original_fields = ec2._eni_fields_xml
original_create = ec2._create_network_interface


def install() -> None:
    ec2._eni_fields_xml = fields
    ec2._ACTION_MAP["CreateNetworkInterface"] = create


def new_id(prefix: str) -> str:
    return prefix + "".join(random.choices(string.hexdigits[:16], k=17))


def groups(group_ids: list[str]) -> list[dict]:
    return [
        {"GroupId": group, "GroupName": ec2._security_groups.get(group, {}).get("GroupName", group)}
        for group in group_ids
    ]


def attach(kind: str, subnet_id: str, group_ids: list[str], description: str, interface_id: str | None = None) -> str:
    """Puts an interface of a service into a subnet, in use from the start. Returns its id."""
    interface_id = interface_id or new_id("eni-")
    subnet = ec2._subnets.get(subnet_id) or {}
    ec2._network_interfaces[interface_id] = {
        "NetworkInterfaceId": interface_id,
        "SubnetId": subnet_id,
        "VpcId": subnet.get("VpcId", ""),
        "AvailabilityZone": subnet.get("AvailabilityZone", f"{get_region()}a"),
        "Description": description,
        "OwnerId": get_account_id(),
        "Status": "in-use",
        "PrivateIpAddress": ec2._random_ip("10.0"),
        # AWS shows the interface of a mount target as one of the plain type.
        "InterfaceType": "interface" if kind == "efs" else kind,
        "SourceDestCheck": kind != "nat_gateway",
        "MacAddress": ":".join(f"{random.randint(0, 255):02x}" for _ in range(6)),
        "Groups": groups(group_ids),
        "RequesterId": REQUESTERS[kind],
        "RequesterManaged": True,
        "Attachment": {
            "AttachmentId": new_id("ela-attach-"),
            "DeviceIndex": 1,
            "Status": "attached",
            "AttachTime": ec2._now_ts(),
        },
    }
    return interface_id


def drop(interface_id: str) -> None:
    ec2._network_interfaces.pop(interface_id, None)
    ec2._tags.pop(interface_id, None)


def create(parameters: dict):
    """AWS notes the unique id of the user or of the role's session: `AROA...:SESSION`."""
    known = set(ec2._network_interfaces)
    answer = original_create(parameters)
    for name in set(ec2._network_interfaces) - known:
        interface = ec2._network_interfaces[name]
        found = resolve_credential(caller.get(), get_account_id())
        if not isinstance(found, CredentialResolutionError):
            interface["RequesterId"] = found.principal_id
        answer = ec2._xml(200, "CreateNetworkInterfaceResponse", fields(interface, "networkInterface"))
    return answer


def fields(interface: dict, tag: str = "item") -> str:
    text = original_fields(interface, tag)
    requester, managed = interface.get("RequesterId"), interface.get("RequesterManaged", False)
    asked = f"<requesterId>{requester}</requesterId>" if requester else ""
    asked += f"<requesterManaged>{str(managed).lower()}</requesterManaged>"
    text = text.replace(f"<{tag}>", f"<{tag}>{asked}", 1)
    if not managed:
        return text
    return text.replace("<instanceId></instanceId>", f"<instanceOwnerId>{requester}</instanceOwnerId>", 1)
