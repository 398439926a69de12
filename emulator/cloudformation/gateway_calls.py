"""Calls of CloudFormation's handlers to the gateway, as the actor of the stack operation.

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
from ministack.core.responses import get_region

import actors


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


def takes(service: str, operation: str, parameter: str) -> bool:
    """Whether the input of an operation has a member of this name, in any case."""
    shape = client(service).meta.service_model.operation_model(operation).input_shape
    return parameter.lower() in {name.lower() for name in shape.members}


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
