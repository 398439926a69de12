"""Variables of policies, `${aws:userid}` and the like, in resources and in conditions, which ministack compares as they are
written. A variable without a value in the request stays as it is and fits nothing; `${key, 'text'}` then is the text.
"""

import re
from dataclasses import replace

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext, ParsedStatement

VARIABLE = re.compile(r"\$\{([^{}]+)\}")
DEFAULT = re.compile(r"([^,]+?)\s*,\s*'([^']*)'")
# These stand for characters that mean something else.
CHARACTERS = {"*", "?", "$"}

original_match = iam_evaluator._first_match
original_conditions = iam_evaluator._conditions_met


def install() -> None:
    iam_evaluator._first_match = first_match
    iam_evaluator._conditions_met = conditions_met


def first_match(context: EvalContext, statements: list[ParsedStatement], effect: str) -> ParsedStatement | None:
    """The original statement is what matched, whatever its variables stand for."""
    for statement in statements:
        filled = replace(
            statement,
            resources=filled_in(statement.resources, context),
            not_resources=filled_in(statement.not_resources, context),
        )
        if original_match(context, [filled], effect) is not None:
            return statement
    return None


def conditions_met(conditions: dict, context: EvalContext) -> bool:
    return original_conditions(filled_in(conditions, context), context)


def filled_in(part, context: EvalContext):
    if isinstance(part, dict):
        return {name: filled_in(value, context) for name, value in part.items()}
    if isinstance(part, list):
        return [filled_in(value, context) for value in part]
    if not isinstance(part, str) or "${" not in part:
        return part
    return VARIABLE.sub(lambda found: value_of(found, context), part)


def value_of(found: re.Match, context: EvalContext) -> str:
    name = found.group(1).strip()
    if name in CHARACTERS:
        return name
    default = DEFAULT.fullmatch(name)
    value = iam_evaluator._resolve_condition_key(default.group(1) if default else name, context)
    # A key with several values cannot be a variable.
    if isinstance(value, str):
        return value
    return default.group(2) if default else found.group(0)
