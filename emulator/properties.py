"""Cuts the names of the properties of CloudFormation's resource types out of the schemas that cfn-lint ships (MIT-0, see
NOTICE): `emulator/cloudformation/properties.json`. Run by `make shapes`, in the environment of the linters.

A type is an object of names. The value of a name is null if anything may be in it, an object of names, or a list of
either. Types that CloudFormation handles itself, without a registered handler, are marked: it words their errors otherwise.
`actions` are the IAM actions that make, change and delete a resource, as the schema's handlers list them.
`--check` writes nothing and fails if the file is not what would be written.
"""

import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
FILE = HERE / "cloudformation/properties.json"
# Of these services every type is cut, of the others those that ministack has.
WHOLE = ("CloudFormation", "CodeArtifact", "CodeBuild", "CodeCommit", "CodePipeline", "SageMaker", "ServiceCatalog")
# Types that the emulator adds to those of ministack's.
ADDED = (
    *("AWS::EC2::DHCPOptions", "AWS::EC2::EIP", "AWS::EC2::FlowLog", "AWS::EC2::NatGateway", "AWS::EC2::SecurityGroupEgress"),
    *("AWS::EC2::SecurityGroupIngress", "AWS::EC2::VPCDHCPOptionsAssociation", "AWS::ResourceGroups::Group"),
)
VERBS = {
    "create": (
        *("Create", "Put", "Register", "Add", "Allocate", "Attach", "Associate", "Authorize", "Run", "Request", "Subscribe"),
        "Publish",
    ),
    "update": ("Update", "Modify", "Set", "Put", "Change", "Create", "Replace"),
    "delete": ("Delete", "Deregister", "Remove", "Release", "Detach", "Disassociate", "Revoke", "Terminate", "Unsubscribe"),
}
BESIDE = re.compile(r":(\w*Tags?|\w*TagResource|CreateGrant|PassRole|CreateServiceLinkedRole)$")
ENTRY = re.compile(r'^    "(AWS::\w+::\w+)": \{', re.MULTILINE)


def schemas() -> dict[str, dict]:
    import cfnlint

    folder = pathlib.Path(cfnlint.__file__).parent / "data/schemas"
    index = json.loads((folder / "providers/us-east-1.json").read_text(encoding="utf-8"))
    return {
        kind: json.loads((folder / f"resources/{name}.json").read_text(encoding="utf-8")) for kind, name in index.items()
    }


def cut(shape: dict, definitions: dict, within: tuple[str, ...] = ()) -> object:
    """What may be in a value of this shape: null where the schema does not say, or contains itself."""
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[-1]
        if name in within or not shape["$ref"].startswith("#/definitions/"):
            return None
        return cut(definitions.get(name, {}), definitions, (*within, name))
    if "items" in shape and isinstance(shape["items"], dict):
        inner = cut(shape["items"], definitions, within)
        return None if inner is None else [inner]
    closed = shape.get("additionalProperties") is False and not shape.get("patternProperties")
    if not closed or not shape.get("properties"):
        return None
    return {name: cut(inner, definitions, within) for name, inner in sorted(shape["properties"].items())}


def described(schema: dict) -> dict:
    names = cut(schema, schema.get("definitions", {}))
    if isinstance(names, dict):
        # What can be given once is in both lists, if the resource has it in any case.
        given = schema.get("createOnlyProperties", [])
        read_only = [path for path in schema.get("readOnlyProperties", []) if path not in given]
        read_only = {path.split("/")[2] for path in read_only if path.count("/") == 2}
        names = {name: inner for name, inner in names.items() if name not in read_only}
    handlers = schema.get("handlers")
    if not handlers:
        return {"properties": names, "native": True}
    kind = schema["typeName"].rsplit("::", 1)[-1]
    found = {name: action(handlers.get(name, {}).get("permissions", []), verbs, kind) for name, verbs in VERBS.items()}
    return {"properties": names, "actions": {name: one for name, one in found.items() if one}}


def action(permissions: list[str], verbs: tuple[str, ...], kind: str) -> str | None:
    """A verb with the name of the type, or else the first permission with the first verb that any has. Tags, grants and
    roles that are passed come beside.
    """
    chosen = {one.split(":")[-1]: one for one in permissions if not BESIDE.search(one)}
    named = [chosen[name] for verb in verbs for name in (verb + kind, f"{verb}{kind}s") if name in chosen]
    return next(iter(named + [one for verb in verbs for name, one in chosen.items() if name.startswith(verb)]), None)


def main() -> None:
    (ministack,) = HERE.parent.glob(".venv/emulator/lib/python*/site-packages/ministack/services/cloudformation/provisioners.py")
    known = set(ENTRY.findall(ministack.read_text(encoding="utf-8")))
    lines = [
        f"{json.dumps(kind)}: {json.dumps(described(schema), separators=(',', ':'))}"
        for kind, schema in sorted(schemas().items())
        if kind in known or kind in ADDED or kind.split("::")[1] in WHOLE
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text, encoding="utf-8")
    elif not FILE.is_file() or FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE} is not what CloudFormation's schemas say: run `make shapes`")


if __name__ == "__main__":
    main()
