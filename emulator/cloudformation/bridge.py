"""What the gateway and its services need of ministack and no AWS API gives them: POST /_bridge/NAME, JSON both ways.

An error is answered with a 4xx status and {"code", "message"}. ministack binds to loopback only, and the gateway does
not pass these paths on, so a function under test cannot reach them through its endpoint.
"""

import asyncio
import contextvars
import hmac
import json
import os
import time
import traceback

from ministack.app import _request_account_scope
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import CredentialResolutionError
from ministack.core.responses import get_account_id, get_region, set_request_account_id, set_request_region
from ministack.services import eventbridge, iam, sts

import actors
import bodies
import catalog
import condition_keys
import custom
import evaluations
import functions
import interfaces
import key_use
import organizations
import permissions
import signatures
import ssh_users
import stack_sets
from sessions import new_session, trusts

REGION = os.environ["MINISTACK_REGION"]
SESSION_SECONDS = 3600

# Tells the gateway, which takes it off, which IAM actions on which resources ministack checked for a call.
PERMISSIONS_HEADER = b"x-emulator-permissions"
checked = contextvars.ContextVar("checked", default=None)

# Any page in a browser can send requests to this port. Only the gateway knows the secret of this start; taken out of the
# environment, so that no process started here inherits it.
SECRET = os.environ.pop("LOCAL_PORT_SECRET").encode()
SECRET_HEADER = b"x-emulator-secret"
# The gateway lets no caller send it.
BRIDGE_HEADER = b"x-emulator-bridge"


