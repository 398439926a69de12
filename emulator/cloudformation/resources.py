"""The CloudFormation types of CodePipeline and CodeBuild, which ministack lacks: each forwards to the gateway's API.

A template says `Stages[].Actions[].ActionTypeId` where the API says `stages[].actions[].actionTypeId`, and `'1'` where
it wants 1. botocore's service models know both names and types, so there is no list of properties here.
"""

import functools
import os

import botocore.config
import botocore.session
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.model import Shape, StructureShape
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners, stacks

import actors

Attributes = dict[str, str]
Provisioned = tuple[str, Attributes]

# What CloudFormation replaces rather than updates, by the resource reference.
REPLACING = {
    "AWS::CodePipeline::CustomActionType": (
        "Category",
        "ConfigurationProperties",
        "InputArtifactDetails",
        "OutputArtifactDetails",
        "Provider",
        "Settings",
        "Version",
    ),
    "AWS::CodePipeline::Pipeline": ("Name",),
    "AWS::CodePipeline::Webhook": ("Name",),
    "AWS::CodeBuild::Project": ("Name",),
}


def register(handlers: dict) -> None:
    """Adds the four types to ministack's table of handlers."""
    handlers["AWS::CodePipeline::CustomActionType"] = {
        "create": create_action_type,
        "update": update_action_type,
        "delete": delete_action_type,
    }
    handlers["AWS::CodePipeline::Pipeline"] = {
        "create": create_pipeline,
        "update": update_pipeline,
        "delete": delete_pipeline,
    }
    handlers["AWS::CodePipeline::Webhook"] = {
        "create": create_webhook,
        "update": update_webhook,
        "delete": delete_webhook,
    }
    handlers["AWS::CodeBuild::Project"] = {
        "create": create_project,
        "update": update_project,
        "delete": delete_project,
    }
    provisioners._REPLACING_PROPERTIES.update(REPLACING)
    actors.THROUGH_GATEWAY.update(REPLACING)
    # The gateway asks ministack who calls while ministack waits for it.
    keep_off_event_loop(*REPLACING)


def keep_off_event_loop(*names: str) -> None:
    """Has these types handled in threads of their own, because their handlers wait."""
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name in names or blocks(name)


def client(service: str) -> BaseClient:
    """A client of the gateway that calls as the actor of the stack operation, with the user agent that CloudTrail reports
    then.
    """
    return client_of(service, get_region(), actors.credentials())


@functools.lru_cache(maxsize=100)
def client_of(service: str, region: str, credentials: actors.Credentials) -> BaseClient:
    return botocore.session.get_session().create_client(
        service,
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
        config=botocore.config.Config(
            retries={"total_max_attempts": 1}, read_timeout=30, user_agent="cloudformation.amazonaws.com"
        ),
    )


def call(service: str, operation: str, properties: dict, gone: tuple[str, ...] = ()) -> dict:
    """Calls an operation with properties spelled as in a template; an error code in `gone` is a success."""
    api = client(service)
    shape = api.meta.service_model.operation_model(operation).input_shape
    method = getattr(api, botocore.xform_name(operation))
    try:
        return method(**spelled(properties, shape, operation))
    except ClientError as error:
        if error.response["Error"]["Code"] in gone:
            return {}
        # CloudFormation shows the message of the service as the reason of a failed resource.
        raise ValueError(str(error)) from error


def spelled(value: object, shape: Shape, path: str) -> object:
    """The value of a property as the API names and types it. Keys of a map, such as Configuration, are the user's."""
    match shape.type_name:
        case "structure":
            return structure(value, shape, path)
        case "list":
            return [spelled(item, shape.member, f"{path}[{index}]") for index, item in enumerate(value)]
        case "map":
            return {key: spelled(item, shape.value, f"{path}.{key}") for key, item in value.items()}
        case "integer" | "long":
            return int(value)
        case "boolean":
            return str(value).lower() == "true"
        case _:
            return str(value).lower() if isinstance(value, bool) else str(value)


def structure(value: dict, shape: StructureShape, path: str) -> dict:
    members = {name.lower(): name for name in shape.members}
    named = {}
    for key, item in value.items():
        name = members.get(key.lower())
        if name is None:
            raise ValueError(f"Properties validation failed: #/{path}: extraneous key [{key}] is not permitted")
        if item is not None:
            named[name] = spelled(item, shape.members[name], f"{path}.{key}")
    return named


def own_tags(properties: dict) -> dict:
    """The properties without the tags that CloudFormation sets itself: no service takes a tag called `aws:`."""
    tags = [tag for tag in properties.get("Tags") or [] if not tag["Key"].startswith("aws:")]
    return {**{key: item for key, item in properties.items() if key != "Tags"}, "Tags": tags}


