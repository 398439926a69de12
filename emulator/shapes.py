"""Cuts the input shapes and the errors of the operations that each emulated service serves out of botocore's description of
the service (Apache-2.0, see NOTICE), which awscli ships: `emulator/services/SERVICE/shapes.json`. Run by `make shapes`.

Which operations these are is read off the service's table of operations; of which structures the members are listed, too, off
the calls of `SHAPES.only`. `--check` writes nothing and fails if a file is
not what would be written.
"""

import glob
import gzip
import json
import pathlib
import re
import sys

SERVICES = pathlib.Path(__file__).parent / "services"
TABLE_ROW = re.compile(r'Operation::(?:new|waiting)\(\s*"(\w+)"')
# The service's name in botocore, of which its folder may serve a part.
ID = re.compile(r'const ID: &\'static str = "(\w+)"')
# Errors that the API reference has with a parameter of an operation, and the model does not declare.
UNDECLARED = {
    "CreateStackSet": ["InsufficientCapabilitiesException"],
    "UpdateStackSet": ["InsufficientCapabilitiesException"],
}
# Operations that services call among themselves: IAM has their actions, and the model leaves them out. Members by the shapes of
# the model, which all are required but those that end with a question mark; errors are those of another operation.
INTERNAL = {
    "codecommit": {
        "UploadArchive": {
            **{"repositoryName": "RepositoryName", "commitId": "CommitId", "s3Bucket": "Message", "s3Key": "Message"},
            "kmsKeyId?": "KmsKeyId",
        },
        "GetUploadArchiveStatus": {"repositoryName": "RepositoryName", "uploadId": "Message"},
        "GitPull": {"repositoryName": "RepositoryName"},
        "CancelUploadArchive": {"repositoryName": "RepositoryName", "uploadId": "Message"},
    }
}
ERRORS_LIKE = {"codecommit": "GetFile"}
# A structure whose members the code of a service asks for by its name.
ASKED = re.compile(r'SHAPES\s*\.only\(\s*"(\w+)"')
KINDS = {"long": "integer", "double": "float", "blob": "string"}
# The shape of the input of an operation that takes none.
NOTHING = "Nothing"
# What the check of an input knows of a shape, in this order.
RULES = ("max", "min", "pattern", "enum")


def model(service: str) -> dict:
    """The newest description of a service in the awscli of this interpreter."""
    import awscli.botocore

    folder = pathlib.Path(awscli.botocore.__file__).parent / "data" / service
    newest = sorted(glob.glob(f"{folder}/*/service-2.json*"))[-1]
    opened = gzip.open(newest, "rt", encoding="utf-8") if newest.endswith(".gz") else open(newest, encoding="utf-8")
    with opened as file:
        described = json.load(file)
    for name, members in INTERNAL.get(service, {}).items():
        declared = described["operations"][ERRORS_LIKE[service]]["errors"]
        described["operations"][name] = {"input": {"shape": f"{name}Input"}, "errors": declared}
        described["shapes"][f"{name}Input"] = {
            "type": "structure",
            "required": [member for member in members if not member.endswith("?")],
            "members": {member.removesuffix("?"): {"shape": shape} for member, shape in members.items()},
        }
    return described


def locations(shape: dict) -> dict[str, str]:
    """What the query protocol calls the members of a structure, or the items of a list, that have another name there."""
    inner = shape.get("members", {}) | ({"member": shape["member"]} if shape["type"] == "list" else {})
    return {name: one["locationName"] for name, one in inner.items() if one.get("locationName", name) != name}


def query_string(shape: dict) -> dict[str, str]:
    """What the REST protocol calls the members of a structure that it has in the query string. The gateway reads members there and
    in the body only.
    """
    members = shape.get("members", {})
    elsewhere = sorted({one["location"] for one in members.values() if one.get("location", "querystring") != "querystring"})
    if elsewhere or shape.get("payload"):
        sys.exit(f"an input has members in {elsewhere or 'a payload'}: emulator/src/gateway/rest.rs does not read them")
    return {name: one["locationName"] for name, one in members.items() if "location" in one}


