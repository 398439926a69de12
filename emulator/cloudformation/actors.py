"""Who acts in a stack operation: its caller or the service role of the stack, never the root. Each handler of a resource is
let to work only after IAM has allowed what it does; calls to the gateway are signed by the same principal.
"""

import contextvars
import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, CredentialResolutionError, EvalContext, EvalResult, PrincipalInfo
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import iam, sts, tagging
from ministack.services.cloudformation import _change_sets, _stacks, changesets, handlers, provisioners, stacks
from ministack.services.cloudformation.helpers import _error, _p

import condition_keys
import type_permissions
from sessions import new_session, trusts
from signatures import ROOT_SECRET

SERVICE = "cloudformation.amazonaws.com"
SESSION_SECONDS = 12 * 3600
NO_STATEMENT = "because no {kind}-based policy allows the {action} action"
DENIED = "with an explicit deny in {kind}-based policy"

# The calls that begin a stack operation, or say as whom a later one acts.
BEGINNING = (
    *("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ExecuteChangeSet", "ContinueUpdateRollback"),
    "RollbackStack",
)
CUSTOM = "AWS::CloudFormation::CustomResource"
# Types whose handlers call the gateway, which asks IAM itself.
THROUGH_GATEWAY: set[str] = set()


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)


# The access key of the call in hand, and that of the principal of the stack operation.
caller = contextvars.ContextVar("caller", default="")
actor = contextvars.ContextVar("actor", default="")
# The access keys of sessions of service roles: as these CloudFormation calls itself, and for nobody.
OF_SERVICE_ROLES: set[str] = set()
# Inside a handler that was asked about already.
inside = contextvars.ContextVar("inside", default=False)


def install() -> None:
    for action in BEGINNING:
        handlers._ACTION_HANDLERS[action] = acting(handlers._ACTION_HANDLERS[action])
    for module in (provisioners, stacks):
        module._provision_resource = creating(module._provision_resource)
        module._update_resource = updating(module._update_resource)
        module._delete_resource = deleting(module._delete_resource)


def credentials() -> Credentials:
    """Those of the actor, for whom CloudFormation calls; of the root of the account outside of a stack operation."""
    key = actor.get()
    return credentials_of(key if not key or key in OF_SERVICE_ROLES else condition_keys.forwarded(key, SERVICE))


def credentials_of(key: str) -> Credentials:
    found = iam_evaluator.resolve_credential(key, get_account_id()) if key else None
    if found is None or found.principal_type == "Root":
        return Credentials(get_account_id(), ROOT_SECRET, None)
    if isinstance(found, CredentialResolutionError):
        raise ValueError(found.message)
    return Credentials(found.access_key_id, found.secret_access_key, found.session_token)


# Decisions.


def why_denied(
    principal: PrincipalInfo,
    action: str,
    resource: str,
    context: dict,
    owned: dict | None = None,
    is_policy_required: bool = False,
) -> str | None:
    """AWS's sentence if no policy of the principal allows the action. `owned` is a resource with a policy that is asked, too: its
    ARN, the account of its owner and the document, which for some resources has to allow in that account, too.
    """
    is_foreign = owned is not None and owned["owner"] != principal.account
    # The root of an account may do everything there.
    if principal.policies is None and not is_foreign:
        return None
    asked = evaluation(principal, action, resource, context)
    own = EvalResult("Allow")
    if principal.policies is not None:
        own = iam_evaluator.evaluate(asked, principal.policies, *principal.limits)
    found = own
    if owned is not None:
        policy, of_resource = owned["policy"] or None, dataclasses.replace(asked, resource_arn=owned["arn"])
        also = {"required": is_policy_required, "limits": principal.limits}
        found = iam_evaluator.combine_resource_policy(own, of_resource, policy, owned["owner"], **also)
    if found.decision == "Allow":
        return None
    of_own = own.decision == found.decision != "Allow"
    if found.decision == "Deny":
        reason = DENIED.format(kind="an identity" if of_own else "a resource")
    else:
        reason = NO_STATEMENT.format(kind="identity" if of_own else "resource", action=action)
    return f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} {reason}"


def evaluation(principal: PrincipalInfo, action: str, resource: str, context: dict) -> EvalContext:
    return EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context={
            **condition_keys.origin.get().keys(),
            **{f"aws:resourcetag/{key}".lower(): value for key, value in (tagging.resource_tags(resource) or {}).items()},
            **{key.lower(): value for key, value in context.items()},
        },
        principal_keys=principal.keys,
    )


def refuse(permissions: list[type_permissions.Permission]) -> None:
    """Raises what a resource handler reports if the actor lacks one of these."""
    if not actor.get():
        return
    calls_for(actor.get())
    principal = iam_evaluator.resolve_principal(actor.get(), get_account_id())
    for action, resource, context in permissions:
        if isinstance(principal, AuthError):
            reason = principal.message
        else:
            reason = why_denied(principal, action, resource, context)
        if reason is not None:
            request = f"Service: {action.split(':')[0].capitalize()}, Status Code: 403, Request ID: {new_uuid()}"
            told = f'"{reason} ({request}) (SDK Attempt Count: 1)"'
            token = f"RequestToken: {new_uuid()}, HandlerErrorCode: AccessDenied"
            raise ValueError(f"Resource handler returned message: {told} ({token})")


def calls_for(key: str) -> None:
    """What is asked next is asked for calls that CloudFormation makes with this access key."""
    condition_keys.begin_for(key, None if key in OF_SERVICE_ROLES else SERVICE)


