"""The CloudFormation type of Resource Groups, whose API ministack has."""

import json

from ministack.services import resource_groups
from ministack.services.cloudformation import _stacks, provisioners

from forwarded import Provisioned

GROUP = "AWS::ResourceGroups::Group"
OF_STACK = "CLOUDFORMATION_STACK_1_0"


def install(handlers: dict) -> None:
    handlers[GROUP] = {"create": create, "update": update, "delete": delete}
    provisioners._STACK_TAG_PROPERTY[GROUP] = ("Tags", "list")
    provisioners._REPLACING_PROPERTIES[GROUP] = ("Name",)


def call(operation: str, request: dict, gone: bool = False) -> dict:
    """The answer of a call; of one that is `gone` nothing."""
    status, headers, body = getattr(resource_groups, operation)(request)
    if status == 200 or (gone and status == 404):
        return json.loads(body)
    code, message = headers.get("x-amzn-errortype"), json.loads(body).get("Message")
    raise ValueError(f"{message} (Service: ResourceGroups, Status Code: {status}, Error Code: {code})")


def query_of(properties: dict, stack: str) -> dict | None:
    """The query as the API has it, a text; one of a stack that names none is of the stack of the group."""
    given = properties.get("ResourceQuery")
    if given is None:
        return None
    query = dict(given.get("Query") or {})
    if given.get("Type") == OF_STACK and not query.get("StackIdentifier"):
        query["StackIdentifier"] = (_stacks.get(stack) or {}).get("StackId", stack)
        query.setdefault("ResourceTypeFilters", ["AWS::AllSupported"])
    return {"Type": given.get("Type"), "Query": json.dumps(query)}


def tags_of(properties: dict) -> dict[str, str]:
    return {tag["Key"]: str(tag.get("Value", "")) for tag in properties.get("Tags") or []}


def create(_logical_id: str, properties: dict, stack: str) -> Provisioned:
    name, query = properties["Name"], query_of(properties, stack)
    request = {"Name": name, "Tags": tags_of(properties), "Description": properties.get("Description", "")}
    if query is not None:
        request["ResourceQuery"] = query
    if properties.get("Configuration"):
        request["Configuration"] = properties["Configuration"]
    made = call("_create_group", request)
    if properties.get("Resources"):
        call("_group_resources", {"Group": name, "ResourceArns": properties["Resources"]})
    return name, {"Arn": made["Group"]["GroupArn"]}


def update(physical_id: str, old: dict, new: dict, stack: str) -> Provisioned:
    named = {"GroupName": physical_id, "Group": physical_id}
    if new.get("Description") != old.get("Description"):
        call("_update_group", {**named, "Description": new.get("Description", "")})
    if new.get("ResourceQuery") not in (None, old.get("ResourceQuery")):
        call("_update_group_query", {**named, "ResourceQuery": query_of(new, stack)})
    if new.get("Configuration") != old.get("Configuration"):
        call("_put_group_configuration", {**named, "Configuration": new.get("Configuration") or []})
    before, after = set(old.get("Resources") or []), set(new.get("Resources") or [])
    for operation, arns in (("_ungroup_resources", before - after), ("_group_resources", after - before)):
        if arns:
            call(operation, {**named, "ResourceArns": sorted(arns)})
    resource_groups._group_tags[physical_id] = tags_of(new)
    return physical_id, {"Arn": resource_groups._arn(physical_id)}


def delete(physical_id: str, _properties: dict) -> None:
    call("_delete_group", {"GroupName": physical_id}, gone=True)
