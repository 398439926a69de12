"""Exports of stacks: a name belongs to one stack, and one that another stack imports is neither changed nor removed, nor is
its stack deleted. ministack takes over the name of another stack, and never takes back what an update removes.
"""

from ministack.services.cloudformation import _exports, _stacks, handlers, stacks

# A stack in one of these holds no resources that could use an import.
WITHOUT_RESOURCES = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")

original_outputs = stacks._resolve_stack_outputs


def importer(name: str, exporter: str) -> str | None:
    """A stack that imports a name."""
    for stack_name, stack in list(_stacks.items()):
        if stack["StackId"] == exporter or stack["StackStatus"] in WITHOUT_RESOURCES:
            continue
        if name in handlers._imported_export_names(stack, stack_name):
            return stack_name
    return None


def why_refused(stack_id: str, exports: dict) -> str | None:
    """Why a stack may not export this and nothing else."""
    for name in exports:
        other = _exports.get(name)
        if other is not None and other["StackId"] != stack_id:
            return f"Export with name {name} is already exported by stack {other['StackId'].split('/')[1]}"
    for name, export in list(_exports.items()):
        if export["StackId"] != stack_id or export["Value"] == exports.get(name, {}).get("Value"):
            continue
        user = importer(name, stack_id)
        if user is not None and name in exports:
            return f"Export {name} cannot be updated as it is in use by {user}"
        if user is not None:
            return f"Delete canceled. Cannot delete export {name} as it is in use by {user}."
    return None


def resolve_outputs(definitions, conditions, resources, parameters, mappings, stack_name, stack_id):
    found = original_outputs(definitions, conditions, resources, parameters, mappings, stack_name, stack_id)
    exports = found[1]
    reason = why_refused(stack_id, exports)
    if reason is not None:
        _stacks[stack_name]["_export_refused"] = reason
        raise ValueError(reason)
    for name, export in list(_exports.items()):
        if export["StackId"] == stack_id and name not in exports:
            del _exports[name]
    return found


def reason_of_roll_back(stack: dict) -> str | None:
    """With what the roll-back begins if the exports failed: no resource did."""
    reason = stack.pop("_export_refused", None)
    return None if reason is None else f"{reason.removesuffix('.')}. Rollback requested by user."


def is_refusal(stack: dict, reason: str) -> bool:
    """Whether an event only says what the one of the roll-back says."""
    return bool(reason) and stack.get("_export_refused") == reason and not stack.get("DisableRollback")


def why_kept(stack_id: str) -> str | None:
    """Why a stack is not deleted: another imports from it."""
    for name, export in list(_exports.items()):
        user = importer(name, stack_id) if export["StackId"] == stack_id else None
        if user is not None:
            return f"Delete canceled. Cannot delete export {name} as it is in use by {user}."
    return None