def may_read(resource: str, tags: dict[str, str], of_account: str | None = None) -> bool:
    """Whether the caller may get an object with these tags, by policies of its own or of the bucket. A caller of another
    account needs both.
    """
    if not caller.get():
        return of_account is None
    principal = iam_evaluator.resolve_principal(caller.get(), of_account or get_account_id())
    if not isinstance(principal, PrincipalInfo):
        return True
    if principal.policies is None and of_account is None:
        return True
    calls_for(caller.get())
    existing = {f"s3:ExistingObjectTag/{key}": value for key, value in tags.items()}
    found = iam_evaluator._resource_policy("s3", resource)
    owned = {"arn": resource, "owner": get_account_id(), "policy": found[0] if found else ""}
    return why_denied(principal, "s3:GetObject", resource, existing, owned) is None


# Handlers.


def permissions(operation: str, kind: str, stack: str, logical_id: str, physical_id: str, old: dict, new: dict) -> list:
    if kind.startswith("Custom::") or kind == CUSTOM:
        return [("lambda:InvokeFunction", str((new or old).get("ServiceToken", "*")), {})]
    if kind in THROUGH_GATEWAY:
        return []
    return type_permissions.needed(operation, kind, stack, logical_id, physical_id, old, new)


def asked(work: Callable, needs: list, *arguments):
    if not inside.get():
        refuse(needs)
    token = inside.set(True)
    try:
        return work(*arguments)
    finally:
        inside.reset(token)


def nested(work: Callable, kind: str, needs: list, *arguments):
    """As `asked`; the resources of a nested stack are asked about one by one."""
    if kind != "AWS::CloudFormation::Stack":
        return asked(work, needs, *arguments)
    if not inside.get():
        refuse(needs)
    return work(*arguments)


def creating(work):
    def create(kind, logical_id, properties, stack_name):
        needs = permissions("create", kind, stack_name, logical_id, "", {}, properties)
        return nested(work, kind, needs, kind, logical_id, properties, stack_name)

    return create


def updating(work):
    def update(kind, physical_id, old, new, stack_name, logical_id=None, *attributes):
        if old == new:
            needs = []
        elif provisioners._replacing_change(kind, old, new):
            needs = permissions("create", kind, stack_name, logical_id or "", "", {}, new)
        else:
            needs = permissions("update", kind, stack_name, logical_id or "", physical_id, old, new)
        return nested(work, kind, needs, kind, physical_id, old, new, stack_name, logical_id, *attributes)

    return update


def deleting(work):
    def delete(kind, physical_id, properties, stack_name=None, logical_id=None):
        held = ((_stacks.get(stack_name) or {}).get("_resources") or {}).get(logical_id) or {}
        arn = str((held.get("Attributes") or {}).get("Arn", ""))
        needs = permissions("delete", kind, stack_name or "", logical_id or "", arn or physical_id, properties, {})
        return nested(work, kind, needs, kind, physical_id, properties, stack_name, logical_id)

    return delete


# Operations.


def acting(call):
    """Has the operation that a call begins act as the role it names, as the one its stack remembers, or as its caller."""

    def act(parameters):
        change_set, stack = target(parameters)
        role = _p(parameters, "RoleARN")
        refused = why_not_passed(role) if role else None
        if refused is not None:
            return refused
        role = role or (change_set or {}).get("_role") or (stack or {}).get("_role", "")
        actor.set(session_of(role) if role else caller.get())
        known = {one["StackId"] for one in _stacks.values()}, set(_change_sets)
        answer = call(parameters)
        if role and answer[0] == 200:
            remember(role, stack, known)
        return answer

    return act


def target(parameters: dict) -> tuple[dict | None, dict | None]:
    """The change set and the stack that a call names."""
    name, stack_name = _p(parameters, "ChangeSetName"), _p(parameters, "StackName")
    _, change_set = changesets._find_change_set(name, stack_name) if name else (None, None)
    return change_set, handlers._resolve_stack(stack_name or (change_set or {}).get("StackName", ""))


def remember(role: str, stack: dict | None, known: tuple[set, set]) -> None:
    """A change set hands its role to the stack when it is executed."""
    made = [change_set for name, change_set in list(_change_sets.items()) if name not in known[1]]
    for change_set in made:
        change_set["_role"] = role
    if made:
        return
    for one in [stack, *(one for one in _stacks.values() if one["StackId"] not in known[0])]:
        if one is not None and "_parent_stack_name" not in one:
            one["_role"] = role


def role_named(arn: str) -> dict | None:
    role = iam._roles.get(arn.rsplit("/", 1)[-1])
    return role if role is not None and role["Arn"] == arn else None


def why_not_passed(arn: str) -> tuple | None:
    principal = iam_evaluator.resolve_principal(caller.get(), get_account_id())
    if isinstance(principal, PrincipalInfo):
        reason = why_denied(principal, "iam:PassRole", arn, {"iam:passedtoservice": SERVICE})
        if reason is not None:
            return _error("AccessDenied", reason, 403)
    role = role_named(arn)
    source = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/*"
    if role is None or not trusts(role, SERVICE, source, get_account_id()):
        return _error("ValidationError", f"Role {arn} is invalid or cannot be assumed")
    return None


def session_of(arn: str) -> str:
    """The access key of a new session of a service role."""
    session_arn, _ = sts._assumed_role_arn(arn, "AWSCloudFormation")
    session = new_session(session_arn, sts._role_id(arn), time.time() + SESSION_SECONDS)
    OF_SERVICE_ROLES.add(session["accessKeyId"])
    return session["accessKeyId"]
