"""Nested stacks where ministack's differ from CloudFormation's: templates at a bucket's own host, a child that fails is
taken away and its reason passed up, a child is updated and rolled back as every stack is, and one that cannot be deleted
fails the deletion of its parent.
"""

import asyncio
import copy
import urllib.parse
from collections.abc import Callable

from ministack.core.responses import get_account_id, now_iso, set_request_account_id
from ministack.services import s3
from ministack.services.cloudformation import _exports, _stacks, helpers, provisioners, stacks
from ministack.services.cloudformation.engine import _evaluate_conditions, _topological_sort

import actors
import catalog
import cleanup
import exports
import references
import stack_sets
import templates
from operations import RESTORED, failed_update

original_document = helpers._resolve_document
original_deploy = provisioners._cfn_nested_stack_deploy

KIND = "AWS::CloudFormation::Stack"
ACCESS_DENIED = (
    "S3 error: Access Denied\nFor more information check "
    "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
)
OF_STACK = ("_resources", *RESTORED)


def install(types: dict) -> None:
    helpers._resolve_document = resolve_document
    types[KIND] = {**types[KIND], "create": deploy, "update": update, "delete": delete}


def resolve_document(parameters: dict, body_key: str, url_key: str, label: str):
    """ministack knows `https://HOST/BUCKET/KEY` only; this turns `https://BUCKET.s3.REGION.SUFFIX/KEY` into it. Objects are
    read with the permissions of the caller.
    """
    url = helpers._p(parameters, url_key)
    parts = urllib.parse.urlparse(url or "")
    bucket, found, _rest = (parts.hostname or "").partition(".s3.")
    if found and bucket:
        parts = parts._replace(netloc="s3.amazonaws.com", path=f"/{bucket}{parts.path}")
        parameters = {**parameters, url_key: [parts.geturl()]}
    if not url or helpers._p(parameters, body_key):
        return original_document(parameters, body_key, url_key, label)
    path = parts.path.lstrip("/")
    if path in stack_sets.COPIES:
        return stack_sets.COPIES[path], None
    copy = catalog.COPIES.get(path)
    owner = s3._bucket_owner_account(path.partition("/")[0])
    if owner not in (None, get_account_id()):
        return of_other_account(owner, path, lambda: original_document(parameters, body_key, url_key, label))
    tags = catalog.COPY_TAGS if copy else s3.object_tags_for_condition(*path.partition("/")[::2], {})
    if not actors.may_read(f"arn:aws:s3:::{path}", tags):
        return None, helpers._error("ValidationError", ACCESS_DENIED)
    if copy is not None:
        return copy, None
    return original_document(parameters, body_key, url_key, label)


def of_other_account(owner: str, path: str, read_document: Callable):
    """A document in the bucket of another account, which has to let the caller read it as the caller's own policies have to."""
    here = get_account_id()
    set_request_account_id(owner)
    try:
        tags = s3.object_tags_for_condition(*path.partition("/")[::2], {})
        if not actors.may_read(f"arn:aws:s3:::{path}", tags, of_account=here):
            return None, helpers._error("ValidationError", ACCESS_DENIED)
        return read_document()
    finally:
        set_request_account_id(here)


def deploy(logical_id: str, properties: dict, parent: str):
    """Creates the child. One whose creation failed is deleted in the roll-back of its parent, as on AWS."""
    read(properties)
    before = set(_stacks)
    try:
        made = original_deploy(logical_id, properties, parent)
        export(_stacks[provisioners._nested_stack_lookup_name(made[0])])
        return made
    except Exception as error:
        made = [name for name in _stacks if name not in before and _stacks[name].get("_parent_stack_name") == parent]
        for name in made:
            reason = _stacks[name].get("StackStatusReason") or str(error)
            stack_id = _stacks[name]["StackId"]
            failure = ValueError(f"Embedded stack {stack_id} was not successfully created: {reason}")
            failure.physical_id = stack_id
            raise failure from error
        raise


def export(child: dict) -> None:
    """Publishes what a new child exports, or fails it."""
    template, name, stack_id = child["_template"], child["StackName"], child["StackId"]
    try:
        child["Outputs"], found = exports.resolve_outputs(
            template.get("Outputs") or {},
            child["_conditions"],
            child["_resources"],
            child["_resolved_params"],
            template.get("Mappings") or {},
            name,
            stack_id,
        )
    except ValueError as error:
        child.update(StackStatus="CREATE_FAILED", StackStatusReason=str(error))
        stacks._add_event(stack_id, name, name, KIND, "CREATE_FAILED", str(error), stack_id)
        raise
    _exports.update(found)


def read(properties: dict) -> tuple[str, dict, dict, dict]:
    """The template of a child, as text and read, with the values of its parameters and conditions. Refused as a root's is."""
    body, error = helpers._resolve_template({"TemplateURL": [properties.get("TemplateURL", "")]})
    if error is not None and ACCESS_DENIED.encode() in error[2]:
        raise ValueError(ACCESS_DENIED)
    if error is not None or not body:
        raise ValueError(f"TemplateURL must reference a valid S3 object: {properties.get('TemplateURL')}")
    try:
        template = templates.parse(body)
    except ValueError as error:
        raise ValueError(templates.FORMAT + str(error)) from None
    reason = templates.why_malformed(template)
    if reason is not None:
        raise ValueError(reason)
    given = [{"Key": key, "Value": str(value)} for key, value in (properties.get("Parameters") or {}).items()]
    parameters = references.resolve_parameters(template, given)
    conditions = _evaluate_conditions(template, parameters)
    references.validate_support(template, conditions, parameters)
    return body, template, parameters, conditions


