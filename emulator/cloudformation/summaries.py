"""What CloudFormation tells of a template's parameters: a default only where the template has one, and the values that are allowed.
ministack gives each parameter a default, so that no client sees which values it has to ask for.
"""

import contextvars
import re

from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _esc

PARAMETERS = re.compile(rb"<Parameters>.*</Parameters>", re.DOTALL)

# The template of the call in hand.
parsed = contextvars.ContextVar("parsed", default=None)


def install() -> None:
    original_parse = handlers._parse_template

    def parse(text: str) -> dict:
        template = original_parse(text)
        parsed.set(template)
        return template

    handlers._parse_template = parse
    for action, with_constraints in (("GetTemplateSummary", True), ("ValidateTemplate", False)):
        handlers._ACTION_HANDLERS[action] = telling(handlers._ACTION_HANDLERS[action], with_constraints)


def telling(call, with_constraints: bool):
    def tell(request: dict) -> tuple:
        parsed.set(None)
        status, headers, body = call(request)
        template = parsed.get()
        if status != 200 or template is None:
            return status, headers, body
        declared = template.get("Parameters") or {}
        members = "".join(member(name, it, with_constraints) for name, it in declared.items())
        text = f"<Parameters>{members}</Parameters>".encode()
        return status, headers, PARAMETERS.sub(lambda _: text, body, count=1)

    return tell


def member(name: str, declared: dict, with_constraints: bool) -> str:
    """A parameter. Booleans and numbers are texts, as in the template."""
    found = {"ParameterKey": name, "NoEcho": str(declared.get("NoEcho", "false")).lower()}
    if "Default" in declared:
        found["DefaultValue"] = word(declared["Default"])
    if "Description" in declared:
        found["Description"] = word(declared["Description"])
    if with_constraints:
        found["ParameterType"] = word(declared.get("Type", "String"))
    allowed = "".join(f"<member>{_esc(word(value))}</member>" for value in declared.get("AllowedValues", []))
    inner = "".join(f"<{key}>{_esc(value)}</{key}>" for key, value in found.items())
    if with_constraints and allowed:
        inner += f"<ParameterConstraints><AllowedValues>{allowed}</AllowedValues></ParameterConstraints>"
    return f"<member>{inner}</member>"


def word(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
