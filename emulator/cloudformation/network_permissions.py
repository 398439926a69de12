"""What IAM is asked when CloudFormation makes, changes or deletes a resource of `network_types` or a group of Resource Groups."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2

import permissions
import type_permissions
from type_permissions import Permission, Row, regional


def install() -> None:
    type_permissions.ROWS.update(ROWS)


def allocation_of(address: str) -> str:
    """The id by which EC2 knows an address, which is the Ref of `AWS::EC2::EIP`."""
    found = (one["AllocationId"] for one in ec2._addresses.values() if one["PublicIp"] == address)
    return next(found, "eipalloc-")


def arns(*named: tuple[str, object]) -> list[str]:
    return [permissions.ec2_arn(kind, str(name)) for kind, name in named if name]


def of_nat_gateway(operation: str, properties: dict) -> list[Permission]:
    if operation != "create":
        return []
    used = arns(("subnet", properties.get("SubnetId")), ("elastic-ip", properties.get("AllocationId")))
    return [("ec2:CreateNatGateway", arn, permissions.ec2_context(arn)) for arn in used]


def of_association(_operation: str, properties: dict) -> list[Permission]:
    return [("ec2:AssociateDhcpOptions", arn, {}) for arn in arns(("dhcp-options", properties.get("DhcpOptionsId")))]


def of_flow_log(operation: str, properties: dict) -> list[Permission]:
    """A flow log to CloudWatch Logs passes a role, one to a bucket has its delivery set up."""
    delivered = properties.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs"
    if operation != "create":
        return [("logs:DeleteLogDelivery", "*", {})] if delivered and operation == "delete" else []
    watched = str(properties.get("ResourceId", ""))
    kind = permissions.TYPES.get(watched.split("-", 1)[0], "*")
    found: list[Permission] = [("ec2:CreateFlowLogs", arn, permissions.ec2_context(arn)) for arn in arns((kind, watched))]
    role = properties.get("DeliverLogsPermissionArn")
    if role:
        found.append(("iam:PassRole", role, {"iam:passedtoservice": permissions.FLOW_LOGS}))
    return [*found, ("logs:CreateLogDelivery", "*", {})] if delivered else found


def of_address(operation: str, properties: dict) -> list[Permission]:
    if not properties.get("InstanceId"):
        return []
    arn = f"arn:aws:ec2:{get_region()}:{get_account_id()}:instance/{properties['InstanceId']}"
    action = {"create": "ec2:AssociateAddress", "delete": "ec2:DisassociateAddress"}.get(operation)
    return [(action, arn, {})] if action else []


def of_group(direction: str) -> Row:
    """A rule of a security group: asked on the group."""
    return Row(
        regional("ec2", "security-group/{name}"),
        "GroupId",
        actions={
            "create": f"ec2:AuthorizeSecurityGroup{direction}",
            "delete": f"ec2:RevokeSecurityGroup{direction}",
            "update": f"ec2:UpdateSecurityGroupRuleDescriptions{direction}",
        },
        holder=True,
    )


ROWS = {
    "AWS::EC2::DHCPOptions": Row(regional("ec2", "dhcp-options/{name}")),
    "AWS::EC2::EIP": Row(
        regional("ec2", "elastic-ip/{name}"),
        actions={"create": "ec2:AllocateAddress", "delete": "ec2:ReleaseAddress"},
        known_by=allocation_of,
        also=of_address,
    ),
    "AWS::EC2::FlowLog": Row(
        regional("ec2", "vpc-flow-log/{name}"),
        actions={"create": "ec2:CreateFlowLogs", "delete": "ec2:DeleteFlowLogs"},
        also=of_flow_log,
    ),
    "AWS::EC2::NatGateway": Row(regional("ec2", "natgateway/{name}"), also=of_nat_gateway),
    "AWS::EC2::SecurityGroupEgress": of_group("Egress"),
    "AWS::EC2::SecurityGroupIngress": of_group("Ingress"),
    "AWS::EC2::VPCDHCPOptionsAssociation": Row(
        regional("ec2", "vpc/{name}"),
        "VpcId",
        actions={"create": "ec2:AssociateDhcpOptions", "delete": "ec2:AssociateDhcpOptions"},
        holder=True,
        also=of_association,
    ),
    "AWS::ResourceGroups::Group": Row(
        regional("resource-groups", "group/{name}"),
        "Name",
        # There is nothing yet that CreateGroup could be asked on.
        unscoped=("resource-groups:CreateGroup",),
        given={"Resources": "resource-groups:GroupResources"},
        changes={
            "Configuration": "resource-groups:PutGroupConfiguration",
            "ResourceQuery": "resource-groups:UpdateGroupQuery",
        },
    ),
}