def update(physical_id: str, _old: dict, properties: dict, parent: str):
    """Updates the child, or takes back what its last update did. What it deletes waits for the root."""
    child = _stacks[provisioners._nested_stack_lookup_name(physical_id)]
    name, stack_id = child["StackName"], child["StackId"]
    collector = cleanup.Collector(name)
    token = cleanup.collecting.set(collector)
    try:
        undo = child.pop("_undo", None)
        if undo is not None and _stacks[parent]["StackStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS":
            failed = child.get("_failed_operation")
            asyncio.run(stacks._roll_back_operation(name, stack_id, child, failed or undo))
        else:
            asyncio.run(updated(child, properties, parent))
    finally:
        cleanup.collecting.reset(token)
    if child["StackStatus"] not in cleanup.CLEANUPS.values():
        reason = child.get("StackStatusReason") or child["StackStatus"]
        raise ValueError(f"Embedded stack {stack_id} was not successfully updated: {reason}")
    cleanup.keep(child, collector)
    return stack_id, {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in child["Outputs"]}


async def updated(child: dict, properties: dict, parent: str) -> None:
    """Brings the child to its new template and parameters; if that fails, it is left to the roll-back of its parent."""
    body, template, parameters, conditions = read(properties)
    provisioners._check_nested_stack_capabilities(parent, template)
    tags = provisioners._tag_map(properties.get("Tags")).items()
    tags = [{"Key": key, "Value": value} for key, value in tags if not key.startswith("aws:")]
    previous = {member: copy.deepcopy(child[member]) for member in OF_STACK}
    created = _topological_sort(template.get("Resources", {}), conditions)
    child.update(
        StackStatus="UPDATE_IN_PROGRESS",
        StackStatusReason="",
        LastUpdatedTime=now_iso(),
        Capabilities=provisioners._inherited_capabilities(parent),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value["Value"], "NoEcho": value["NoEcho"]}
            for key, value in parameters.items()
        ],
        Tags=tags,
        _template_body=body,
        _conditions=conditions,
        _undo=failed_update(previous, template, parameters, tags, created),
    )
    name, stack_id = child["StackName"], child["StackId"]
    stacks._add_event(stack_id, name, name, KIND, "UPDATE_IN_PROGRESS", physical_id=stack_id)
    await stacks._deploy_stack_async(
        name, stack_id, template, parameters, True, tags, is_update=True, previous_stack=previous
    )


def delete(physical_id: str, _properties: dict) -> None:
    """Deletes what the child holds, last made first. What does not go stays in it for a later try."""
    name = provisioners._nested_stack_lookup_name(physical_id)
    child = _stacks.get(name)
    if child is None or child["StackStatus"] == "DELETE_COMPLETE":
        return
    stack_id, held, template = child["StackId"], child["_resources"], child.get("_template") or {}
    definitions, conditions = template.get("Resources", {}), child.get("_conditions", {})
    child["StackStatus"] = "DELETE_IN_PROGRESS"
    stacks._add_event(stack_id, name, name, KIND, "DELETE_IN_PROGRESS", physical_id=stack_id)
    ordered = _topological_sort(definitions, conditions)
    failures = []
    for logical_id in reversed([*ordered, *(one for one in held if one not in ordered)]):
        if logical_id not in held:
            continue
        resource = held[logical_id]
        kind, own_id = resource["ResourceType"], resource["PhysicalResourceId"]
        policy = stacks._resource_policy(
            definitions.get(logical_id),
            "DeletionPolicy",
            held,
            child.get("_resolved_params", {}),
            conditions,
            template.get("Mappings", {}),
            name,
            stack_id,
        )
        if policy in stacks._RETAINING_POLICIES:
            stacks._add_event(stack_id, name, logical_id, kind, "DELETE_SKIPPED", physical_id=own_id)
            held.pop(logical_id)
            continue
        stacks._add_event(stack_id, name, logical_id, kind, "DELETE_IN_PROGRESS", physical_id=own_id)
        try:
            provisioners._delete_resource(kind, own_id, resource.get("Properties", {}), name, logical_id)
        except Exception as error:
            stacks._add_event(stack_id, name, logical_id, kind, "DELETE_FAILED", str(error), own_id)
            resource.update(ResourceStatus="DELETE_FAILED", ResourceStatusReason=str(error))
            failures.append(f"{logical_id}: {error}")
        else:
            stacks._add_event(stack_id, name, logical_id, kind, "DELETE_COMPLETE", physical_id=own_id)
            held.pop(logical_id)
    if failures:
        child["StackStatus"] = "DELETE_FAILED"
        child["StackStatusReason"] = f"The following resource(s) failed to delete: {'; '.join(failures)}"
        raise ValueError(f"Embedded stack {stack_id} was not successfully deleted: {child['StackStatusReason']}")
    for output in child.get("Outputs", []):
        _exports.pop(output.get("ExportName"), None)
    child["StackStatus"] = "DELETE_COMPLETE"
    stacks._add_event(stack_id, name, name, KIND, "DELETE_COMPLETE", physical_id=stack_id)
