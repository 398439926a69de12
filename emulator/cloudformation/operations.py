"""The phases of a stack operation, in AWS's order. ministack deletes what an update removes or replaces while the stack
is still UPDATE_IN_PROGRESS, gives a stack its old template back only after the roll-back's deletions, and forgets what
failed to be created. On AWS a deletion sees the stack that the operation leads to: a custom resource that is asked to
delete something can read from the stack whether the rest of it stays.
"""

import contextvars
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ministack.core.responses import now_iso
from ministack.services.cloudformation import _stacks, changesets, handlers, provisioners, stacks

import cleanup
import deletions
import exports
import stack_policies
from cleanup import ROLLBACK_CLEANUP, STACK, UPDATE_CLEANUP

REMOVED = ("DELETE_COMPLETE", "DELETE_SKIPPED", "DELETE_FAILED")

# What an update changes of a stack, and its roll-back restores.
RESTORED = ("_template", "_template_body", "_resolved_params", "_conditions", "Parameters", "Tags", "Outputs")


@dataclass(frozen=True)
class Operation:
    """What the task at hand does to a stack."""

    stack_id: str
    template: dict
    # The stack before the update; None in a creation.
    previous: dict | None
    # Logical ids of what the operation adopts rather than makes.
    imported: frozenset[str] = frozenset()

    def adds(self, logical_id: str) -> bool:
        """Whether an update makes this resource anew."""
        held = None if self.previous is None else {*self.previous["_resources"], *self.imported}
        return held is not None and logical_id not in held


running: contextvars.ContextVar[Operation | None] = contextvars.ContextVar("running", default=None)

original_deploy = stacks._deploy_stack_async
original_roll_back = stacks._roll_back_operation
original_continue = stacks._continue_update_rollback_async
original_event = stacks._add_event
original_provision = provisioners._provision_resource


def install() -> None:
    for module in (stacks, handlers, changesets):
        module._deploy_stack_async = deploy
    stacks._resolve_stack_outputs = resolve_outputs
    for module in (stacks, handlers):
        module._roll_back_operation = roll_back
    handlers._continue_update_rollback_async = continue_roll_back
    stacks._add_event = add_event
    for module in (provisioners, stacks):
        module._provision_resource = provision
    stacks._delete_resource = with_events(stacks._delete_resource)


# The clean-up of an update.


async def deploy(stack_name, stack_id, template, *arguments, previous_stack=None, imports=None, **named):
    running.set(Operation(stack_id, template, previous_stack, frozenset(imports or {})))
    named.update(previous_stack=previous_stack, imports=imports)
    operation = original_deploy(stack_name, stack_id, template, *arguments, **named)
    stack = _stacks[stack_name]
    protected = stack_policies.why_removal_denied(stack, template, previous_stack) if previous_stack else None
    if protected is not None:
        operation.close()
        operation = refuse_removal(stack, template, arguments[0], previous_stack, *protected)
    await cleanup.with_children(stack_name, stack_id, operation)


async def refuse_removal(stack, template, parameters, previous, logical_id: str, reason: str) -> None:
    """Ends an update before it begins, because a stack policy keeps a resource that it removes."""
    stack_id, stack_name, held = stack["StackId"], stack["StackName"], stack["_resources"][logical_id]
    kind, physical_id = held["ResourceType"], held["PhysicalResourceId"]
    add_event(stack_id, stack_name, logical_id, kind, "UPDATE_FAILED", reason, physical_id)
    failed = (logical_id, kind, physical_id, None, None, None)
    operation = failed_update(previous, template, parameters, stack["Tags"], failed=failed)
    await stacks._roll_back_operation(stack_name, stack_id, stack, operation)


def failed_update(
    previous: dict, template: dict, parameters: dict, tags: list, created: Iterable[str] = (), failed: tuple | None = None
) -> dict:
    """What the roll-back of an update needs, in ministack's form. `created` are logical ids of what the update may have made;
    `failed` is the resource that failed.
    """
    return stacks._failed_operation(
        is_update=True,
        previous_stack=previous,
        created=created,
        failed_update=failed,
        failed_logical_id=failed[0] if failed else None,
        replaced_ids=[],
        cancelled=False,
        template=template,
        param_values=parameters,
        retain_except_on_create=False,
        stack_tags=tags,
        previous_tags=previous["Tags"],
    )


def resolve_outputs(definitions, conditions, resources, parameters, mappings, stack_name, stack_id):
    """The outputs are what ministack makes after the last resource and before the deletions, which the clean-up is."""
    found = exports.resolve_outputs(definitions, conditions, resources, parameters, mappings, stack_name, stack_id)
    operation, stack = running.get(), _stacks.get(stack_name)
    if operation is not None and operation.stack_id == stack_id and stack["StackStatus"] == "UPDATE_IN_PROGRESS":
        stack.update(
            StackStatus=UPDATE_CLEANUP,
            Outputs=found[0],
            _template=operation.template,
            _resolved_params=parameters,
        )
        add_event(stack_id, stack_name, stack_name, STACK, UPDATE_CLEANUP, physical_id=stack_id)
    return found


