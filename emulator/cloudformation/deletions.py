"""Which stacks are not deleted or updated, and with which resources left alone; what a roll-back that failed leaves in its
stack.
"""

from ministack.services.cloudformation import handlers, stacks
from ministack.services.cloudformation.helpers import _error, _extract_string_members, _p, _xml

import exports
from cleanup import STACK

original_delete = handlers._ACTION_HANDLERS["DeleteStack"]
original_update = handlers._ACTION_HANDLERS["UpdateStack"]

UPDATABLE = ("CREATE_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
NOT_RETAINED = (
    "The specified resources to retain must be in a valid state. Do not specify resources that are in the DELETE_COMPLETE "
    "state."
)


def install() -> None:
    handlers._ACTION_HANDLERS["DeleteStack"] = delete_stack
    handlers._ACTION_HANDLERS["UpdateStack"] = update_stack


def update_stack(parameters):
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    if stack is not None and stack["StackStatus"] not in (*UPDATABLE, "DELETE_COMPLETE"):
        told = f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated."
        return _error("ValidationError", told)
    return original_update(parameters)


def delete_stack(parameters):
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE" or stack.get("EnableTerminationProtection"):
        return original_delete(parameters)
    stack_id, status = stack["StackId"], stack["StackStatus"]
    if status == "DELETE_IN_PROGRESS":
        # It goes on; the call begins no second one.
        return _xml(200, "DeleteStackResponse", "")
    if status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
        return _error("ValidationError", f"Stack [{stack_id}] cannot be deleted while in status {status}")
    reason = why_not_retained(stack, _extract_string_members(parameters, "RetainResources"))
    if reason is not None:
        return _error("ValidationError", reason)
    kept = exports.why_kept(stack_id)
    if kept is not None:
        return take_back(stack, kept)
    stack["StackStatusReason"] = ""
    return original_delete(parameters)


def why_not_retained(stack: dict, retained: list[str]) -> str | None:
    if retained and stack["StackStatus"] != "DELETE_FAILED":
        when = "specify which resources to retain only when the stack is in the DELETE_FAILED state."
        return f"Invalid operation on stack [{stack['StackId']}]. When you delete a stack, {when}"
    return None if set(retained) <= stack["_resources"].keys() else NOT_RETAINED


def take_back(stack: dict, reason: str) -> tuple:
    """The call succeeds; the stack is again what it was, with the reason."""
    stack_id, name, status = stack["StackId"], stack["StackName"], stack["StackStatus"]
    stacks._add_event(stack_id, name, name, STACK, "DELETE_IN_PROGRESS", "User Initiated", stack_id)
    stacks._add_event(stack_id, name, name, STACK, status, reason, stack_id)
    stack.pop("DeletionTime", None)
    stack["StackStatusReason"] = reason
    return _xml(200, "DeleteStackResponse", "")


# Roll-backs.


def keep_undeleted(stack: dict, held: dict) -> None:
    """What a roll-back could not delete stays in the stack, for a later deletion."""
    for logical_id, failed in stack.get("_rollback_failed", {}).items():
        if "RevertTo" not in failed and logical_id in held:
            stack["_resources"].setdefault(logical_id, {**held[logical_id], "ResourceStatus": "DELETE_FAILED"})


def drop_deleted(stack: dict, before: dict, skipped: frozenset[str]) -> None:
    """After a roll-back was continued: what it deleted leaves the stack, what it skipped counts as done."""
    for logical_id in before.keys() - stack.get("_rollback_failed", {}).keys():
        resource = stack["_resources"].get(logical_id)
        if resource is None:
            continue
        if logical_id in skipped:
            resource["ResourceStatus"] = "UPDATE_COMPLETE"
        elif "RevertTo" not in before[logical_id]:
            del stack["_resources"][logical_id]
