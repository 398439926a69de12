"""Names of log groups that a template does not name: AWS makes them of stack and logical id, as it does for other types."""

from ministack.services.cloudformation import provisioners


def install(handlers: dict) -> None:
    handler = handlers["AWS::Logs::LogGroup"]
    create, update = handler["create"], handler["update"]

    def create_group(logical_id, properties, stack_name):
        name = properties.get("LogGroupName") or provisioners._physical_name(stack_name, logical_id, max_len=512)
        return create(logical_id, {**properties, "LogGroupName": name}, stack_name)

    def update_group(physical_id, old, new, stack_name, *more, **named):
        # A group that was never named keeps its name.
        kept = {} if old.get("LogGroupName") or new.get("LogGroupName") else {"LogGroupName": physical_id}
        return update(physical_id, {**old, **kept}, {**new, **kept}, stack_name, *more, **named)

    handlers["AWS::Logs::LogGroup"] = {**handler, "create": create_group, "update": update_group}
