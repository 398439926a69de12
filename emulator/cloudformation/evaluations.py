"""What IAM allowed so far, and what it would have allowed under other policies: the question of the tests of least
privilege. A call that was refused is not remembered, so it is no use of any grant.
"""

from ministack.core import iam_evaluator

# By name of role: the calls its policies allowed, each once, with all that their conditions were evaluated on.
allowed: dict[str, dict] = {}

original_evaluate = iam_evaluator.evaluate


def install() -> None:
    iam_evaluator.evaluate = evaluate


def evaluate(context, policies, *limits):
    result = original_evaluate(context, policies, *limits)
    _, found, session = context.principal_arn.partition(":assumed-role/")
    if found and result.decision == "Allow":
        key = (context.action, context.resource_arn, repr(sorted(context.service_context.items())))
        allowed.setdefault(session.split("/")[0], {})[key] = context
    return result


def refused(role: str, policies: list[dict]) -> list[list[str]]:
    """Action and resource of the allowed calls of a role that these policies, in the place of its own, do not allow."""
    parsed = [iam_evaluator.parse_policy_document(policy) for policy in policies]
    calls = list(allowed.get(role, {}).values())
    return [
        [call.action, call.resource_arn]
        for call in calls
        if original_evaluate(call, parsed).decision != "Allow"
    ]
