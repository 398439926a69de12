"""What IAM checks a call on, where ministack knows it less exactly than AWS: the resources of EC2, EFS, Systems Manager
and CloudFormation calls, their tags in conditions, and the encryption context of KMS. After AWS's Service Authorization Reference.
"""

import contextvars
import json

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, efs, kms, s3, tagging
from ministack.services.cloudformation import _change_sets

import key_use
import principals
import roles

# EC2: the parameters that name what a call is checked on, with the type of resource in its ARN, or none if its id tells it.
# `.*` is a list, `?` may be left out, and what a call makes has no name yet.
EC2_RESOURCES = {
    "AssociateDhcpOptions": [("DhcpOptionsId", "dhcp-options"), ("VpcId", "vpc")],
    "AuthorizeSecurityGroupEgress": [("GroupId", "security-group")],
    "AuthorizeSecurityGroupIngress": [("GroupId", "security-group")],
    "CreateFlowLogs": [("FlowLogId", "vpc-flow-log"), ("ResourceId.*", "")],
    "CreateNatGateway": [("NatGatewayId", "natgateway"), ("SubnetId", "subnet"), ("AllocationId?", "elastic-ip")],
    "DeleteDhcpOptions": [("DhcpOptionsId", "dhcp-options")],
    "DeleteEgressOnlyInternetGateway": [("EgressOnlyInternetGatewayId", "egress-only-internet-gateway")],
    "DeleteFlowLogs": [("FlowLogId.*", "vpc-flow-log")],
    "DeleteInternetGateway": [("InternetGatewayId", "internet-gateway")],
    "DeleteNatGateway": [("NatGatewayId", "natgateway")],
    "DeleteNetworkAcl": [("NetworkAclId", "network-acl")],
    "DeleteNetworkInterface": [("NetworkInterfaceId", "network-interface")],
    "DeleteRouteTable": [("RouteTableId", "route-table")],
    "DeleteSecurityGroup": [("GroupId", "security-group")],
    "DeleteSubnet": [("SubnetId", "subnet")],
    "DeleteVpc": [("VpcId", "vpc")],
    "DeleteVpcEndpoints": [("VpcEndpointId.*", "vpc-endpoint")],
    "DeleteVpcPeeringConnection": [("VpcPeeringConnectionId", "vpc-peering-connection")],
    "DeleteVpnGateway": [("VpnGatewayId", "vpn-gateway")],
    "DetachInternetGateway": [("InternetGatewayId", "internet-gateway"), ("VpcId", "vpc")],
    "DetachVpnGateway": [("VpnGatewayId", "vpn-gateway"), ("VpcId", "vpc")],
    "ReleaseAddress": [("AllocationId", "elastic-ip")],
    "RevokeSecurityGroupEgress": [("GroupId", "security-group")],
    "RevokeSecurityGroupIngress": [("GroupId", "security-group")],
}
TAGGING = ("CreateTags", "DeleteTags")
FLOW_LOGS = "vpc-flow-logs.amazonaws.com"

# EC2: the condition keys that a resource of a type brings with it, each with the store of the resource and the member that
# holds its value. A key ending in `Vpc` or `Subnet` takes an ARN.
EC2_KEYS = {
    "internet-gateway": ("_internet_gateways", {"ec2:InternetGatewayID": "InternetGatewayId"}),
    "network-acl": ("_network_acls", {"ec2:NetworkAclID": "NetworkAclId", "ec2:Vpc": "VpcId"}),
    "network-interface": (
        "_network_interfaces",
        {
            "ec2:AvailabilityZone": "AvailabilityZone",
            "ec2:NetworkInterfaceID": "NetworkInterfaceId",
            "ec2:Subnet": "SubnetId",
            "ec2:Vpc": "VpcId",
        },
    ),
    "route-table": ("_route_tables", {"ec2:RouteTableID": "RouteTableId", "ec2:Vpc": "VpcId"}),
    "security-group": ("_security_groups", {"ec2:SecurityGroupID": "GroupId", "ec2:Vpc": "VpcId"}),
    "subnet": (
        "_subnets",
        {"ec2:AvailabilityZone": "AvailabilityZone", "ec2:SubnetID": "SubnetId", "ec2:Vpc": "VpcId"},
    ),
    "vpc": ("_vpcs", {"ec2:VpcID": "VpcId"}),
    "vpc-endpoint": ("_vpc_endpoints", {"ec2:VpceServiceName": "ServiceName"}),
}
ARNS = {"ec2:Subnet": "subnet", "ec2:Vpc": "vpc"}