def nested(properties: dict, member: str, apart: tuple[str, ...] = ()) -> dict:
    """What an API wants in a member of its own, with the tags beside it; the names in `apart` are not for it."""
    properties = own_tags(properties)
    tags = properties.pop("Tags")
    return {member: {key: item for key, item in properties.items() if key not in apart}, "tags": tags}


def retag(service: str, arn: str, old: dict, new: dict) -> None:
    """Brings the tags of a resource from the old template to the new one."""
    before, after = own_tags(old)["Tags"], own_tags(new)["Tags"]
    dropped = sorted({tag["Key"] for tag in before} - {tag["Key"] for tag in after})
    if dropped:
        call(service, "UntagResource", {"resourceArn": arn, "tagKeys": dropped})
    if after and after != before:
        call(service, "TagResource", {"resourceArn": arn, "tags": after})


# AWS::CodePipeline::CustomActionType. Its Ref is an id that only CloudFormation uses.


def create_action_type(_logical_id: str, properties: dict, _stack_name: str) -> Provisioned:
    call("codepipeline", "CreateCustomActionType", own_tags(properties))
    identity = ":".join(str(properties[name]) for name in ("Category", "Provider", "Version"))
    return identity, {"Id": identity}


def update_action_type(identity: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
    """Only tags change in place."""
    retag("codepipeline", regional_arn("codepipeline", "actiontype:Custom/" + identity.replace(":", "/")), old, new)
    return identity, {"Id": identity}


def delete_action_type(identity: str, _properties: dict) -> None:
    category, provider, version = identity.split(":")
    values = {"Category": category, "Provider": provider, "Version": version}
    call("codepipeline", "DeleteCustomActionType", values, gone=("ActionTypeNotFoundException",))


# AWS::CodePipeline::Pipeline. Its Ref is the name.

PIPELINE_APART = ("RestartExecutionOnUpdate",)


def create_pipeline(logical_id: str, properties: dict, stack_name: str) -> Provisioned:
    name = properties.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=100)
    declaration = nested({**properties, "Name": name}, "pipeline", PIPELINE_APART)
    return pipeline(call("codepipeline", "CreatePipeline", declaration))


def update_pipeline(name: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
    declaration = nested({**new, "Name": name}, "pipeline", PIPELINE_APART)
    del declaration["tags"]
    answer = pipeline(call("codepipeline", "UpdatePipeline", declaration))
    retag("codepipeline", answer[1]["Arn"], old, new)
    if str(new.get("RestartExecutionOnUpdate", False)).lower() == "true":
        call("codepipeline", "StartPipelineExecution", {"name": name})
    return answer


def pipeline(answer: dict) -> Provisioned:
    name = answer["pipeline"]["name"]
    return name, {"Version": str(answer["pipeline"]["version"]), "Arn": regional_arn("codepipeline", name)}


def delete_pipeline(name: str, _properties: dict) -> None:
    call("codepipeline", "DeletePipeline", {"name": name}, gone=("PipelineNotFoundException",))


# AWS::CodePipeline::Webhook. Its Ref is the name.

WEBHOOK_APART = ("TargetPipelineVersion", "RegisterWithThirdParty")


def create_webhook(logical_id: str, properties: dict, stack_name: str) -> Provisioned:
    name = properties.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=100)
    return put_webhook(name, properties)


def update_webhook(name: str, _old: dict, new: dict, _stack_name: str) -> Provisioned:
    return put_webhook(name, new)


def put_webhook(name: str, properties: dict) -> Provisioned:
    webhook = nested({**properties, "Name": name}, "webhook", WEBHOOK_APART)
    answer = call("codepipeline", "PutWebhook", webhook)["webhook"]
    if str(properties.get("RegisterWithThirdParty", False)).lower() == "true":
        call("codepipeline", "RegisterWebhookWithThirdParty", {"webhookName": name})
    return name, {"Url": answer["url"], "Id": answer.get("arn", name)}


def delete_webhook(name: str, _properties: dict) -> None:
    call("codepipeline", "DeleteWebhook", {"name": name}, gone=("WebhookNotFoundException",))


# AWS::CodeBuild::Project. Its Ref is the name.


def create_project(logical_id: str, properties: dict, stack_name: str) -> Provisioned:
    name = properties.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=150)
    return project(call("codebuild", "CreateProject", own_tags({**properties, "Name": name})))


def update_project(name: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
    # What is left out of UpdateProject stays as it is, so a property that left the template is sent empty.
    left = {key: type(item)() for key, item in old.items() if key not in new and isinstance(item, dict | list | str)}
    return project(call("codebuild", "UpdateProject", own_tags({**left, **new, "Name": name})))


def project(answer: dict) -> Provisioned:
    return answer["project"]["name"], {"Arn": answer["project"]["arn"], "Id": answer["project"]["name"]}


def delete_project(name: str, _properties: dict) -> None:
    call("codebuild", "DeleteProject", {"name": name}, gone=("ResourceNotFoundException",))


def regional_arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
