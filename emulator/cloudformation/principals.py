"""Who calls, as conditions and the policies of other accounts' buckets see it. ministack gives `aws:PrincipalArn` the ARN of a
session, and evaluates the policy of another account's bucket for the root of the caller's account.
"""

import contextvars
import dataclasses

from ministack.core import iam_evaluator
from ministack.services import iam, s3

import condition_keys

SESSION = ":assumed-role/"

# The caller whose request to the bucket of another account is evaluated.
foreign_caller = contextvars.ContextVar("foreign_caller", default="")

original_key = iam_evaluator._resolve_condition_key
original_evaluate = iam_evaluator.evaluate_resource_policy
original_foreign = s3._foreign_bucket_allows


def install() -> None:
    iam_evaluator._resolve_condition_key = resolve_key
    iam_evaluator.evaluate_resource_policy = evaluate_resource_policy
    s3._foreign_bucket_allows = foreign_bucket_allows


def principal_arn(caller: str) -> str:
    """The ARN of the role of a session, with its path; other callers have their own."""
    front, found, session = caller.partition(SESSION)
    if not found:
        return caller
    account, name = front.split(":")[4], session.split("/")[0]
    role = iam._roles.get_scoped(account, None, name)
    return role["Arn"] if role else f"arn:aws:iam::{account}:role/{name}"


def resolve_key(key, context):
    value = original_key(key, context)
    return principal_arn(value) if key.lower() == "aws:principalarn" and value else value


def evaluate_resource_policy(document, context, *arguments, **named):
    caller = foreign_caller.get()
    if caller:
        kind = "AssumedRole" if SESSION in caller else "Root" if caller.endswith(":root") else "User"
        came = {**condition_keys.origin.get().keys(), **context.service_context}
        context = dataclasses.replace(context, principal_arn=caller, principal_type=kind, service_context=came)
    return original_evaluate(document, context, *arguments, **named)


def foreign_bucket_allows(owner, bucket, key, method, query, caller, headers=None) -> bool:
    token = foreign_caller.set(iam_evaluator.caller_arn() if caller else "")
    try:
        return original_foreign(owner, bucket, key, method, query, caller, headers)
    finally:
        foreign_caller.reset(token)
