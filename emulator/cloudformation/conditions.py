"""What conditions compare: ministack reads parameters there, but neither pseudo parameters nor texts that are made of them."""

import re

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import changesets, engine, handlers, stacks

import nested
import stack_details

original = engine._evaluate_conditions

NAMED = re.compile(r"\$\{([^!}]+)\}")


def install() -> None:
    for module in (changesets, engine, handlers, nested, stack_details, stacks):
        module._evaluate_conditions = evaluate


def evaluate(template: dict, parameters: dict) -> dict:
    conditions = {name: told(one, parameters) for name, one in (template.get("Conditions") or {}).items()}
    return original({**template, "Conditions": conditions}, parameters)


def told(expression: object, parameters: dict) -> object:
    """The expression with the text in the place of each function that makes one."""
    if isinstance(expression, list):
        return [told(one, parameters) for one in expression]
    if not isinstance(expression, dict):
        return expression
    expression = {name: told(one, parameters) for name, one in expression.items()}
    match expression:
        case {"Ref": str(name)} if name not in parameters:
            return pseudo().get(name, expression)
        case {"Fn::Sub": str(text)}:
            return filled(text, {}, parameters)
        case {"Fn::Sub": [str(text), dict(own)]}:
            return filled(text, own, parameters)
        case {"Fn::Join": [str(between), list(parts)]} if all(isinstance(part, str) for part in parts):
            return between.join(parts)
    return expression


def filled(text: str, own: dict, parameters: dict) -> str:
    known = {**pseudo(), **{name: one["Value"] for name, one in parameters.items()}, **own}
    text = NAMED.sub(lambda found: str(known.get(found[1], found[0])), text)
    return text.replace("${!", "${")


def pseudo() -> dict[str, str]:
    return {
        "AWS::AccountId": get_account_id(),
        "AWS::Partition": "aws",
        "AWS::Region": get_region(),
        "AWS::URLSuffix": "amazonaws.com",
    }
