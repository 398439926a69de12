"""The CloudFormation types of single rules of security groups, `AWS::EC2::SecurityGroupIngress` and `SecurityGroupEgress`."""

from collections.abc import Callable

from ministack.services import ec2
from ministack.services.cloudformation import provisioners

from ec2_client import call, refusal
from security_groups import identity, told

# The rule that EC2 gives every new group.
ALL_OUT = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def create_rule(properties: dict, egress: bool):
    group = group_of(properties)
    (rule,) = provisioners._ec2_sg_permissions([{**properties, "IpProtocol": str(properties["IpProtocol"])}])
    reason = why_no_rule(rule, group, egress)
    if reason is not None:
        raise ValueError(refusal(*reason))
    rules = group["IpPermissionsEgress" if egress else "IpPermissions"]
    rule["SecurityGroupRuleId"] = name = ec2._sg_rule_id(group["GroupId"], egress, rule)
    if egress:
        # With the first rule of its own, the group loses the one that it got from EC2.
        rules[:] = [one for one in rules if identity(one) != identity(ALL_OUT)]
    rules.append(rule)
    return name, {"Id": name}, ""


def group_of(properties: dict) -> dict:
    name, named = properties.get("GroupId"), properties.get("GroupName")
    found = ec2._security_groups.get(name) or next(
        (
            group
            for group in ec2._security_groups.values()
            if not name and group["GroupName"] == named and group["VpcId"] == ec2._DEFAULT_VPC_ID
        ),
        None,
    )
    if found is None:
        raise ValueError(refusal("InvalidGroup.NotFound", f"The security group '{name or named}' does not exist"))
    return found


def why_no_rule(rule: dict, group: dict, egress: bool) -> tuple[str, str] | None:
    known = group["IpPermissionsEgress" if egress else "IpPermissions"]
    sources = [one for kind in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs") for one in rule[kind]]
    if len(sources) != 1:
        return "InvalidParameterValue", "A rule has exactly one address range, prefix list or security group"
    if rule["IpProtocol"] in ("tcp", "udp", "6", "17") and not ("FromPort" in rule and "ToPort" in rule):
        text = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
        return "InvalidParameterValue", text
    other = sources[0].get("GroupId")
    if other and "UserId" not in sources[0] and other not in ec2._security_groups:
        return "InvalidGroup.NotFound", f"The security group '{other}' does not exist"
    own = egress and identity(rule) == identity(ALL_OUT)
    if not own and identity(rule) in {identity(one) for one in known}:
        return "InvalidPermission.Duplicate", f'the specified rule "{told(rule)}" already exists'
    return None


def update_rule(physical_id: str, _old: dict, new: dict, egress: bool):
    """Only its description can change."""
    group = group_of(new)
    for rule in group["IpPermissionsEgress" if egress else "IpPermissions"]:
        if ec2._sg_rule_id(group["GroupId"], egress, rule) == physical_id:
            (fresh,) = provisioners._ec2_sg_permissions([{**new, "IpProtocol": str(new["IpProtocol"])}])
            rule.update(fresh, SecurityGroupRuleId=physical_id)
    return {"Id": physical_id}, ""


def delete_rule(physical_id: str, egress: bool) -> None:
    action = "RevokeSecurityGroupEgress" if egress else "RevokeSecurityGroupIngress"
    for name, group in list(ec2._security_groups.items()):
        held = group["IpPermissionsEgress" if egress else "IpPermissions"]
        if any(ec2._sg_rule_id(name, egress, rule) == physical_id for rule in held):
            call(action, {"GroupId": name, "SecurityGroupRuleId.1": physical_id})


def rules(egress: bool) -> tuple[Callable, Callable, Callable]:
    return (
        lambda properties: create_rule(properties, egress),
        lambda physical_id, old, new: update_rule(physical_id, old, new, egress),
        lambda physical_id, _properties: delete_rule(physical_id, egress),
    )
