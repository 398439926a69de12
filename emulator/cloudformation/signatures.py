"""Who may call. ministack takes everybody for the root of an account who names the account, `test` or no access key at all,
and checks no signature of the root. Here the root has a secret key, made anew with every start, and signs as all others do.
"""

import contextvars
import dataclasses
import os
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, ResolvedCredential
from ministack.services import s3, sts

import condition_keys

# Taken out of the environment, so that no process started here inherits it.
ROOT_SECRET = os.environ.pop("LOCAL_ROOT_SECRET")

# Of what ministack has beside AWS's APIs, which asks for no signature: whether it is up, and the paths that stand for
# presigned URLs. The others would empty it, set it up anew, or show messages.
EXTRAS = "/_ministack/"
SERVED_EXTRAS = tuple(
    EXTRAS + name for name in ("health", "cfn-response/", "cfn-signal/", "lambda-code/", "lambda-layers/")
)

# Whether the signature of a request is looked at: then the root is a caller like all others.
checking = contextvars.ContextVar("checking", default=False)

original_is_root = iam_evaluator.is_root_access_key
original_resolve = iam_evaluator.resolve_credential


def install() -> None:
    for module in (iam_evaluator, sts):
        module.is_root_access_key = is_root_access_key
    for module in (iam_evaluator, s3, sts):
        module.resolve_credential = resolve_credential
    iam_evaluator._is_root_key = lambda key: not checking.get() and is_root_access_key(key)
    iam_evaluator.caller_verified = while_checking(iam_evaluator.caller_verified)
    iam_evaluator.pin_signed_request = while_checking(iam_evaluator.pin_signed_request)
    app.pin_signed_request = iam_evaluator.pin_signed_request


def is_unsigned_extra(path: str) -> bool:
    """Whether a path is one that nobody may reach."""
    return path.startswith(EXTRAS) and not path.startswith(SERVED_EXTRAS)


def while_checking(original):
    def call(*arguments, **named):
        token = checking.set(True)
        try:
            return original(*arguments, **named)
        finally:
            checking.reset(token)

    return call


def is_root_access_key(key: str) -> bool:
    """ministack takes no key for the root's as well."""
    return bool(key) and original_is_root(key)


def resolve_credential(*arguments, **named):
    found = original_resolve(*arguments, **named)
    if isinstance(found, ResolvedCredential) and found.principal_type == "Root":
        return dataclasses.replace(found, secret_access_key=ROOT_SECRET)
    return found


def refusal(key: str, account: str, request: dict) -> tuple[str, str] | None:
    """Code and message for a call of the gateway's own services whose signature is wrong; None if it is right. The caller
    is taken at their word for the rest of the request: method, path, query, headers and the service's name.
    """
    headers = [(name.encode(), value.encode()) for name, value in request["headers"]]
    query = parse_qs(request["query"], keep_blank_values=True)
    iam_evaluator.pin_signed_request(request["method"], request["path"], query, headers)
    checked = iam_evaluator.authenticate(key, account)
    if isinstance(checked, ResolvedCredential):
        return None
    failure = checked or AuthError("UnsupportedSignature", "The request signature does not conform to AWS standards.")
    named = iam_actions._auth_failure(request["service"], failure.code, failure.message, dict(request["headers"]))
    return named[0], named[2]


def anonymous_refusal(action: str, region: str, resource: str) -> AuthError | None:
    """S3 serves a request without a signature if the bucket's policy allows it to everybody."""
    found = iam_evaluator._resource_policy("s3", resource)
    context = EvalContext(
        principal_arn="",
        principal_type="Anonymous",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=region,
        service_context=condition_keys.begin("", "s3"),
    )
    if found is not None and iam_evaluator.evaluate_resource_policy(found[0], context).decision == "Allow":
        return None
    return AuthError("MissingAuthenticationToken", "Access Denied")
