"""Rules of security groups as EC2 keeps them: adding one that is there and revoking one that is not are errors, and a rule is
revoked by what DescribeSecurityGroups showed of it. ministack takes both for success, and compares whole descriptions.
"""

from collections.abc import Callable

from ministack.services import ec2
from ministack.services.ec2 import _error, _p

# Where each call finds the rules of its direction.
ADDING = {"AuthorizeSecurityGroupIngress": "IpPermissions", "AuthorizeSecurityGroupEgress": "IpPermissionsEgress"}
REVOKING = {"RevokeSecurityGroupIngress": "IpPermissions", "RevokeSecurityGroupEgress": "IpPermissionsEgress"}

# The lists of sources, each with the member that says which source it is.
SOURCES = {"UserIdGroupPairs": "GroupId", "IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "PrefixListIds": "PrefixListId"}

original_parse = ec2._parse_ip_permissions
original_xml = ec2._sg_rule_xml


def install() -> None:
    ec2._parse_ip_permissions = parse_permissions
    ec2._sg_rule_xml = rule_xml
    for actions, checked in ((ADDING, adding), (REVOKING, revoking)):
        for action, direction in actions.items():
            ec2._ACTION_MAP[action] = checked(ec2._ACTION_MAP[action], direction)


def parse_permissions(parameters: dict, prefix: str) -> list[dict]:
    """With the prefix lists, which ministack leaves out."""
    found = original_parse(parameters, prefix)
    for index, rule in enumerate(found, 1):
        place, number = f"{prefix}.{index}.PrefixListIds", 1
        while name := _p(parameters, f"{place}.{number}.PrefixListId"):
            description = _p(parameters, f"{place}.{number}.Description")
            rule["PrefixListIds"].append({"PrefixListId": name, **({"Description": description} if description else {})})
            number += 1
    return found


def rule_xml(group: str, rule: dict, is_egress: bool = False) -> str:
    """With the prefix list that a rule of DescribeSecurityGroupRules names."""
    text = original_xml(group, rule, is_egress)
    for one in rule.get("PrefixListIds") or []:
        text = text.replace("</toPort>", f"</toPort><prefixListId>{one['PrefixListId']}</prefixListId>", 1)
    return text


def identity(rule: dict) -> tuple:
    """What makes a rule the same: protocol, ports and source, without descriptions and owners."""
    protocol = str(rule.get("IpProtocol", ""))
    ports = () if protocol == "-1" else (str(rule.get("FromPort", "")), str(rule.get("ToPort", "")))
    found = {(kind, one.get(member)) for kind, member in SOURCES.items() for one in rule.get(kind) or []}
    return protocol, ports, frozenset(found)


def rules_of(parameters: dict, direction: str) -> tuple[list[dict], list[dict]] | None:
    """The rules a call names and those of its group; None if the group or the rules are not named like that."""
    group = ec2._security_groups.get(_p(parameters, "GroupId"))
    named = ec2._parse_ip_permissions(parameters, "IpPermissions")
    return (named, group[direction]) if group and named else None


def adding(original: Callable, direction: str) -> Callable:
    def call(parameters: dict):
        found = rules_of(parameters, direction)
        if found is not None:
            known = {identity(rule) for rule in found[1]}
            for rule in found[0]:
                if identity(rule) in known:
                    return _error("InvalidPermission.Duplicate", f"the specified rule \"{told(rule)}\" already exists", 400)
        return original(parameters)

    return call


def revoking(original: Callable, direction: str) -> Callable:
    def call(parameters: dict):
        found = rules_of(parameters, direction)
        if found is not None:
            named, known = {identity(rule) for rule in found[0]}, {identity(rule) for rule in found[1]}
            if not named <= known:
                text = "The specified rule does not exist in this security group."
                return _error("InvalidPermission.NotFound", text, 400)
            found[1][:] = [rule for rule in found[1] if identity(rule) not in named]
        return original(parameters)

    return call


def told(rule: dict) -> str:
    """A rule as EC2's message names it."""
    protocol, ports, sources = identity(rule)
    peer = ", ".join(sorted(str(source) for _, source in sources))
    if protocol == "-1":
        return f"peer: {peer}, ALL, ALLOW"
    first, last = ports
    return f"peer: {peer}, {protocol.upper()}, from port: {first}, to port: {last}, ALLOW"
