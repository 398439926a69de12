"""Role sessions under new access keys, registered where ministack's own AssumeRole puts them, and which service may have
one.
"""

import json
import threading

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.core.responses import get_region
from ministack.services import iam, sts


# ministack looks for sessions that have expired whenever there is a new one, in its own loop and in the threads of functions and stacks.
lock = threading.Lock()
original_register = sts.register_session


def install() -> None:
    sts.register_session = register


def register(access_key: str, session: dict) -> None:
    with lock:
        original_register(access_key, session)


def new_session(session_arn: str, role_id: str, expiration: float | None) -> dict:
    """Credentials of a new session; without an expiration they last as long as ministack."""
    credentials = {
        "accessKeyId": iam._gen_session_access_key(),
        "secretAccessKey": iam._gen_secret(),
        "sessionToken": iam._gen_session_token(),
    }
    session = {
        "Arn": session_arn,
        "UserId": f"{role_id}:{session_arn.rsplit('/', 1)[-1]}",
        "SecretAccessKey": credentials["secretAccessKey"],
        "SessionToken": credentials["sessionToken"],
        "AccountId": session_arn.split(":")[4],
        "PrincipalType": "AssumedRole",
    }
    if expiration is not None:
        session["Expiration"] = expiration
    sts.register_session(credentials["accessKeyId"], session)
    return credentials


def trusts(role: dict, service: str, source_arn: str, account: str) -> bool:
    """Whether the trust policy lets `service` in, on behalf of `source_arn` in `account`."""
    document = role["AssumeRolePolicyDocument"]
    document = json.loads(document) if isinstance(document, str) else document
    statements = document.get("Statement", [])
    # ministack's evaluator knows no service as a caller: the statements that name this one are given to it as "*".
    named = [
        {**statement, "Principal": "*"}
        for statement in ([statements] if isinstance(statements, dict) else statements)
        if statement.get("Principal") == "*"
        or iam_evaluator._service_principal_matches(statement.get("Principal"), service)
    ]
    context = EvalContext(
        principal_arn="",
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role["Arn"],
        region=get_region(),
        service_context={
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": account,
            "aws:principalisawsservice": "true",
            "aws:viaawsservice": "false",
        },
    )
    return iam_evaluator.evaluate_trust_policy({"Statement": named}, "", context)
