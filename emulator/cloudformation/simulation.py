"""IAM's simulator: `SimulatePrincipalPolicy` and `SimulateCustomPolicy` with all actions, resources and context entries of the
request and the boundary of the principal; ministack looks at the first resource and at no context.
"""

from dataclasses import replace
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.iam import _error, _p, _xml

DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}
LISTS = ("stringList", "numericList", "booleanList", "ipList", "binaryList", "dateList")


def install() -> None:
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate_principal
    iam._IAM_HANDLERS["SimulateCustomPolicy"] = simulate_custom


def simulate_principal(parameters: dict):
    source = _p(parameters, "PolicySourceArn")
    kind, _, name = source.partition(":")[2].split(":")[-1].partition("/")
    name = name.rsplit("/", 1)[-1]
    gather, store = {
        "role": (iam_evaluator._gather_role_policies, iam._roles),
        "user": (iam_evaluator._gather_user_policies, iam._users),
    }.get(kind, (None, {}))
    if gather is None:
        return _error(400, "InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name.", ns="iam")
    if store.get(name) is None:
        return _error(404, "NoSuchEntity", f"The {kind} with name {name} cannot be found.", ns="iam")
    policies = [*gather(name, get_account_id()), *given(parameters, "PolicyInputList")]
    limits = iam_evaluator._permissions_boundary(store, name, get_account_id())
    return answer("SimulatePrincipalPolicy", parameters, source, policies, limits)


def simulate_custom(parameters: dict):
    caller = _p(parameters, "CallerArn") or f"arn:aws:iam::{get_account_id()}:root"
    return answer("SimulateCustomPolicy", parameters, caller, given(parameters, "PolicyInputList"), [])


def answer(operation: str, parameters: dict, source: str, policies: list, limits: list):
    boundaries = given(parameters, "PermissionsBoundaryPolicyInputList")
    limits = [boundaries] if boundaries else limits
    asked = EvalContext(
        principal_arn=source,
        principal_type="User" if ":user/" in source else "AssumedRole",
        principal_account=get_account_id(),
        action="",
        resource_arn="",
        region=get_region(),
        service_context=context_of(parameters),
    )
    results = ""
    for action in members(parameters, "ActionNames"):
        for resource in members(parameters, "ResourceArns") or ["*"]:
            request = replace(asked, action=action, resource_arn=resource)
            found = iam_evaluator.evaluate(request, policies, *limits)
            decision = DECISIONS.get(found.decision, "implicitDeny")
            results += (
                f"<member><EvalActionName>{escape(action)}</EvalActionName>"
                f"<EvalResourceName>{escape(resource)}</EvalResourceName><EvalDecision>{decision}</EvalDecision>"
                "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues></member>"
            )
    result = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return _xml(200, f"{operation}Response", f"<{operation}Result>{result}</{operation}Result>", ns="iam")


def members(parameters: dict, name: str) -> list[str]:
    found = []
    while value := _p(parameters, f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


def given(parameters: dict, name: str) -> list:
    return [iam_evaluator.parse_policy_document(document) for document in members(parameters, name)]


def context_of(parameters: dict) -> dict:
    """The keys of the request: one with a list as type has all of its values, another its first one."""
    found: dict = {}
    number = 1
    while key := _p(parameters, f"ContextEntries.member.{number}.ContextKeyName"):
        values = members(parameters, f"ContextEntries.member.{number}.ContextKeyValues")
        kind = _p(parameters, f"ContextEntries.member.{number}.ContextKeyType")
        found[key.lower()] = values if kind in LISTS else (values or [""])[0]
        number += 1
    return found
