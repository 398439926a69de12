"""Properties that a type of CloudFormation does not have: found before a stack operation or in a change set, and, where
that validation is disabled and in nested stacks, when the resource is made. `properties.json` holds the names.
"""

import json
import pathlib
from collections.abc import Iterator

from ministack.core.responses import new_uuid
from ministack.services.cloudformation import _change_sets, changesets, handlers, helpers, provisioners, stacks

from references import pruned

TYPES = json.loads((pathlib.Path(__file__).parent / "properties.json").read_text(encoding="utf-8"))
VALIDATION = "PROPERTY_VALIDATION"
FAILED_CHANGE_SET = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation "
    "errors, use the DescribeEvents API for detailed failure information."
)

original_errors = stacks._validation_errors


def install() -> None:
    stacks._validation_errors = validation_errors
    for module in (provisioners, stacks):
        module._provision_resource = providing(module._provision_resource)
        module._update_resource = updating(module._update_resource)
    actions = handlers._ACTION_HANDLERS
    actions["CreateChangeSet"] = creating_change_set(actions["CreateChangeSet"])
    actions["DescribeEvents"] = describing_events(actions["DescribeEvents"])


def unknown(kind: str, properties: object, conditions: dict) -> Iterator[tuple[str, str]]:
    """Path and reason of each property that the type does not have."""
    described = TYPES.get(kind) or {}
    for path, name in extraneous(pruned(properties, conditions), described.get("properties"), ""):
        if described.get("native"):
            yield path, f"Encountered unsupported property {name}"
        else:
            yield path, f"#{path}: extraneous key [{name}] is not permitted"


def extraneous(value: object, known: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(known, list) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from extraneous(item, known[0], f"{path}/{index}")
    elif isinstance(known, dict) and isinstance(value, dict) and not is_function(value):
        for name, item in value.items():
            if name in known:
                yield from extraneous(item, known[name], f"{path}/{name}")
            else:
                yield path, name


def is_function(value: dict) -> bool:
    return any(name == "Ref" or name.startswith("Fn::") for name in value)


def validation_errors(resources, ordered, parameters, conditions, *arguments, **named):
    found = original_errors(resources, ordered, parameters, conditions, *arguments, **named)
    for logical_id in ordered:
        resource = resources[logical_id]
        kind = resource["Type"]
        for path, reason in unknown(kind, resource.get("Properties") or {}, conditions):
            place = f"/Resources/{logical_id}/Properties{path}"
            found.append((logical_id, kind, VALIDATION, place, reason))
    return found


# When the resource is made.


def refuse_unknown(kind: str, logical_id: str, properties: dict) -> None:
    """Tags are those that CloudFormation adds."""
    own = {name: item for name, item in properties.items() if "Tags" not in name}
    reasons = [reason for _, reason in unknown(kind, own, {})]
    if not reasons:
        return
    if TYPES[kind].get("native"):
        raise ValueError(reasons[0])
    raise ValueError(f"Properties validation failed for resource {logical_id} with message:\n[{', '.join(reasons)}]")


def providing(provision):
    def provide(kind, logical_id, properties, stack_name):
        refuse_unknown(kind, logical_id, properties)
        return provision(kind, logical_id, properties, stack_name)

    return provide


def updating(update):
    def change(kind, physical_id, old, new, stack_name, logical_id=None, *attributes):
        if old != new:
            refuse_unknown(kind, logical_id or physical_id, new)
        return update(kind, physical_id, old, new, stack_name, logical_id, *attributes)

    return change


# Change sets.


def creating_change_set(call):
    def create(parameters):
        known = set(_change_sets)
        answer = call(parameters)
        for name, change_set in list(_change_sets.items()):
            if name not in known and not change_set["_disable_validation"]:
                validate(change_set)
        return answer

    return create


def validate(change_set: dict) -> None:
    template, parameters = change_set["_template"], change_set["_resolved_params"]
    conditions = changesets._evaluate_conditions(template, parameters) if template.get("Conditions") else {}
    resources = template.get("Resources") or {}
    events = [
        stacks._operation_event(
            change_set["StackId"],
            new_uuid(),
            "VALIDATION_ERROR",
            "CREATE_CHANGESET",
            LogicalResourceId=logical_id,
            ResourceType=resource["Type"],
            ValidationFailureMode="FAIL",
            ValidationName=VALIDATION,
            ValidationStatus="FAILED",
            ValidationStatusReason=reason,
            ValidationPath=f"/Resources/{logical_id}/Properties{path}",
        )
        for logical_id, resource in resources.items()
        if conditions.get(resource.get("Condition"), True)
        for path, reason in unknown(resource["Type"], resource.get("Properties") or {}, conditions)
    ]
    if events:
        change_set.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=FAILED_CHANGE_SET)
        change_set["_operation_events"] = events


def describing_events(call):
    """ministack keeps those of stacks only."""

    def describe(parameters):
        name = helpers._p(parameters, "ChangeSetName")
        _, change_set = changesets._find_change_set(name, helpers._p(parameters, "StackName")) if name else (None, None)
        if change_set is None:
            return call(parameters)
        members = "".join(
            "<member>"
            + "".join(
                f"<{field}>{helpers._esc(str(event[field]))}</{field}>"
                for field in handlers._OPERATION_EVENT_FIELDS
                if event.get(field)
            )
            + "</member>"
            for event in change_set.get("_operation_events", [])
        )
        found = f"<DescribeEventsResult><OperationEvents>{members}</OperationEvents></DescribeEventsResult>"
        return helpers._xml(200, "DescribeEventsResponse", found)

    return describe
