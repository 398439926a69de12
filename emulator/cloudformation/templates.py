"""Templates as CloudFormation reads them: within bounds of time and memory, and refused before a stack exists if their
structure is wrong. ministack parses whatever it gets, follows YAML aliases, and fails on a section that is no mapping.
"""

import json
import logging
import pathlib
import traceback

import yaml
from ministack.services.cloudformation import changesets, engine, handlers, helpers

# Deeper than any template is; the functions that walk a template call themselves once or twice per level.
DEEPEST = 100
FORMAT = "Template format error: "
UNSUPPORTED = "unsupported structure."

SECTIONS = {
    *("AWSTemplateFormatVersion", "Conditions", "Description", "Globals", "Hooks", "Mappings", "Metadata", "Outputs"),
    *("Parameters", "Resources", "Rules", "Transform"),
}
MAPPINGS = SECTIONS - {"AWSTemplateFormatVersion", "Description", "Transform"}
ATTRIBUTES = {
    *("Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy"),
    "UpdateReplacePolicy",
}
# A macro or a loop may stand where the name of a resource, a parameter or an output would.
EXPANDED = ("Fn::ForEach", "Fn::Transform")

# The calls that read a template of their request.
CHECKED = ("CreateStack", "UpdateStack", "CreateChangeSet", "ValidateTemplate", "GetTemplateSummary")

logger = logging.getLogger("emulator")


class Loader(yaml.CSafeLoader):
    """ministack's, in C: its own takes ten seconds for the largest template there may be."""


def install() -> None:
    Loader.yaml_constructors = engine.CfnLoader.yaml_constructors
    for module in (engine, handlers, changesets):
        module._parse_template = parse
    engine._parse_snippet = snippet
    for action in CHECKED:
        handlers._ACTION_HANDLERS[action] = checking(handlers._ACTION_HANDLERS[action])


# Parsing.


def parse(text: str) -> dict:
    """The template in a text. The message of the error is what follows `Template format error: `."""
    text = text.strip()
    if text.startswith("{"):
        try:
            found = json.loads(text)
        except ValueError as error:
            place = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
            raise ValueError(f"JSON not well-formed.{place}") from None
        except RecursionError:
            raise ValueError(UNSUPPORTED) from None
    else:
        found = load(text, Loader)
    if not isinstance(found, dict) or too_deep(found):
        raise ValueError(UNSUPPORTED)
    return found


def load(text: str, loader: type) -> object:
    """What is in a YAML text. Its events are looked at first: they take no more memory than the text."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("YAML aliases are not allowed in CloudFormation templates")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError(UNSUPPORTED)
        return yaml.load(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValueError(f"YAML not well-formed.{place}") from None
    except yaml.YAMLError:
        raise ValueError("YAML not well-formed.") from None


def snippet(text: str) -> object:
    """What AWS::Include puts into a template: without the short forms of functions."""
    try:
        found = json.loads(text) if text.strip().startswith("{") else load(text, yaml.CSafeLoader)
    except (ValueError, RecursionError):
        found = None
    if found is None or too_deep(found):
        valid = "The specified S3 object's content should be valid Yaml/JSON"
        raise engine._IncludeError(engine._INCLUDE_ERROR + valid)
    return found


def members(node: object) -> list:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def too_deep(node: object) -> bool:
    level = [node]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in members(outer)]
        if not level:
            return False
    return True


# Structure.


def checking(call):
    def checked(parameters):
        reason = refusal(parameters)
        if reason is not None:
            return helpers._error("ValidationError", reason)
        try:
            return call(parameters)
        except (AttributeError, IndexError, KeyError, RecursionError, TypeError) as error:
            # A function whose arguments have a form that ministack does not expect. The error may quote the template, which
            # may hold secrets: the log has its kind and the line that raised it.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{pathlib.PurePath(frame.filename).name}:{frame.lineno}"
            logger.error("a template was refused: %s at %s", type(error).__name__, where)
            return helpers._error("ValidationError", FORMAT + UNSUPPORTED)

    return checked


def refusal(parameters: dict) -> str | None:
    """Why the template of a request is refused, if it has one."""
    body, error = helpers._resolve_template(parameters)
    if error is not None or not body:
        return None
    try:
        template = parse(body)
    except ValueError as error:
        return FORMAT + str(error)
    return why_malformed(template)


def why_malformed(template: dict) -> str | None:
    unknown = [str(name) for name in template if name not in SECTIONS]
    if unknown:
        return f"Invalid template property or properties [{', '.join(sorted(unknown))}]"
    null = path_of_null(template)
    if null is not None:
        return f"[{null}] 'null' values are not allowed in templates"
    if any(not isinstance(template[name], dict) for name in MAPPINGS & template.keys()):
        return FORMAT + UNSUPPORTED
    resources = template.get("Resources")
    if not resources and "Fn::Transform" not in template:
        return FORMAT + "At least one Resources member must be defined."
    for name, resource in (resources or {}).items():
        reason = None if str(name).startswith(EXPANDED) else why_resource(name, resource)
        if reason is not None:
            return reason
    for section, required, kind in (("Parameters", "Type", "member"), ("Outputs", "Value", "object")):
        for name, item in (template.get(section) or {}).items():
            if not str(name).startswith(EXPANDED) and (not isinstance(item, dict) or required not in item):
                return f"{FORMAT}Every {section} member must contain a {required} {kind}"
    return None


def why_resource(name: object, resource: object) -> str | None:
    if not isinstance(name, str) or not (name.isascii() and name.isalnum()):
        return f"{FORMAT}Resource name {name} is non alphanumeric."
    if not isinstance(resource, dict):
        return f"{FORMAT}Resource definition is malformed"
    if "Fn::Transform" in resource:
        return None
    if not isinstance(resource.get("Type"), str):
        return f"{FORMAT}[/Resources/{name}] Every Resources object must contain a Type member."
    unknown = [key for key in resource if key not in ATTRIBUTES]
    if unknown:
        return f"Invalid template resource property '{unknown[0]}'"
    if not isinstance(resource.get("Properties", {}), dict):
        return f"{FORMAT}[/Resources/{name}] Properties must be an object"
    return None


def path_of_null(node: object, path: str = "") -> str | None:
    if node is None:
        return path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, inner in pairs:
        found = path_of_null(inner, f"{path}/{name}")
        if found is not None:
            return found
    return None
