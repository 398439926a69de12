"""What a template names has to be there: parameters of a request, resources and conditions of a template. ministack takes
a name that nobody has for a text, and finds a circle of dependencies only after the stack exists.
"""

from ministack.services.cloudformation import changesets, engine, handlers

PSEUDO = {
    *("AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId"),
    *("AWS::StackName", "AWS::URLSuffix"),
}

original_parameters = engine._resolve_parameters
original_support = engine.validate_template_support
original_resolve = engine._resolve_refs


def install() -> None:
    for module in (engine, handlers, changesets):
        module._resolve_parameters = resolve_parameters
    for module in (engine, handlers, changesets):
        module.validate_template_support = validate_support
    engine._resolve_refs = resolve_refs


def resolve_parameters(template: dict, provided: list[dict], previous: dict | None = None) -> dict:
    declared = template.get("Parameters") or {}
    unknown = [entry["Key"] for entry in provided if entry["Key"] not in declared]
    if unknown:
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    given = {entry["Key"] for entry in provided}
    missing = [name for name, one in declared.items() if name not in given and "Default" not in one]
    if missing:
        raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
    return original_parameters(template, provided, previous)


def resolve_refs(value, *arguments):
    """The name of an attribute may be a Ref."""
    named = value.get("Fn::GetAtt") if isinstance(value, dict) else None
    if isinstance(named, list) and len(named) == 2 and isinstance(named[1], dict):
        value = {"Fn::GetAtt": [named[0], original_resolve(named[1], *arguments)]}
    return original_resolve(value, *arguments)


def validate_support(template: dict, conditions: dict, params: dict | None = None) -> None:
    original_support(template, conditions, params=params)
    if not template.get("Transform"):
        check(template, conditions)


def check(template: dict, conditions: dict) -> None:
    """Raises what CloudFormation says of the first name that leads nowhere."""
    resources, defined = template.get("Resources") or {}, template.get("Conditions") or {}
    for name in conditions_named([resources, template.get("Outputs") or {}]):
        if name not in defined:
            raise ValueError(f"Template error: unresolved condition dependency {name} in Fn::If")
    for block, items in (("Resources", resources), ("Outputs", template.get("Outputs") or {})):
        for item in items.values():
            name = item.get("Condition") if isinstance(item, dict) else None
            if isinstance(name, str) and name not in defined:
                where = f"in the {block} block of the template"
                raise ValueError(f"Template format error: Unresolved condition dependency {name} {where}")
    check_conditions(template, defined)
    present = in_force(resources, conditions)
    for block, items in (("Resources", present), ("Outputs", in_force(template.get("Outputs") or {}, conditions))):
        check_block(block, items, template, resources, present, conditions)
    try:
        engine._topological_sort(resources, conditions)
    except ValueError as error:
        circle = str(error).rpartition(": ")[2]
        raise ValueError(f"Circular dependency between resources: [{circle}]") from None


def in_force(items: dict, conditions: dict) -> dict:
    return {
        name: item
        for name, item in items.items()
        if isinstance(item, dict) and conditions.get(item.get("Condition"), True)
    }


def check_conditions(template: dict, defined: dict) -> None:
    named = {name for name, _ in engine._intrinsic_references(list(defined.values()))}
    wrong = sorted(name for name in named if name not in (template.get("Parameters") or {}) and name not in PSEUDO)
    if wrong:
        text = "Cannot reference resources in the Conditions block of the template"
        raise ValueError(f"Template format error: Unresolved dependencies {listed(wrong)}. {text}")


def check_block(block: str, items: dict, template: dict, resources: dict, present: dict, conditions: dict) -> None:
    """A resource whose condition is false is not there, except for DependsOn."""
    parameters = template.get("Parameters") or {}
    values = [item.get("Properties") if block == "Resources" else item for item in items.values()]
    unresolved = set()
    for name, attribute in engine._intrinsic_references(pruned(values, conditions)):
        if name in present or (attribute is None and (name in parameters or name in PSEUDO)):
            continue
        unresolved.add(name)
    for item in items.values() if block == "Resources" else ():
        needed = item.get("DependsOn", [])
        unresolved.update(name for name in ([needed] if isinstance(needed, str) else needed) if name not in resources)
    if not unresolved:
        return
    for name in attributes_named(pruned(values, conditions)):
        if name in unresolved and name not in resources:
            raise ValueError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
    text = f"Unresolved resource dependencies {listed(sorted(unresolved))} in the {block} block of the template"
    raise ValueError(f"Template format error: {text}")


def listed(names: list[str]) -> str:
    return f"[{', '.join(names)}]"


def pruned(node: object, conditions: dict) -> object:
    """The node with each Fn::If replaced by the branch in force; by both while its condition is not known."""
    if isinstance(node, list):
        return [pruned(inner, conditions) for inner in node]
    if not isinstance(node, dict):
        return node
    branches = node.get("Fn::If")
    if isinstance(branches, list) and len(branches) == 3 and isinstance(branches[0], str):
        if branches[0] in conditions:
            return pruned(branches[1 if conditions[branches[0]] else 2], conditions)
        return [pruned(inner, conditions) for inner in branches[1:]]
    return {name: pruned(inner, conditions) for name, inner in node.items()}


def nodes(node: object):
    """Every mapping of a template, itself first."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def conditions_named(node: object) -> list[str]:
    named = [one["Fn::If"] for one in nodes(node) if "Fn::If" in one]
    return [branches[0] for branches in named if isinstance(branches, list) and branches and isinstance(branches[0], str)]


def attributes_named(node: object) -> list[str]:
    found = [one["Fn::GetAtt"] for one in nodes(node) if "Fn::GetAtt" in one]
    return [part.split(".")[0] if isinstance(part, str) else part[0] for part in found if part]
