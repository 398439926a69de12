"""What CloudFormation tells of a stack, where ministack tells less: the stack that holds a physical resource, the parent
and the root of a nested stack, the change set that made a stack what it is, and times only of what happened. A change
set counts a resource whose condition turned false as removed.
"""

import re

from ministack.services.cloudformation import _stacks, changesets, handlers
from ministack.services.cloudformation.engine import _evaluate_conditions
from ministack.services.cloudformation.helpers import _error, _p

# Elements that AWS leaves out when they say nothing.
EMPTY = re.compile(rb"<(LastUpdatedTime|StackStatusReason|Description)></\1>")
IDENTITY = re.compile(rb"<StackId>([^<]*)</StackId><StackStatus>")

original_properties = changesets._resolve_props_for_diff


def install() -> None:
    actions = handlers._ACTION_HANDLERS
    for name, change in CHANGED.items():
        actions[name] = change(actions[name])
    changesets._resolve_props_for_diff = properties_in_force


# What calls leave on a stack.


def creating(call):
    """A stack that was never updated has no time of its last update."""

    def create(parameters):
        known = {stack["StackId"] for stack in _stacks.values()}
        answer = call(parameters)
        for stack in _stacks.values():
            if answer[0] == 200 and stack["StackId"] not in known:
                stack.pop("LastUpdatedTime", None)
                remember(stack, parameters)
        return answer

    return create


def updating(call):
    def update(parameters):
        answer = call(parameters)
        stack = handlers._resolve_stack(_p(parameters, "StackName"))
        if answer[0] == 200 and stack is not None:
            stack.pop("_change_set", None)
            remember(stack, parameters)
        return answer

    return update


def executing(call):
    def execute(parameters):
        parameters = by_stack_name(parameters)
        change_set_id, change_set = changesets._find_change_set(
            _p(parameters, "ChangeSetName"), _p(parameters, "StackName")
        )
        answer = call(parameters)
        if answer[0] == 200 and change_set is not None:
            stack = _stacks[change_set["StackName"]]
            stack["_change_set"] = change_set_id
            remember(stack, parameters)
        return answer

    return execute


def remember(stack: dict, parameters: dict) -> None:
    stack["RetainExceptOnCreate"] = _p(parameters, "RetainExceptOnCreate", "false").lower() == "true"


def by_stack_name(parameters: dict) -> dict:
    """The parameters with a stack's name in the place of its ARN: ministack files change sets under names."""
    stack = handlers._resolve_stack(_p(parameters, "StackName")) if _p(parameters, "StackName") else None
    return {**parameters, "StackName": [stack["StackName"]]} if stack else parameters


# What is told.


def describing(call):
    def describe(parameters):
        status, headers, body = call(parameters)
        known = {stack["StackId"]: stack for stack in _stacks.values()}

        def with_more(found):
            more = further(known.get(found[1].decode(), {}))
            members = "".join(f"<{name}>{value}</{name}>" for name, value in more.items() if value)
            return members.encode() + found[0]

        return status, headers, EMPTY.sub(b"", IDENTITY.sub(with_more, body))

    return describe


def further(stack: dict) -> dict[str, str]:
    parent = stack.get("ParentId")
    return {
        "ParentId": parent,
        "RootId": root(stack) if parent else None,
        "ChangeSetId": stack.get("_change_set"),
        "RoleARN": stack.get("_role"),
        "DeletionTime": stack.get("DeletionTime"),
        "RetainExceptOnCreate": str(stack.get("RetainExceptOnCreate", False)).lower(),
    }


def root(child: dict) -> str:
    parent = _stacks.get(child["_parent_stack_name"]) or {}
    return root(parent) if parent.get("ParentId") else child["ParentId"]


def of_physical_resource(call):
    """The resources of the stack that holds a resource now, whatever its name is there."""

    def describe(parameters):
        name, physical_id = _p(parameters, "StackName"), _p(parameters, "PhysicalResourceId")
        if bool(name) == bool(physical_id):
            return _error("ValidationError", "Specify either StackName or PhysicalResourceId.")
        if physical_id:
            holder = next((stack for stack in list(_stacks.values()) if holds(stack, physical_id)), None)
            if holder is None:
                return _error("ValidationError", f"Stack for {physical_id} does not exist")
            parameters = {**parameters, "StackName": [holder["StackId"]]}
        return call(parameters)

    return describe


def holds(stack: dict, physical_id: str) -> bool:
    resources = list(stack.get("_resources", {}).values())
    return any(resource["PhysicalResourceId"] == physical_id for resource in resources)


def of_change_set(call):
    return lambda parameters: call(by_stack_name(parameters))


CHANGED = {
    "CreateStack": creating,
    "CreateChangeSet": creating,
    "UpdateStack": updating,
    "ExecuteChangeSet": executing,
    "DescribeStacks": describing,
    "DescribeStackResources": of_physical_resource,
    "DescribeChangeSet": of_change_set,
}


# Change sets.


def properties_in_force(template, parameters, stack_name, stack_id):
    found = original_properties(template, parameters, stack_name, stack_id)
    if not found:
        return found
    try:
        conditions = _evaluate_conditions(template, parameters)
    except ValueError:
        return found
    resources = found["Resources"].items()
    return {
        "Resources": {
            name: resource for name, resource in resources if conditions.get(resource.get("Condition"), True)
        }
    }
