"""What IAM is asked when CloudFormation makes, changes or deletes a resource of a type: actions and the ARNs they are asked
on, after AWS's Service Authorization Reference. A type without a row is asked for the actions in `properties.json`, on `*`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

import roles
from property_names import TYPES

Permission = tuple[str, str, dict]


@dataclass(frozen=True)
class Row:
    """One type. Properties that ask for actions of their own do so where they are given or changed."""

    # Its ARN, with the name in braces and, of IAM, the path; `{region}` and `{account}` are filled in.
    arn: str
    # The property with the name.
    name: str = ""
    actions: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    # As `given`, of a resource that is deleted.
    taken: dict[str, str] = field(default_factory=dict)
    # As `given`, of a resource that is changed only.
    changes: dict[str, str] = field(default_factory=dict)
    # Whether a change of any other property asks for the action of an update.
    updates: bool = True
    # Whether the ARN is that of the resource which the property `name` names, not its own.
    holder: bool = False
    # Its name in the ARN, if that is not its Ref.
    known_by: Callable[[str], str] | None = None
    # Actions that are asked on `*`.
    unscoped: tuple[str, ...] = ()
    # What an operation asks on other resources: operation and properties.
    also: Callable[[str, dict], list[Permission]] | None = None


def regional(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{{region}}:{{account}}:{resource}"


IAM = "arn:aws:iam::{account}:"
OF_FUNCTION = Row(regional("lambda", "function:{name}"), "FunctionName", holder=True)
FUNCTION = replace(OF_FUNCTION, holder=False, changes={"Code": "lambda:UpdateFunctionCode"})
ROWS = {
    "AWS::CloudFormation::Stack": Row(regional("cloudformation", "stack/{name}/*")),
    "AWS::CloudWatch::Alarm": Row(regional("cloudwatch", "alarm:{name}"), "AlarmName"),
    "AWS::CloudWatch::Dashboard": Row("arn:aws:cloudwatch::{account}:dashboard/{name}", "DashboardName"),
    "AWS::EC2::SecurityGroup": Row(
        regional("ec2", "security-group/{name}"),
        given={
            "SecurityGroupIngress": "ec2:AuthorizeSecurityGroupIngress",
            "SecurityGroupEgress": "ec2:AuthorizeSecurityGroupEgress",
        },
        updates=False,
    ),
    "AWS::EC2::Subnet": Row(regional("ec2", "subnet/{name}")),
    "AWS::EC2::VPC": Row(regional("ec2", "vpc/{name}")),
    "AWS::Events::Rule": Row(
        regional("events", "rule/{name}"),
        "Name",
        given={"Targets": "events:PutTargets"},
        taken={"Targets": "events:RemoveTargets"},
    ),
    "AWS::IAM::ManagedPolicy": Row(
        IAM + "policy{path}{name}",
        "ManagedPolicyName",
        {"delete": "iam:DeletePolicy"},
        also=lambda operation, properties: of_attachments(operation, properties),
    ),
    "AWS::IAM::Role": Row(
        IAM + "role{path}{name}",
        "RoleName",
        given={
            "ManagedPolicyArns": "iam:AttachRolePolicy",
            "Policies": "iam:PutRolePolicy",
        },
        changes={
            "AssumeRolePolicyDocument": "iam:UpdateAssumeRolePolicy",
            "PermissionsBoundary": "iam:PutRolePermissionsBoundary",
        },
        taken={"ManagedPolicyArns": "iam:DetachRolePolicy", "Policies": "iam:DeleteRolePolicy"},
    ),
    "AWS::IAM::User": Row(IAM + "user{path}{name}", "UserName"),
    "AWS::KMS::Alias": Row(regional("kms", "{name}"), "AliasName"),
    "AWS::KMS::Key": Row(
        regional("kms", "key/{name}"),
        actions={"update": "kms:PutKeyPolicy", "delete": "kms:ScheduleKeyDeletion"},
        given={"EnableKeyRotation": "kms:EnableKeyRotation"},
    ),
    "AWS::Lambda::EventInvokeConfig": OF_FUNCTION,
    "AWS::Lambda::Function": FUNCTION,
    "AWS::Lambda::Permission": OF_FUNCTION,
    "AWS::Logs::LogGroup": Row(
        regional("logs", "log-group:{name}"),
        "LogGroupName",
        given={"KmsKeyId": "logs:AssociateKmsKey", "RetentionInDays": "logs:PutRetentionPolicy"},
        updates=False,
    ),
    "AWS::S3::Bucket": Row(
        "arn:aws:s3:::{name}",
        "BucketName",
        given={
            "BucketEncryption": "s3:PutEncryptionConfiguration",
            "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
            "LoggingConfiguration": "s3:PutBucketLogging",
            "NotificationConfiguration": "s3:PutBucketNotification",
            "OwnershipControls": "s3:PutBucketOwnershipControls",
            "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
            "VersioningConfiguration": "s3:PutBucketVersioning",
        },
        updates=False,
    ),
    "AWS::S3::BucketPolicy": Row("arn:aws:s3:::{name}", "Bucket"),
    "AWS::SNS::Topic": Row(regional("sns", "{name}"), "TopicName", given={"Subscription": "sns:Subscribe"}),
    "AWS::SQS::Queue": Row(regional("sqs", "{name}"), "QueueName"),
    "AWS::SQS::QueuePolicy": Row("*", actions={"create": "sqs:SetQueueAttributes", "delete": "sqs:SetQueueAttributes"}),
    "AWS::SSM::Parameter": Row(regional("ssm", "parameter/{name}"), "Name", known_by=lambda name: name.lstrip("/")),
    "AWS::StepFunctions::StateMachine": Row(regional("states", "stateMachine:{name}"), "StateMachineName"),
}
INLINE = {"Roles": ("Role", "role/"), "Users": ("User", "user/"), "Groups": ("Group", "group/")}

# Properties that hand a role to the service of their type, and its principal where it is named otherwise.
PASSED = {"ExecutionRoleArn", "IamRoleArn", "Role", "RoleARN", "RoleArn", "ServiceRole", "TaskRoleArn"}
PRINCIPALS = {"stepfunctions": "states"}
# What the user names, not the schema.
FREE = {"Environment", "EnvironmentVariables", "Parameters", "Variables"}


def needed(operation: str, kind: str, stack: str, logical_id: str, physical_id: str, old: dict, new: dict) -> list[Permission]:
    """What a resource handler asks IAM for: of a creation `old` is empty, of a deletion `new`."""
    if kind == "AWS::IAM::Policy":
        return list(of_inline_policy(operation, new or old))
    row = ROWS.get(kind, Row("*"))
    action = row.actions.get(operation) or (TYPES.get(kind) or {}).get("actions", {}).get(operation)
    changed = {name: item for name, item in new.items() if item != old.get(name)}
    apart = {"Tags", *row.given, *row.changes}
    others = {name for name in changed | old if new.get(name) != old.get(name)} - apart
    found = []
    if action and (operation != "update" or (others and row.updates)):
        found.append(action)
    found += [row.given[name] for name in changed if name in row.given]
    if operation == "update":
        found += [row.changes[name] for name in changed if name in row.changes]
    if operation == "delete":
        found += [row.taken[name] for name in old if name in row.taken]
    arn = arn_of(row, stack, logical_id, physical_id, new or old)
    also = row.also(operation, new or old) if row.also is not None else []
    asked = [(one, "*" if one in row.unscoped else arn, {**of_boundary(kind, old), **context(kind, new)}) for one in found]
    return asked + also + list(passed(kind, changed))


def context(kind: str, properties: dict) -> dict:
    """What conditions may ask of the request: the tags that the template gives, and a permissions boundary."""
    tags = properties.get("Tags") if isinstance(properties.get("Tags"), list) else []
    own = {tag["Key"]: str(tag.get("Value", "")) for tag in tags if not tag["Key"].startswith("aws:")}
    found: dict = {f"aws:requesttag/{key}": value for key, value in own.items()}
    if own:
        found["aws:tagkeys"] = list(own)
    return {**found, **of_boundary(kind, properties)}


def of_boundary(kind: str, properties: dict) -> dict:
    boundary = properties.get("PermissionsBoundary") if kind.startswith("AWS::IAM::") else None
    return {"iam:permissionsboundary": str(boundary)} if boundary else {}


def arn_of(row: Row, stack: str, logical_id: str, physical_id: str, properties: dict) -> str:
    named = str(properties.get(row.name) or "") if row.name else ""
    known = physical_id if physical_id and not row.holder else named
    if known.startswith("arn:"):
        return known.partition(":alias/")[0] if row is OF_FUNCTION else known
    known = row.known_by(known) if known and row.known_by is not None else known
    name = (known or named).rstrip("/").rsplit("/", 1)[-1] if "://" in known else known or named
    if not name:
        of_ec2 = row.arn.startswith("arn:aws:ec2:")
        name = "*" if of_ec2 or "key/" in row.arn else provisioners._physical_name(stack, logical_id)
        name = name.lower() if row.arn.startswith("arn:aws:s3:") else name
    path = str(properties.get("Path") or "/")
    return row.arn.format(account=get_account_id(), region=get_region(), name=name, path=path)


def of_inline_policy(operation: str, properties: dict) -> Iterator[Permission]:
    verb = "Delete" if operation == "delete" else "Put"
    for member, (holder, path) in INLINE.items():
        for name in properties.get(member) or []:
            yield (f"iam:{verb}{holder}Policy", *held(holder, path, name))


def of_attachments(operation: str, properties: dict) -> list[Permission]:
    """A managed policy that names roles, users or groups is attached to them."""
    verb = "Detach" if operation == "delete" else "Attach"
    holders = ((holder, path, name) for member, (holder, path) in INLINE.items() for name in properties.get(member) or [])
    return [(f"iam:{verb}{holder}Policy", *held(holder, path, name)) for holder, path, name in holders]


def held(holder: str, path: str, name: str) -> tuple[str, dict]:
    """The ARN of what holds a policy, with the path that only IAM knows, and the boundary of a role."""
    arn = roles.arn_of({"RoleName": name}) if holder == "Role" else None
    return arn or f"arn:aws:iam::{get_account_id()}:{path}{name}", roles.boundary_of(name) if holder == "Role" else {}


def passed(kind: str, properties: object) -> Iterator[Permission]:
    """The roles that are handed on, each to the service of the type."""
    service = kind.split("::")[1].lower()
    principal = f"{PRINCIPALS.get(service, service)}.amazonaws.com"
    pairs = properties.items() if isinstance(properties, dict) else enumerate(properties) if isinstance(properties, list) else ()
    for name, item in pairs:
        if name in PASSED and isinstance(item, str) and ":role/" in item:
            yield "iam:PassRole", item, {"iam:passedtoservice": principal}
        elif name not in FREE:
            yield from passed(kind, item)
