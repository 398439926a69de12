"""Checks an answer of the emulator against botocore's description of the service: undeclared members, missing ones that are
required, types, enumerations, lengths and patterns of members, errors that the operation does not declare."""

import datetime
import functools
import json
import re
import xml.etree.ElementTree

import botocore.loaders
import botocore.model
import cbor2

# Every service may answer with these, whatever the operation declares.
COMMON_ERRORS = {
    "AccessDenied",
    "AccessDeniedException",
    "InternalFailure",
    "InvalidClientTokenId",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
}
KINDS = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, datetime.datetime),
}
UNICODE_CLASSES = {r"\p{L}": "a-zA-Z", r"\p{Z}": " ", r"\p{N}": "0-9", r"\p{M}": "", r"\p{S}": "", r"\p{P}": ""}


@functools.cache
def service(name: str) -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(name, "service-2"), name)


def complaints(operation: botocore.model.OperationModel, status: int, content_type: str, body: bytes) -> set[str]:
    """What the model does not allow in this answer."""
    try:
        if "xml" in content_type:
            answer = from_query(operation, body)
        else:
            answer = (cbor2.loads if "cbor" in content_type else json.loads)(body or b"{}")
    except (ValueError, xml.etree.ElementTree.ParseError) as error:
        return {f"the body cannot be decoded: {error}"}
    if status >= 300:
        return error_complaints(operation, answer)
    if operation.output_shape is None:
        return {f"{name}: the operation has no output" for name in answer}
    return set(walk(operation.output_shape, answer, ""))


def from_query(operation: botocore.model.OperationModel, body: bytes) -> dict:
    """The answer of a service with the query protocol, as one in JSON would have it."""
    root = xml.etree.ElementTree.fromstring(body)
    code, shape = root.find("./{*}Error/{*}Code"), operation.output_shape
    if code is not None:
        return {"__type": code.text or ""}
    result = root if shape is None else root.find(f"./{{*}}{shape.serialization['resultWrapper']}")
    found = {} if result is None else from_xml(shape, result)
    return {name: value for name, value in found.items() if name != "ResponseMetadata"}


def from_xml(shape, element):
    """The value of an element; a text that is none of its type stays a text, which is a complaint."""
    kind, text = "structure" if shape is None else shape.type_name, element.text or ""
    if kind == "structure":
        members = {} if shape is None else shape.members
        pairs = ((child.tag.rpartition("}")[2], child) for child in element)
        return {name: from_xml(members[name], child) if name in members else child.text for name, child in pairs}
    if kind == "list":
        return [from_xml(shape.member, child) for child in element]
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind in ("integer", "long"):
        return int(text) if text.lstrip("-").isdigit() else text
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(text)
    return text


def error_complaints(operation, answer: dict) -> set[str]:
    code = answer.get("__type", "").rsplit("#")[-1]
    declared = {shape.name for shape in operation.error_shapes} | {shape.error_code for shape in operation.error_shapes}
    if code in declared | COMMON_ERRORS:
        return set()
    return {f"error {code or 'without a code'} is not declared"}


def walk(shape, value, path: str):
    kind = shape.type_name
    expected = KINDS.get(kind)
    if expected and (not isinstance(value, expected) or (expected is not bool and isinstance(value, bool))):
        yield f"{path}: {type(value).__name__} in place of {kind}"
    elif kind == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        yield from (f"{path}.{name}: undeclared" for name in value if name not in members)
        yield from (f"{path}.{name}: missing, required" for name in shape.required_members if name not in value)
        for name in members.keys() & value.keys():
            yield from walk(members[name], value[name], f"{path}.{name}")
    elif kind in ("list", "map"):
        for item in value.values() if kind == "map" else value:
            yield from walk(shape.member if kind == "list" else shape.value, item, f"{path}[]")
    elif kind == "string":
        yield from string_complaints(shape, value, path)


def string_complaints(shape, value: str, path: str):
    rules = shape.metadata
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is not one of {', '.join(shape.enum)}"
    if not rules.get("min", 0) <= len(value) <= rules.get("max", len(value)):
        yield f"{path}: {len(value)} characters, not {rules.get('min', 0)} to {rules.get('max')}"
    pattern = rules.get("pattern", "")
    for name, characters in UNICODE_CLASSES.items():
        pattern = pattern.replace(name, characters)
    try:
        fits = not pattern or re.search(f"^(?:{pattern})$", value, re.DOTALL)
    except re.error:
        return
    if not fits:
        yield f"{path}: {value[:80]!r} does not match {rules['pattern']}"
