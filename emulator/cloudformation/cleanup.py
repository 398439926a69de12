"""Deletions of nested stacks that wait for the root: on AWS the clean-up of an update, or of its roll-back, begins in all
stacks of a tree when the root has come so far. A child keeps its list until then, and the status of a clean-up in progress.
"""

import contextvars
from collections.abc import Awaitable
from dataclasses import dataclass, field

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import now_iso
from ministack.services.cloudformation import _stacks, provisioners, stacks

STACK = "AWS::CloudFormation::Stack"
UPDATE_CLEANUP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
ROLLBACK_CLEANUP = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"

# The status of a clean-up, by the one that it ends in.
CLEANUPS = {"UPDATE_COMPLETE": UPDATE_CLEANUP, "UPDATE_ROLLBACK_COMPLETE": ROLLBACK_CLEANUP}


@dataclass(frozen=True)
class Deletion:
    logical_id: str
    kind: str
    physical_id: str
    properties: dict
    # What the stack lists of the resource until it is gone; None of one that was replaced.
    record: dict | None


@dataclass
class Collector:
    """Takes the deletions of one child while its own operation runs."""

    stack_name: str
    deletions: list[Deletion] = field(default_factory=list)


collecting: contextvars.ContextVar[Collector | None] = contextvars.ContextVar("collecting", default=None)
# The stack whose last event is held back until its children are clean.
holding: contextvars.ContextVar[str] = contextvars.ContextVar("holding", default="")


def collect(kind: str, physical_id: str, properties: dict, stack_name: str, logical_id: str) -> bool:
    """Whether the deletion waits for the root."""
    collector, stack = collecting.get(), _stacks.get(stack_name) or {}
    if collector is None or collector.stack_name != stack_name or stack["StackStatus"] not in CLEANUPS.values():
        return False
    record = stack["_resources"].get(logical_id)
    if record is not None and record["PhysicalResourceId"] != physical_id:
        record = None
    collector.deletions.append(Deletion(logical_id, kind, physical_id, properties, record))
    return True


def is_held_back(stack_id: str, stack_name: str, status: str, physical_id: str) -> bool:
    """Whether an event is not true yet: the end of a stack that is not clean, or of a deletion that waits."""
    if physical_id == stack_id:
        return holding.get() == stack_id and status in CLEANUPS
    collector, stack = collecting.get(), _stacks.get(stack_name) or {}
    if collector is None or collector.stack_name != stack_name:
        return False
    return stack.get("StackStatus") == ROLLBACK_CLEANUP and status in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")


async def with_children(stack_name: str, stack_id: str, operation: Awaitable) -> None:
    """Runs a stack's operation. A root is at its end when its children are clean; a child waits for the root."""
    if holding.get() == stack_id:
        await operation
        return
    token = holding.set(stack_id)
    try:
        await operation
    finally:
        holding.reset(token)
    stack = _stacks.get(stack_name) or {}
    end = stack.get("StackStatus")
    if stack.get("StackId") != stack_id or end not in CLEANUPS:
        return
    stack["StackStatus"] = CLEANUPS[end]
    if "_parent_stack_name" not in stack:
        await run_reentrant(finish_children, stack_name)
        finish(stack, end)


def finish(stack: dict, end: str) -> None:
    stack["StackStatus"] = end
    name, stack_id = stack["StackName"], stack["StackId"]
    stacks._add_event(stack_id, name, name, STACK, end, physical_id=stack_id)


def finish_children(parent: str) -> None:
    """Makes the deletions that the children of a stack kept, those of the last made child first."""
    children = [stack for stack in list(_stacks.values()) if stack.get("_parent_stack_name") == parent]
    for child in reversed(children):
        if child["StackStatus"] not in CLEANUPS.values():
            continue
        for deletion in child.pop("_deletions", []):
            delete(child, deletion)
        finish_children(child["StackName"])
        finish(child, next(end for end, cleanup in CLEANUPS.items() if cleanup == child["StackStatus"]))


def delete(child: dict, deletion: Deletion) -> None:
    """As in the clean-up of a root: what cannot be deleted does not fail the operation."""
    stack_id, name = child["StackId"], child["StackName"]
    logical_id, kind, physical_id = deletion.logical_id, deletion.kind, deletion.physical_id
    stacks._add_event(stack_id, name, logical_id, kind, "DELETE_IN_PROGRESS", physical_id=physical_id)
    try:
        provisioners._delete_resource(kind, physical_id, deletion.properties, name, logical_id)
    except Exception as error:
        stacks._add_event(stack_id, name, logical_id, kind, "DELETE_FAILED", str(error), physical_id)
        if deletion.record is not None:
            deletion.record.update(
                ResourceStatus="DELETE_FAILED", ResourceStatusReason=str(error), Timestamp=now_iso()
            )
        return
    stacks._add_event(stack_id, name, logical_id, kind, "DELETE_COMPLETE", physical_id=physical_id)
    held = child["_resources"].get(logical_id)
    if held is not None and held["PhysicalResourceId"] == physical_id:
        del child["_resources"][logical_id]


def keep(child: dict, collector: Collector) -> None:
    """Files what was collected with the child, which lists the resources until they are gone."""
    child["_deletions"] = collector.deletions
    for deletion in collector.deletions:
        if deletion.record is not None:
            child["_resources"].setdefault(deletion.logical_id, deletion.record)