def with_events(delete: Callable) -> Callable:
    """With the events of a deletion in the clean-up of an update, which ministack leaves out."""

    def delete_resource(kind, physical_id, properties, stack_name, logical_id):
        stack = _stacks.get(stack_name) or {}
        if cleanup.collect(kind, physical_id, properties, stack_name, logical_id):
            return None
        if stack.get("StackStatus") != UPDATE_CLEANUP:
            return delete(kind, physical_id, properties, stack_name, logical_id)

        def tell(status):
            stacks._add_event(stack["StackId"], stack_name, logical_id, kind, status, physical_id=physical_id)

        tell("DELETE_IN_PROGRESS")
        deleted = delete(kind, physical_id, properties, stack_name, logical_id)
        tell("DELETE_COMPLETE")
        return deleted

    return delete_resource


# The roll-back.


async def roll_back(stack_name, stack_id, stack, operation, reason_override=""):
    reason_override = exports.reason_of_roll_back(stack) or reason_override
    failed = stack.pop("_failed_creation", None)
    if failed in stack.get("_resources", {}) and failed not in operation["created"]:
        operation = {**operation, "created": [*operation["created"], failed]}
    previous, imported = operation.get("previous_stack"), frozenset(operation.get("imports") or {})
    running.set(Operation(stack_id, operation.get("template") or {}, previous, imported))
    held = dict(stack.get("_resources", {}))
    roll_back_itself = original_roll_back(stack_name, stack_id, stack, operation, reason_override)
    await cleanup.with_children(stack_name, stack_id, roll_back_itself)
    deletions.keep_undeleted(stack, held)


async def continue_roll_back(stack_name, stack_id, skipped):
    stack = _stacks[stack_name]
    before = dict(stack.get("_rollback_failed", {}))
    await cleanup.with_children(stack_name, stack_id, original_continue(stack_name, stack_id, skipped))
    deletions.drop_deleted(stack, before, skipped)


def add_event(
    stack_id, stack_name, logical_id, resource_type, status, reason="", physical_id="", detailed_status=""
):
    if cleanup.is_held_back(stack_id, stack_name, status, physical_id):
        return
    if exports.is_refusal(_stacks.get(stack_name) or {}, reason):
        return
    operation = running.get()
    made = operation is not None and operation.stack_id == stack_id and operation.adds(logical_id)
    if made and physical_id != stack_id and status.startswith("UPDATE_"):
        # ministack says of everything in an update that it is updated.
        status = status.replace("UPDATE_", "CREATE_")
    original_event(
        stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status
    )
    stack = _stacks.get(stack_name)
    if stack is None or stack["StackId"] != stack_id:
        return
    if physical_id == stack_id:
        note_status(stack, status)
    else:
        note_resource(stack, logical_id, status, physical_id)


def note_status(stack: dict, status: str) -> None:
    stack_policies.note_status(stack, status)
    if status == "DELETE_IN_PROGRESS":
        stack["DeletionTime"] = now_iso()
    elif status == "CREATE_IN_PROGRESS":
        # A nested stack; ministack notes an update at once.
        stack.pop("LastUpdatedTime", None)
    operation = running.get()
    if status != ROLLBACK_CLEANUP or operation is None or operation.previous is None:
        return
    previous = operation.previous
    stack.update({member: previous[member] for member in RESTORED if member in previous})
    # What was replaced is the old resource again; what was added stays listed until it is deleted. ministack goes on
    # with the table that this one takes the place of.
    old = previous["_resources"]
    added = {name: resource for name, resource in stack["_resources"].items() if name not in old}
    stack["_resources"] = {**old, **added}


def note_resource(stack: dict, logical_id: str, status: str, physical_id: str) -> None:
    resource = stack["_resources"].get(logical_id)
    if resource is None or resource["PhysicalResourceId"] != physical_id:
        return
    if status in ("CREATE_COMPLETE", "DELETE_IN_PROGRESS"):
        resource.update(ResourceStatus=status, Timestamp=now_iso())
    elif status in REMOVED and stack["StackStatus"] == ROLLBACK_CLEANUP:
        del stack["_resources"][logical_id]


# What failed to be created.


def provision(kind, logical_id, properties, stack_name):
    """An error that names a physical id tells of a resource that may exist in part: its stack keeps it as CREATE_FAILED
    until the roll-back, or the deletion of the stack, deletes it.
    """
    try:
        return original_provision(kind, logical_id, properties, stack_name)
    except Exception as error:
        physical_id, stack = getattr(error, "physical_id", None), _stacks.get(stack_name)
        if not physical_id or stack is None:
            raise
        held = stack["_resources"].get(logical_id)
        if held is None:
            stack["_resources"][logical_id] = {
                "PhysicalResourceId": physical_id,
                "ResourceType": kind,
                "ResourceStatus": "CREATE_FAILED",
                "ResourceStatusReason": str(error),
                "LogicalResourceId": logical_id,
                "Properties": properties,
                "Attributes": {},
                "Timestamp": now_iso(),
            }
            stack["_failed_creation"] = logical_id
        elif held["PhysicalResourceId"] != physical_id:
            # The replacement of a resource that the stack keeps has no place of its own in it.
            provisioners._delete_resource(kind, physical_id, properties, stack_name, logical_id)
        raise