# The start of an id tells its type, where the two are not spelled alike.
TYPES = {
    "acl": "network-acl",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vgw": "vpn-gateway",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}

# What the call in hand is checked on besides: actions, resources and what conditions ask for.
further = contextvars.ContextVar("further", default=())

original_resource = iam_actions.extract_resource_arn
original_further = iam_actions.verified_access_resource_arns
original_context = iam_actions.request_tag_context
original_tags = tagging.resource_tags
original_key = iam_evaluator._resolve_condition_key


def install() -> None:
    iam_actions.extract_resource_arn = resource_arn
    iam_actions.verified_access_resource_arns = further_ec2_arns
    iam_actions.request_tag_context = request_context
    tagging.resource_tags = resource_tags
    iam_evaluator._resolve_condition_key = condition_key


def condition_key(key, context):
    """aws:PrincipalArn of a session is the ARN of its role, not of the session; the account of a bucket is its owner's."""
    if key.lower() in ("aws:resourceaccount", "s3:resourceaccount") and ":s3:::" in context.resource_arn:
        return owner_of(context.resource_arn) or context.principal_account
    found = original_key(key, context)
    return principals.principal_arn(found) if key.lower() == "aws:principalarn" and found else found


def owner_of(arn: str) -> str | None:
    """The account of a bucket, whose ARN does not say it."""
    bucket = arn.partition(":s3:::")[2].split("/")[0]
    return next((account for account, name in s3._buckets.to_dict() if name == bucket), None)


def resource_arn(service, method, path, headers, body, parameters, region, account_id):
    further.set(())
    key_use.begin(service, method, path, headers, body, parameters)
    if service == "backup":
        if method == "PUT" and path == "/backup-jobs":
            request = json.loads(body or b"{}")
            # The role is passed on to AWS Backup.
            passed = {"iam:passedtoservice": "backup.amazonaws.com"}
            further.set([("iam:PassRole", request.get("IamRoleArn", "*"), passed)])
            return f"arn:aws:backup:{region}:{account_id}:backup-vault:{request.get('BackupVaultName', '*')}"
        vault = path.removeprefix("/backup-vaults/").split("/")[0]
        if path.startswith("/backup-vaults/") and vault:
            return f"arn:aws:backup:{region}:{account_id}:backup-vault:{vault}"
    if service == "cloudformation" and not ec2._p(parameters, "StackName"):
        # A call that names a change set by its ARN is checked on the stack of it.
        return _change_sets.get(ec2._p(parameters, "ChangeSetName"), {}).get("StackId", "*")
    if service == "iam":
        found = roles.arn_of(parameters)
        if found is not None:
            return found
    if service == "ec2":
        role = ec2._p(parameters, "DeliverLogsPermissionArn")
        if role and ec2._p(parameters, "Action") == "CreateFlowLogs":
            further.set([("iam:PassRole", role, {"iam:passedtoservice": FLOW_LOGS})])
        found = ec2_arns(parameters)
        if found is not None:
            return found[0]
    if service == "ssm":
        found = parameter_arns(headers, body)
        if found:
            action = "ssm:" + headers.get("x-amz-target", "").rpartition(".")[2]
            further.set([(action, arn, {}) for arn in found[1:]])
            return found[0]
    if service == "elasticfilesystem":
        access_point = ec2._p(parameters, "AccessPointId")
        if access_point:
            return f"arn:aws:elasticfilesystem:{region}:{account_id}:access-point/{access_point}"
        found = file_system(path, body, parameters)
        if found:
            return f"arn:aws:elasticfilesystem:{region}:{account_id}:file-system/{found}"
    found = original_resource(service, method, path, headers, body, parameters, region, account_id)
    if service == "kms" and ":alias/" in found and method == "POST" and not manages_alias(headers):
        # Calls that use a key are checked on the key, whatever it was called by.
        key = kms._resolve_key(found)
        return key["Arn"] if key else found
    if service == "s3" and headers.get("x-amz-tagging"):
        # An object that comes with tags.
        further.set([("s3:PutObjectTagging", found, {})])
    return found


def parameter_arns(headers: dict, body: bytes) -> list[str]:
    """The parameters of a call that names several: it is checked on each."""
    if not headers.get("x-amz-target", "").endswith((".GetParameters", ".DeleteParameters")):
        return []
    names = json.loads(body or b"{}").get("Names")
    place = f"arn:aws:ssm:{get_region()}:{get_account_id()}:parameter"
    return [f"{place}/{str(name).lstrip('/')}" for name in names] if isinstance(names, list) else []


def manages_alias(headers: dict) -> bool:
    return headers.get("x-amz-target", "").endswith("Alias")


def ec2_arns(parameters: dict) -> list[str] | None:
    """All resources a call is checked on; None for calls that ministack has to know."""
    action = ec2._p(parameters, "Action")
    if action.startswith("Describe") and "VerifiedAccess" not in action:
        return ["*"]
    if action in TAGGING:
        names = ec2._parse_member_list(parameters, "ResourceId")
        return [ec2_arn(TYPES.get(name.split("-", 1)[0], "*"), name) for name in names] or ["*"]
    if action == "DisassociateRouteTable":
        association = ec2._p(parameters, "AssociationId")
        for table in ec2._route_tables.values():
            for one in table["Associations"]:
                if one["RouteTableAssociationId"] == association:
                    # Checked on the other side too: a subnet or a gateway.
                    names = (table["RouteTableId"], one.get("GatewayId") or one.get("SubnetId"))
                    return [ec2_arn(TYPES.get(name.split("-", 1)[0], "*"), name) for name in names if name]
        return [ec2_arn("route-table", "*")]
    if action not in EC2_RESOURCES:
        return None
    found = []
    for parameter, kind in EC2_RESOURCES[action]:
        if parameter.endswith(".*"):
            names = ec2._parse_member_list(parameters, parameter.removesuffix(".*"))
        elif parameter.endswith("?"):
            names = [name for name in [ec2._p(parameters, parameter.removesuffix("?"))] if name]
        else:
            names = [ec2._p(parameters, parameter)]
        found += [ec2_arn(kind or TYPES.get(name.split("-", 1)[0], "*"), name or "*") for name in names]
    return found or ["*"]


def ec2_arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:{get_region()}:{get_account_id()}:{kind}/{name}"


def ec2_context(arn: str) -> dict[str, str]:
    """What conditions may ask of one resource that an EC2 call is checked on."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "ec2":
        return {}
    kind, _, name = parts[5].partition("/")
    context = {"ec2:Region": parts[3]}
    context.update({f"ec2:ResourceTag/{key}": value for key, value in resource_tags(arn).items()})
    store, keys = EC2_KEYS.get(kind, ("_vpcs", {}))
    resource = getattr(ec2, store).get(name) or {}
    if kind == "vpc-peering-connection":
        peering = ec2._vpc_peering.get(name) or {}
        for key, side in (("ec2:AccepterVpc", "AccepterVpcInfo"), ("ec2:RequesterVpc", "RequesterVpcInfo")):
            if peering:
                context[key] = ec2_arn("vpc", peering[side]["VpcId"])
    for key, member in keys.items():
        value = resource.get(member)
        if value:
            context[key] = ec2_arn(ARNS[key], value) if key in ARNS else value
    return context


def further_ec2_arns(parameters: dict, region: str, account_id: str) -> list[str]:
    """ministack checks the first itself and then the rest of this list."""
    return ec2_arns(parameters) or original_further(parameters, region, account_id)


def file_system(path: str, body: bytes, parameters: dict) -> str | None:
    """The file system that a call on mount targets, on tags or a list of one is checked on."""
    parts = [part for part in path.split("/") if part]
    if "resource-tags" in parts[:-1]:
        return efs._fs_id_from(parts[parts.index("resource-tags") + 1])
    if "mount-targets" in parts and parts[-1] != "mount-targets":
        target = efs._mount_targets.get(parts[parts.index("mount-targets") + 1])
        return target["FileSystemId"] if target else None
    target = efs._mount_targets.get(ec2._p(parameters, "MountTargetId"))
    if target:
        return target["FileSystemId"]
    named = ec2._p(parameters, "FileSystemId")
    if not named and parts[-1:] == ["replication-configurations"]:
        return "*"
    if not named and parts[-1:] == ["mount-targets"] and body:
        named = json.loads(body).get("FileSystemId", "")
    return efs._fs_id_from(named) or None


def resource_tags(arn: str) -> dict[str, str] | None:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] not in ("ec2", "elasticfilesystem"):
        return original_tags(arn)
    name = parts[5].rsplit("/", 1)[-1]
    if parts[2] == "ec2":
        tags = ec2._tags.get(name, [])
    else:
        tags = (efs._find_resource(name) or {}).get("Tags", [])
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def request_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
    """What conditions may ask of the request itself: its tags, and of KMS the encryption context."""
    found = original_context(service, action, body, parameters)
    if service == "cloudformation":
        named = {"cloudformation:changesetname": "ChangeSetName", "cloudformation:rolearn": "RoleARN"}
        given = {key: ec2._p(parameters, name) for key, name in named.items()}
        return {**found, **{key: value for key, value in given.items() if value}}
    if service == "iam":
        return {**found, **roles.keys(parameters)}
    if service != "kms":
        return found
    try:
        context = json.loads(body).get("EncryptionContext") or {}
    except ValueError:
        return found
    pairs = {f"kms:encryptioncontext:{key}".lower(): value for key, value in context.items()}
    keys = {"kms:encryptioncontextkeys": list(context)} if context else {}
    named = kms._resolve_key(iam_actions._safe_json_field(body, "KeyId"))
    return {**found, **pairs, **keys, **(key_use.of_key(named["Arn"]) if named else {})}