class Refusal(Exception):
    """An error answer: AWS's code and message."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


def authorize(body: dict) -> dict:
    """Who an access key belongs to, and the first of the permissions that IAM does not grant, as AWS words it. Of a whole
    request the signature is checked first.
    """
    key = body["accessKey"]
    set_request_account_id(_request_account_scope(key))
    account = get_account_id()
    refused = signatures.refusal(key, account, body["request"]) if body.get("request") else None
    if refused is not None:
        return {"principal": "", "code": refused[0], "message": refused[1]}
    credential = iam_evaluator.resolve_credential(key, account, body.get("sessionToken"))
    if isinstance(credential, CredentialResolutionError):
        code = "ExpiredTokenException" if credential.code == "ExpiredTokenException" else "UnrecognizedClientException"
        return {"principal": "", "code": code, "message": credential.message}
    principal = iam_evaluator.resolve_principal(key, account, credential)
    if isinstance(principal, iam_evaluator.AuthError):
        return {"principal": "", "code": principal.code, "message": principal.message}
    answer = {"principal": principal.arn}
    if body.get("request"):
        condition_keys.name_endpoint(body["request"]["headers"])
        condition_keys.begin(key, body["request"]["service"])
    for permission in body.get("permissions", []):
        reason = key_use.why_not_granted(principal, permission)
        if reason is not None:
            return {**answer, "code": "AccessDeniedException", "message": reason}
    return answer


def assume(body: dict) -> dict:
    """Credentials of a role for an AWS service, if the role's trust policy names it for this source."""
    role_arn, service = body["roleArn"], body["service"]
    session_arn, malformed = sts._assumed_role_arn(role_arn, body["session"])
    if malformed:
        raise Refusal("ValidationException", f"{role_arn} is not the ARN of a role")
    account = role_arn.split(":")[4]
    role = iam._roles.get_scoped(account, None, role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn or not trusts(role, service, body["sourceArn"], account):
        raise Refusal(
            "AccessDenied", f"User: {service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
        )
    return new_session(session_arn, role["RoleId"], time.time() + SESSION_SECONDS)


def event(body: dict) -> dict:
    """Puts an event of an AWS service on the default bus of its account and Region. PutEvents refuses `aws.` sources, as
    on AWS.
    """
    set_request_account_id(body["account"])
    set_request_region(body["region"])
    entry = {
        "Source": body["source"],
        "DetailType": body["detail-type"],
        "Detail": json.dumps(body["detail"]),
        "Resources": body["resources"],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    return {}


def kill(body: dict) -> dict:
    """Kills the function that made a call, or for which a service made it."""
    origin = condition_keys.origin_of(body["accessKey"])
    return {"killed": functions.kill(origin), "forwarded": origin != body["accessKey"]}


def issued(body: dict) -> dict:
    """The root's secret key and the secret parts of all temporary credentials and of all ResponseURLs so far: what tests
    look for where no secret may be.
    """
    sessions = list(sts._sessions.values())
    credentials = [session[part] for session in sessions for part in ("SecretAccessKey", "SessionToken")]
    return {"secrets": [signatures.ROOT_SECRET, *credentials, *custom.QUESTIONS]}


def invocations(body: dict) -> dict:
    return {"invocations": functions.INVOCATIONS[body["from"] :]}


def answers(body: dict) -> dict:
    """Every request to a custom resource so far, with all that was put to its ResponseURL."""
    return {"answers": custom.answers()}


def replay(body: dict) -> dict:
    """For each of several sets of policies: the calls of a role that it would not allow."""
    return {"refused": [evaluations.refused(body["role"], policies) for policies in body["variants"]]}


HANDLERS = {
    handler.__name__: handler
    for handler in (
        authorize,
        assume,
        event,
        kill,
        issued,
        invocations,
        answers,
        replay,
        organizations.keep_members,
        organizations.make_role,
        catalog.forward,
        catalog.identify,
        catalog.keep_template,
        catalog.read_template,
        condition_keys.place,
        ssh_users.sign_in,
        stack_sets.assume_service_role,
        stack_sets.describe_template,
        stack_sets.keep_stack_set_template,
    )
}


def answer(name: str, body: bytes) -> tuple[int, dict]:
    """Runs one bridge call in the emulator's account and Region."""
    set_request_account_id("")
    set_request_region(REGION)
    handler = HANDLERS.get(name)
    if handler is None:
        return 404, {"code": "NotFound", "message": f"there is no bridge call {name}"}
    try:
        return 200, handler(json.loads(body))
    except Refusal as refusal:
        return 400, {"code": refusal.code, "message": str(refusal)}
    except Exception as error:
        traceback.print_exc()
        return 500, {"code": "InternalFailure", "message": f"bridge call {name}: {type(error).__name__}: {error}"}


original_enforce = iam_evaluator.enforce

# AWS checks these on the stream, so that `log-group:NAME:*`, which is the ARN of an AWS::Logs::LogGroup, grants them.
ON_LOG_STREAM = {"logs:CreateLogStream", "logs:PutLogEvents"}


def enforce(access_key, iam_action, service, region, resource_arn="*", service_context=None):
    if service == "cloudformation":
        actors.caller.set(access_key or "")
    if iam_action in ON_LOG_STREAM and ":log-stream:" not in resource_arn:
        resource_arn += ":log-stream:"
    came = condition_keys.begin(access_key or "", iam_action.split(":")[0])
    return check(access_key, iam_action, service, region, resource_arn, {**came, **(service_context or {})})


def check(access_key, iam_action, service, region, resource_arn, service_context):
    """One of the permissions that a request needs; how it came is known."""
    if service == "ec2":
        interfaces.caller.set(access_key or "")
        service_context = {**permissions.ec2_context(resource_arn), **(service_context or {})}
    noted = checked.get()
    if noted is not None and [iam_action, resource_arn] not in noted:
        noted.append([iam_action, resource_arn])
    if service == "s3" and not access_key and iam_evaluator._anonymous.get():
        return signatures.anonymous_refusal(iam_action, region, resource_arn)
    refusal = original_enforce(access_key, iam_action, service, region, resource_arn, service_context)
    more, _ = permissions.further.get(), permissions.further.set(())
    for action, resource, context in more:
        came = condition_keys.origin.get().keys()
        refusal = refusal or check(access_key, action, action.split(":")[0], region, resource, {**came, **context})
    for use in key_use.take():
        refusal = refusal or use.refusal(check(access_key, use.action, "kms", region, use.key, use.keys()))
    return refusal


def wrap(app):
    """ministack's ASGI application with the bridge in front."""
    iam_evaluator.enforce = enforce

    async def with_bridge(scope, receive, send):
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if not hmac.compare_digest(headers.get(SECRET_HEADER, b""), SECRET):
            await refuse(scope, send, 403, "this port is for the gateway of the emulator only")
            return
        own = (SECRET_HEADER, BRIDGE_HEADER)
        scope = {**scope, "headers": [header for header in scope["headers"] if header[0] not in own]}
        if signatures.is_unsigned_extra(scope["path"]):
            await refuse(scope, send, 404, "")
        elif scope["type"] != "http":
            await app(scope, receive, send)
        elif BRIDGE_HEADER in headers:
            await serve(scope["path"].removeprefix("/_bridge/"), receive, send)
        elif scope["path"].startswith(custom.PLACE) and scope["method"] == "PUT":
            await take_response(scope, receive, send)
        else:
            if bodies.is_json(scope, headers):
                body = await whole_body(receive)
                if not bodies.is_object(body):
                    told = json.dumps({"__type": bodies.CODE, "message": "The request body is not a valid JSON object."})
                    await reply(send, 400, b"application/x-amz-json-1.1", told)
                    return
                receive = bodies.again(body, receive)
            noted: list = []
            checked.set(noted)
            condition_keys.name_endpoint([(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]])

            async def send_with_permissions(message):
                if message["type"] == "http.response.start" and noted:
                    header = (PERMISSIONS_HEADER, json.dumps(noted).encode())
                    message = {**message, "headers": [*message.get("headers", []), header]}
                await send(message)

            await app(scope, receive, send_with_permissions)

    return with_bridge


async def refuse(scope, send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await reply(send, status, b"text/plain", text)


async def serve(name: str, receive, send) -> None:
    status, result = await asyncio.to_thread(answer, name, await whole_body(receive))
    await reply(send, status, b"application/json", json.dumps(result))


async def take_response(scope, receive, send) -> None:
    """What a custom resource answers, put where S3 would take it."""
    status, code = custom.receive(scope["query_string"], dict(scope["headers"]), await whole_body(receive))
    await reply(send, status, b"application/xml", f"<Error><Code>{code}</Code></Error>" if code else "")


async def whole_body(receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def reply(send, status: int, content_type: bytes, text: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type)]})
    await send({"type": "http.response.body", "body": text.encode()})
