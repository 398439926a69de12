"""What a stack still needs is not deleted: when something cannot go, CloudFormation leaves alone what it depends on, where
ministack goes on with all the rest.
"""

from ministack.services.cloudformation import _stacks, stacks

original_delete = stacks._delete_resource


def install() -> None:
    stacks._delete_resource = delete_resource


def delete_resource(kind, physical_id, properties, stack_name, logical_id):
    """Refuses while something that depends on the resource is in the stack: it was to go first, so it could not."""
    stack = _stacks.get(stack_name) or {}
    if stack.get("StackStatus") == "DELETE_IN_PROGRESS":
        held, definitions = stack["_resources"], (stack.get("_template") or {}).get("Resources", {})
        needs = {name: stacks._extract_deps(definitions.get(name) or {}, set(held)) for name in held}
        users = sorted(name for name in held if name != logical_id and logical_id in needs[name])
        if users:
            raise ValueError(f"not deleted, because {', '.join(users)} could not be deleted and depends on it")
    return original_delete(kind, physical_id, properties, stack_name, logical_id)