def cut(shape: dict, protocol: str) -> dict:
    """One shape, with what the check and the protocol know of it."""
    kind = shape["type"]
    found: dict = {"type": KINDS.get(kind, kind)}
    if kind == "structure":
        if shape.get("required"):
            found["required"] = shape["required"]
        found["members"] = {name: member["shape"] for name, member in shape.get("members", {}).items()}
    elif kind == "list":
        found["member"] = shape["member"]["shape"]
    elif kind == "map":
        found["key"], found["value"] = shape["key"]["shape"], shape["value"]["shape"]
    if protocol == "query":
        found |= {"locations": locations(shape)} if locations(shape) else {}
        found |= {"flattened": True} if shape.get("flattened") else {}
    if protocol == "rest-json" and kind == "structure" and query_string(shape):
        found["query"] = query_string(shape)
    return found | {rule: shape[rule] for rule in RULES if rule in shape}


def errors(described: dict, operation: str) -> list[str]:
    """The codes of the errors that an operation declares."""
    names = [error["shape"] for error in described["operations"][operation].get("errors", [])]
    codes = [described["shapes"][name].get("error", {}).get("code", name) for name in names]
    return sorted(codes + UNDECLARED.get(operation, []))


def routes(described: dict, operations: list[str]) -> dict[str, str]:
    """Method and path of each operation of a service with the REST protocol."""
    http = {name: described["operations"][name]["http"] for name in operations}
    return {name: f"{one['method']} {one['requestUri']}" for name, one in http.items()}


def statuses(described: dict, codes: set[str]) -> dict[str, int]:
    """The HTTP statuses of errors."""
    return {code: described["shapes"][code]["error"]["httpStatusCode"] for code in codes}


def inputs(service: str, operations: list[str], structures: list[str]) -> str:
    """The text of the service's file."""
    described = model(service)
    protocol = described["metadata"]["protocol"]
    query = protocol == "query"
    described["shapes"].setdefault(NOTHING, {"type": "structure"})
    asked = {name: described["operations"][name].get("input", {}) for name in sorted(operations)}
    roots = {name: shape.get("shape", NOTHING) for name, shape in asked.items()}
    answers = {name: described["operations"][name].get("output", {}).get("shape") for name in roots if query}
    outputs = {name: shape for name, shape in answers.items() if shape}
    shapes: dict[str, dict] = {}
    waiting = [*roots.values(), *outputs.values()]
    while waiting:
        name = waiting.pop()
        if name in shapes:
            continue
        shape = shapes[name] = cut(described["shapes"][name], protocol)
        waiting += shape.get("members", {}).values()
        waiting += [shape[part] for part in ("member", "key", "value") if part in shape]
    rows = lambda entries: ",\n".join(f"{json.dumps(name)}: {json.dumps(entries[name])}" for name in sorted(entries))
    declared = {name: errors(described, name) for name in roots}
    # The query protocol writes outputs by their shapes; the others write them as they are.
    namespace = json.dumps(described["metadata"].get("xmlNamespace"))
    members = {name: list(described["shapes"][name]["members"]) for name in structures}
    told = f'"members": {{\n{rows(members)}\n}},\n' if members else ""
    routed = ""
    if protocol == "rest-json":
        codes = {code for entries in declared.values() for code in entries}
        routed = f'"routes": {{\n{rows(routes(described, list(roots)))}\n}},\n"statuses": {{\n{rows(statuses(described, codes))}\n}},\n'
    answered = f'"namespace": {namespace},\n"outputs": {{\n{rows(outputs)}\n}},\n' if query else ""
    return (
        f'{{"operations": {{\n{rows(roots)}\n}},\n"errors": {{\n{rows(declared)}\n}},\n{answered}{routed}{told}'
        f'"shapes": {{\n{rows(shapes)}\n}}}}\n'
    )


def main() -> None:
    check = "--check" in sys.argv[1:]
    for folder in sorted(SERVICES.iterdir()):
        table = (folder / "src/api/mod.rs").read_text(encoding="utf-8")
        code = "".join(file.read_text(encoding="utf-8") for file in (folder / "src").rglob("*.rs"))
        (service,) = ID.findall((folder / "src/lib.rs").read_text(encoding="utf-8"))
        text = inputs(service, TABLE_ROW.findall(table), ASKED.findall(code))
        file = folder / "shapes.json"
        if not check:
            file.write_text(text, encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            sys.exit(f"{file} is not what AWS's model says: run `make shapes`")


if __name__ == "__main__":
    main()
