"""Stack policies: which resources an update may modify, replace or delete. ministack keeps them and asks none."""

import fnmatch
import json

from ministack.services.cloudformation import _stacks, handlers, helpers, provisioners, stacks
from ministack.services.cloudformation.helpers import _error, _p

INVALID = "Error validating stack policy: Invalid stack policy"
ENDS = ("UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")

original_document = helpers._resolve_document


def install() -> None:
    actions = handlers._ACTION_HANDLERS
    for action in ("CreateStack", "SetStackPolicy"):
        actions[action] = validating(actions[action])
    actions["UpdateStack"] = validating(updating(actions["UpdateStack"]))
    stacks._update_resource = asking(stacks._update_resource)


# Policies of requests.


def given(parameters: dict, name: str) -> tuple[str, str | None]:
    """The policy of a request and what is wrong with it."""
    if _p(parameters, f"{name}Body") and _p(parameters, f"{name}URL"):
        return "", f"You cannot specify both {name}URL and {name}Body"
    text, error = helpers._resolve_document(parameters, f"{name}Body", f"{name}URL", "Stack policy")
    if error is not None:
        return "", INVALID
    return text or "", None if not text or is_valid(text) else INVALID


def is_valid(text: str) -> bool:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(policy, dict) or not policy.keys() <= {"Statement", "Version", "Id"}:
        return False
    found = listed(policy.get("Statement", []))
    return all(isinstance(statement, dict) and is_valid_statement(statement) for statement in found)


def is_valid_statement(statement: dict) -> bool:
    actions = listed(statement.get("Action", statement.get("NotAction", [])))
    return (
        statement.get("Effect") in ("Allow", "Deny")
        and statement.get("Principal") == "*"
        and bool(actions)
        and all(isinstance(action, str) and (action == "*" or action.startswith("Update:")) for action in actions)
        and ("Resource" in statement) != ("NotResource" in statement)
    )


def listed(value: object) -> list:
    return value if isinstance(value, list) else [value]


def validating(call):
    def checked(parameters):
        for name in ("StackPolicy", "StackPolicyDuringUpdate"):
            _, wrong = given(parameters, name)
            if wrong is not None:
                return _error("ValidationError", wrong)
        return call(parameters)

    return checked


def updating(call):
    """A policy for the time of the update takes the place of the stack's; the stack's next one comes after it."""

    def update(parameters):
        stack = handlers._resolve_stack(_p(parameters, "StackName"))
        before = (stack or {}).get("_stack_policy", "")
        answer = call(parameters)
        if answer[0] == 200 and stack is not None:
            after = stack.get("_stack_policy", "")
            stack["_stack_policy"] = given(parameters, "StackPolicyDuringUpdate")[0] or before
            stack["_policy_after"] = (before, after)
        return answer

    return update


def note_status(stack: dict, status: str) -> None:
    """At the end of an update its stack has the new policy if it succeeded, else the one before."""
    if status in ENDS and "_policy_after" in stack:
        before, after = stack.pop("_policy_after")
        stack["_stack_policy"] = after if status == "UPDATE_COMPLETE" else before


# Decisions.


def asking(update):
    def change(kind, physical_id, old, new, stack_name, logical_id=None, *attributes):
        stack = _stacks.get(stack_name) or {}
        if old != new and stack.get("StackStatus") == "UPDATE_IN_PROGRESS":
            action = "Update:Replace" if provisioners._replacing_change(kind, old, new) else "Update:Modify"
            reason = why_denied(stack, action, logical_id or "", kind)
            if reason is not None:
                raise ValueError(reason)
        return update(kind, physical_id, old, new, stack_name, logical_id, *attributes)

    return change


def why_removal_denied(stack: dict, template: dict, previous: dict) -> tuple[str, str] | None:
    """The first of the resources that an update removes and may not, with the reason."""
    conditions = stack.get("_conditions", {})
    for logical_id, resource in previous["_resources"].items():
        definition = (template.get("Resources") or {}).get(logical_id)
        if definition is not None and conditions.get(definition.get("Condition"), True):
            continue
        reason = why_denied(stack, "Update:Delete", logical_id, resource["ResourceType"])
        if reason is not None:
            return logical_id, reason
    return None


def why_denied(stack: dict, action: str, logical_id: str, kind: str) -> str | None:
    """A policy with a statement protects every resource that no statement allows."""
    text = stack.get("_stack_policy") or "{}"
    found = listed(json.loads(text).get("Statement", []))
    if not found:
        return None
    hits = [(index, one) for index, one in enumerate(found, 1) if applies(one, action, logical_id, kind)]
    denials = "".join(
        f" Statement [#{index}] does not allow [{', '.join(listed(one.get('Action', one.get('NotAction'))))}] for resource "
        f"[{', '.join(listed(one.get('Resource', one.get('NotResource'))))}];"
        for index, one in hits
        if one["Effect"] == "Deny"
    )
    if denials:
        return f"Action denied by stack policy:{denials}"
    return None if hits else "Action not allowed by stack policy"


def applies(statement: dict, action: str, logical_id: str, kind: str) -> bool:
    def among(member: str, value: str) -> bool:
        named = any(fnmatch.fnmatchcase(value, pattern) for pattern in listed(statement.get(member, [])))
        return named if member in statement else not among(f"Not{member}", value)

    conditions = statement.get("Condition", {})
    types = [listed(test.get("ResourceType", "*")) for test in conditions.values()]
    of_type = all(any(fnmatch.fnmatchcase(kind, pattern) for pattern in patterns) for patterns in types)
    return of_type and among("Action", action) and among("Resource", f"LogicalResourceId/{logical_id}")
