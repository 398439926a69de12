"""Roles, where ministack knows less of them than AWS: CloudFormation takes no name that another role has and sets the permissions
boundary, and conditions see the boundary of a role and its path in the calls of IAM.
"""

from ministack.core.responses import get_account_id
from ministack.services import iam
from ministack.services.iam import _p


def install(handlers: dict) -> None:
    handler = handlers["AWS::IAM::Role"]
    create, update = handler["create"], handler["update"]

    def create_role(logical_id, properties, stack_name):
        name = properties.get("RoleName")
        if name and iam._roles.get(name) is not None:
            reason = f"Role with name {name} already exists."
            raise ValueError(f"{reason} (Service: Iam, Status Code: 409, Error Code: EntityAlreadyExists)")
        check(properties)
        made = create(logical_id, properties, stack_name)
        bound(made[0], properties)
        return made

    def update_role(physical_id, old, new, stack_name, *more, **named):
        check(new)
        changed = update(physical_id, old, new, stack_name, *more, **named)
        bound(changed[0], new)
        return changed

    handlers["AWS::IAM::Role"] = {**handler, "create": create_role, "update": update_role}


def check(properties: dict) -> None:
    arn = properties.get("PermissionsBoundary")
    if arn and not str(arn).startswith("arn:aws:iam::aws:policy/") and iam._policies.get(arn) is None:
        reason = f"Scope ARN: {arn} does not exist or is not attachable."
        raise ValueError(f"{reason} (Service: Iam, Status Code: 404, Error Code: NoSuchEntity)")


def bound(name: str, properties: dict) -> None:
    role = iam._roles.get(name)
    if role is not None:
        role["PermissionsBoundary"] = properties.get("PermissionsBoundary") or None


def arn_of(parameters: dict) -> str | None:
    """The role that a call of IAM names; the ARN holds its path, which only the call that makes it gives."""
    name = _p(parameters, "RoleName")
    role = iam._roles.get(name)
    if role is not None:
        return role["Arn"]
    if name and _p(parameters, "Action") == "CreateRole":
        return f"arn:aws:iam::{get_account_id()}:role{_p(parameters, 'Path') or '/'}{name}"
    return None


def keys(parameters: dict) -> dict:
    """The boundary that a call of IAM gives to a role, or that the role has."""
    given = _p(parameters, "PermissionsBoundary")
    return {"iam:permissionsboundary": given} if given else boundary_of(_p(parameters, "RoleName"))


def boundary_of(name: str) -> dict:
    """The boundary that a role has, for conditions of what changes its policies."""
    boundary = (iam._roles.get(name) or {}).get("PermissionsBoundary")
    return {"iam:permissionsboundary": boundary} if boundary else {}
