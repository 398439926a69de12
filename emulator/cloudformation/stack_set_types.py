"""The type AWS::CloudFormation::StackSet: a stack set with its instances, each change an operation that is followed to its end."""

from collections import defaultdict

from ministack.services.cloudformation import provisioners

import actors
import clock
import forwarded
from forwarded import own_tags
from gateway_calls import call

SERVICE = "cloudformation"
STACK_SET = "AWS::CloudFormation::StackSet"
GONE = ("StackSetNotFoundException",)
UNFINISHED = ("RUNNING", "STOPPING", "QUEUED")
GROUPS, PREFERENCES = "StackInstancesGroup", "OperationPreferences"
# A target: the member that names it, its name, and what else the deployment targets say, as pairs.
Target = tuple[str, str, tuple]


def install(handlers: dict) -> None:
    forwarded.keep_off_event_loop(STACK_SET)
    actors.THROUGH_GATEWAY.add(STACK_SET)
    handlers[STACK_SET] = {"create": create, "update": update, "delete": delete}
    provisioners._REPLACING_PROPERTIES[STACK_SET] = ("PermissionModel", "StackSetName")


def create(_logical_id: str, properties: dict, _stack: str) -> forwarded.Provisioned:
    made = call(SERVICE, "CreateStackSet", of_set(properties))["StackSetId"]
    try:
        for group in properties.get(GROUPS) or []:
            operate("CreateStackInstances", made, properties, group)
    except ValueError as error:
        error.physical_id = made
        raise
    return made, {"StackSetId": made}


def update(made: str, old: dict, new: dict, _stack: str) -> forwarded.Provisioned:
    if of_set(old) != of_set(new):
        sent = {**of_set(new), **preferences(new, None), "StackSetName": made}
        ended(call(SERVICE, "UpdateStackSet", sent), made, new)
    before, after = instances(old), instances(new)
    removed = [place for place in before if place not in after]
    for group in grouped(dict.fromkeys(removed, ())):
        operate("DeleteStackInstances", made, new, group, RetainStacks=False)
    for group in grouped({place: item for place, item in after.items() if place not in before}):
        operate("CreateStackInstances", made, new, group)
    changed = {place: item for place, item in after.items() if place in before and before[place] != item}
    for group in grouped(changed):
        operate("UpdateStackInstances", made, new, {"ParameterOverrides": [], **group})
    return made, {"StackSetId": made}


def delete(made: str, properties: dict) -> None:
    for group in properties.get(GROUPS) or []:
        bare = {name: item for name, item in group.items() if name != "ParameterOverrides"}
        operate("DeleteStackInstances", made, properties, bare, gone=GONE, RetainStacks=False)
    call(SERVICE, "DeleteStackSet", {"StackSetName": made, **as_whom(properties)}, gone=GONE)


# Inputs.


def of_set(properties: dict) -> dict:
    """The properties that are of the set itself."""
    return {name: item for name, item in own_tags(properties).items() if name not in (GROUPS, PREFERENCES)}


def as_whom(properties: dict) -> dict:
    return {"CallAs": properties["CallAs"]} if properties.get("CallAs") else {}


def preferences(properties: dict, regions: list | None) -> dict:
    """The preferences for an operation in some Regions: their order may be one of more of them."""
    given = properties.get(PREFERENCES)
    if not given:
        return {}
    order = given.get("RegionOrder")
    if order and regions is not None:
        given = {**given, "RegionOrder": [region for region in order if region in regions]}
    return {PREFERENCES: given}


def instances(properties: dict) -> dict[tuple[Target, str], tuple]:
    """The overrides of each target in each Region, as sorted pairs."""
    found = {}
    for group in properties.get(GROUPS) or []:
        targets = group["DeploymentTargets"]
        named = "OrganizationalUnitIds" if targets.get("OrganizationalUnitIds") else "Accounts"
        rest = {name: item for name, item in targets.items() if name != named}
        # Lists in it have no order that matters.
        about = tuple(sorted((name, tuple(item) if isinstance(item, list) else item) for name, item in rest.items()))
        overrides = group.get("ParameterOverrides") or []
        pairs = tuple(sorted((item["ParameterKey"], str(item.get("ParameterValue", ""))) for item in overrides))
        for region in group["Regions"]:
            for name in targets.get(named) or [""]:
                found[((named, str(name), about), region)] = pairs
    return found


def grouped(places: dict[tuple[Target, str], tuple]) -> list[dict]:
    """The places as groups of instances, with as few operations as they need."""
    regions = defaultdict(list)
    for (target, region), overrides in places.items():
        regions[(target, overrides)].append(region)
    names = defaultdict(list)
    for ((named, name, about), overrides), own in regions.items():
        names[(named, about, overrides, tuple(sorted(own)))].append(name)
    groups = []
    for (named, about, overrides, own), found in names.items():
        rest = {name: list(item) if isinstance(item, tuple) else item for name, item in about}
        group = {"DeploymentTargets": {**rest, **({named: found} if found != [""] else {})}, "Regions": list(own)}
        if overrides:
            group["ParameterOverrides"] = [{"ParameterKey": key, "ParameterValue": item} for key, item in overrides]
        groups.append(group)
    return groups


# Operations.


def operate(operation: str, made: str, properties: dict, group: dict, gone: tuple = (), **more) -> None:
    """Begins an operation on instances and follows it to its end."""
    sent = {"StackSetName": made, **group, **as_whom(properties), **preferences(properties, group["Regions"]), **more}
    ended(call(SERVICE, operation, sent, gone=gone), made, properties)


def ended(begun: dict, made: str, properties: dict) -> None:
    operation = begun.get("OperationId")
    if operation is None:
        return
    named = {"StackSetName": made, "OperationId": operation, **as_whom(properties)}
    limit = clock.after(forwarded.PATIENCE_SECONDS)
    while (status := call(SERVICE, "DescribeStackSetOperation", named)["StackSetOperation"]["Status"]) in UNFINISHED:
        if clock.over(limit):
            raise ValueError(f"Stack set operation [{operation}] did not end within an hour")
        clock.pause(forwarded.POLL_SECONDS)
    if status != "SUCCEEDED":
        told = ", ".join(reasons(named))
        raise ValueError(f"Stack set operation [{operation}] was unexpectedly stopped or failed. status reason(s): [{told}]")


def reasons(named: dict) -> list[str]:
    """Why an operation failed, in each account and Region where it did."""
    found, more = [], {}
    failed = [{"Name": "OPERATION_RESULT_STATUS", "Values": "FAILED"}]
    while True:
        page = call(SERVICE, "ListStackSetOperationResults", {**named, "Filters": failed, **more})
        found += [result.get("StatusReason", "no reason given") for result in page["Summaries"]]
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}
