"""Custom resources as CloudFormation has them: the function is invoked asynchronously (so Lambda tries again twice, and
gives up into its dead-letter queue), the answer is whatever is put to the presigned ResponseURL, at any time before
ServiceTimeout ends, and a create that failed is followed by a delete.
"""

import datetime
import json
import os
import secrets
import threading
import urllib.parse

from ministack.core.responses import get_region, new_uuid
from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource, provisioners

# The most bytes CloudFormation takes as an answer.
LARGEST_ANSWER = 4096
DEFAULT_TIMEOUT_SECONDS = 3600
REQUIRED = ("Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId")
PLACE = "/cloudformation-custom-resource-response-"


class Refused(RuntimeError):
    """The request failed; carries the physical id the answer gave, if any, and whether the function was asked at all."""

    def __init__(self, message: str, physical_id: str | None, asked: bool = True):
        super().__init__(message)
        self.physical_id = physical_id
        self.asked = asked


class Question:
    """One request and what was answered to it."""

    def __init__(self, request: dict):
        self.request = request
        self.answers: list[bytes] = []
        self.answered = threading.Event()


# By the signature in the URL, which only the asked function is told.
QUESTIONS: dict[str, Question] = {}


def install() -> None:
    custom_resource.invoke_custom_resource = ask
    provisioners._custom_resource_create = create
    handler = {"create": create}
    provisioners._RESOURCE_HANDLERS["AWS::CloudFormation::CustomResource"] = handler


def create(logical_id, properties, stack_name, resource_type="AWS::CloudFormation::CustomResource"):
    stack_id = provisioners._cr_stack_id(stack_name)
    try:
        return ask("Create", logical_id, properties, stack_name, stack_id, resource_type)
    except Refused as refusal:
        # CloudFormation deletes what failed to be created when it rolls back: its function alone knows how far it came. A
        # resource that was given no name goes by one CloudFormation makes.
        if refusal.asked and not refusal.physical_id:
            refusal.physical_id = f"{stack_name}-{logical_id}-{secrets.token_hex(6).upper()}"
        raise


def ask(request_type, logical_id, props, stack_name, stack_id, resource_type, physical_id=None, old_props=None):
    """Sends the request and waits for its answer: physical id and attributes. Blocks, so never in the event loop."""
    token = str(props.get("ServiceToken", ""))
    record, config, _name = lambda_svc._get_func_record_for_ref(token)
    if record is None or config is None:
        message = f"Invalid request provided: ServiceToken {token!r} names no function here"
        raise Refused(message, physical_id, asked=False)
    if ":" in token and token.split(":")[3] != get_region():
        message = f"ServiceToken {token} must be in the Region of the stack, {get_region()}"
        raise Refused(message, physical_id, asked=False)
    limit = int(props.get("ServiceTimeout") or DEFAULT_TIMEOUT_SECONDS)
    request = {
        "RequestType": request_type,
        "ServiceToken": token,
        "ResponseURL": "",
        "StackId": stack_id,
        "RequestId": new_uuid(),
        "LogicalResourceId": logical_id,
        "ResourceType": resource_type,
        "ResourceProperties": custom_resource._normalise_resource_properties(props),
    }
    if physical_id is not None:
        request["PhysicalResourceId"] = physical_id
    if old_props is not None:
        request["OldResourceProperties"] = custom_resource._normalise_resource_properties(old_props)
    question = Question(request)
    signature = secrets.token_hex(32)
    QUESTIONS[signature] = question
    request["ResponseURL"] = response_url(request, signature)
    execution = lambda_svc._execution_record_for_config(record, config)
    lambda_svc.invoke_async_with_retry(execution, request)
    if not question.answered.wait(limit):
        raise Refused(
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
            f"[{request['RequestId']}].",
            physical_id,
        )
    return read(question, physical_id)


def read(question: Question, physical_id: str | None):
    """What the first answer says. CloudFormation reads no second one."""
    body, request = question.answers[0], question.request
    if len(body) > LARGEST_ANSWER:
        raise Refused("Response object is too long.", physical_id)
    try:
        answer = json.loads(body)
    except ValueError:
        raise Refused("Invalid Response object: Could not parse invalid response object", physical_id) from None
    missing = [name for name in REQUIRED if not answer.get(name)]
    mixed = [name for name in ("StackId", "RequestId", "LogicalResourceId") if answer.get(name) != request[name]]
    if missing or mixed:
        message = f"Invalid Response object: Value of property {(missing or mixed)[0]} is not what was asked for"
        raise Refused(message, answer.get("PhysicalResourceId") or physical_id)
    if answer["Status"] != "SUCCESS":
        reason = answer.get("Reason") or "Unknown"
        raise Refused(
            f"Received response status [FAILED] from custom resource. Message returned: {reason} "
            f"(RequestId: {request['RequestId']})",
            answer["PhysicalResourceId"],
        )
    return answer["PhysicalResourceId"], answer.get("Data") or {}


def response_url(request: dict, signature: str) -> str:
    """As the one of AWS, but without a credential: the gateway would look for its access key."""
    name = urllib.parse.quote(f"{request['StackId']}|{request['LogicalResourceId']}|{request['RequestId']}", safe="")
    now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    query = urllib.parse.urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": now,
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": "7200",
            "X-Amz-Signature": signature,
        }
    )
    return f"{os.environ['AWS_ENDPOINT_URL']}{PLACE}{get_region().replace('-', '')}/{name}?{query}"


def receive(query: bytes, headers: dict[bytes, bytes], body: bytes) -> tuple[int, str]:
    """A PUT to a ResponseURL: the HTTP status, and S3's error code if it is one. S3 takes any number of them."""
    signature = urllib.parse.parse_qs(query.decode()).get("X-Amz-Signature", [""])[0]
    question = QUESTIONS.get(signature)
    # The documentation wants the header empty or left out: it was part of what older URLs signed.
    if question is None or headers.get(b"content-type"):
        return 403, "SignatureDoesNotMatch"
    question.answers.append(body)
    question.answered.set()
    return 200, ""


def answers() -> list[dict]:
    """Each request so far, with everything that was answered to it."""
    return [
        {
            **{name: item for name, item in question.request.items() if name != "ResponseURL"},
            "Answers": [body.decode(errors="replace") for body in question.answers],
        }
        for question in QUESTIONS.values()
    ]
