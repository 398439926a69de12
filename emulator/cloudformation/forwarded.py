"""CloudFormation types whose handlers call an API of the gateway, made from the rows in `resource_types`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners, stacks

import actors
import clock
from gateway_calls import call, takes

Provisioned = tuple[str, dict[str, str]]

POLL_SECONDS = 5
# A wait fails after this time.
PATIENCE_SECONDS = 3600


@dataclass(frozen=True)
class Tagging:
    """The operations that change tags, and their parameters. Without it an update takes the tags along."""

    add: str = "TagResource"
    remove: str = "UntagResource"
    arn: str = "ResourceArn"
    tags: str = "Tags"
    keys: str = "TagKeys"


@dataclass(frozen=True)
class Status:
    """A resource that takes time: the member of its description, and what it says. Any other status is a failure."""

    member: str
    ready: tuple[str, ...]
    pending: tuple[str, ...]
    # What it says while it is deleted and, of one that stays listed, afterwards.
    deleting: tuple[str, ...] = ("Deleting",)
    deleted: tuple[str, ...] = ()
    reason: str = "FailureReason"


@dataclass(frozen=True)
class Type:
    """One type. Operations are named after it unless said otherwise; None is one that the API does not have."""

    name: str
    # botocore's name of the service.
    service: str
    # Parameters that together name one, also the parts of its Ref: `Id`, or `Id=Detail.Id` where the answer has it there.
    identity: tuple[str, ...]
    # What is replaced rather than updated, by the resource reference.
    replacing: tuple[str, ...] = ()
    # GetAtt: paths in the description, or `id` and `arn`.
    attributes: dict[str, str] = field(default_factory=dict)
    # The path of its ARN in the description, or the ARN with {region}, {account} and {id}.
    arn: str = ""
    create: str = ""
    update: str | None = ""
    read: str | None = ""
    delete: str = ""
    # Error codes of one that is not there.
    missing: tuple[str, ...] = ("ResourceNotFoundException",)
    separator: str = "|"
    # Whether its Ref is its ARN, whose last part names it.
    by_arn: bool = False
    # The property that gets a name if the template gives none, and how long that may be.
    named: str = ""
    longest: int = 63
    # The member that all properties but tags go into; and properties that no operation takes.
    within: str = ""
    apart: tuple[str, ...] = ()
    # An update takes only what changed, or all with what was left out set to nothing.
    changes_only: bool = False
    blanks: bool = False
    # Properties spelled otherwise in the update.
    renamed: dict[str, str] = field(default_factory=dict)
    # What the API takes instead of the properties of the template.
    form: Callable[[dict], dict] | None = None
    # Properties that a deletion takes, apart from the identity.
    told: tuple[str, ...] = ()
    # Operations that follow a creation or an update while a property is true, with the parameter of the identity.
    then: dict[str, tuple[str, str]] = field(default_factory=dict)
    then_after: tuple[str, ...] = ("create", "update")
    status: Status | None = None
    tagging: Tagging | None = None

    def operation(self, verb: str) -> str:
        said = getattr(self, verb)
        prefix = "Describe" if verb == "read" else verb.capitalize()
        return said or prefix + self.name.rsplit("::", 1)[-1]

    def members(self) -> list[tuple[str, str]]:
        """Parameter and path in the answer of each part of the identity."""
        pairs = [part.partition("=") for part in self.identity]
        return [(member, path or member) for member, _, path in pairs]

    def identified(self, physical_id: str) -> dict[str, str]:
        known = physical_id.rsplit("/", 1)[-1] if self.by_arn else physical_id
        parts = zip(self.members(), known.split(self.separator), strict=True)
        return {member: part for (member, _), part in parts if part}

    def physical_id(self, answer: dict, properties: dict) -> str:
        given = {name.lower(): item for name, item in properties.items()}
        arn = next((str(item) for name, item in answer.items() if name.endswith("Arn")), "")
        if self.by_arn and arn:
            return arn
        parts = [at(answer, path) or given.get(member.lower()) for member, path in self.members()]
        if parts == [None] and arn:
            # The answer names it in its ARN only.
            parts = [arn.rsplit("/", 1)[-1]]
        return self.separator.join(str(part or "") for part in parts)


def register(handlers: dict, rows: tuple[Type, ...]) -> None:
    """Adds the types to ministack's table of handlers. They wait for the gateway, which asks ministack who calls."""
    keep_off_event_loop(*(row.name for row in rows))
    actors.THROUGH_GATEWAY.update(row.name for row in rows)
    for row in rows:
        handlers[row.name] = {"create": creator(row), "update": updater(row), "delete": deleter(row)}
        provisioners._REPLACING_PROPERTIES[row.name] = row.replacing


def keep_off_event_loop(*names: str) -> None:
    """Has these types handled in threads of their own, because their handlers wait."""
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name in names or blocks(name)


# Handlers.


def creator(row: Type) -> Callable:
    def create(logical_id: str, properties: dict, stack_name: str) -> Provisioned:
        if row.named and not properties.get(row.named):
            name = provisioners._physical_name(stack_name, logical_id, max_len=row.longest)
            properties = {**properties, row.named: name}
        answer = call(row.service, row.operation("create"), given(row, row.operation("create"), properties))
        physical_id = row.physical_id(answer, properties)
        try:
            follow(row, "create", physical_id, properties)
            description = answer if row.read is None else settled(row, physical_id)
            return physical_id, attributes(row, physical_id, description)
        except ValueError as error:
            # Tells `operations` what is to be deleted when the stack rolls back.
            error.physical_id = physical_id
            raise

    return create


def updater(row: Type) -> Callable:
    def update(physical_id: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
        changed = {name: item for name, item in new.items() if item != old.get(name) and name != "Tags"}
        sent = changed if row.changes_only else {**new, row.named or "": physical_id}
        if row.blanks:
            dropped = {name: item for name, item in old.items() if name not in new and name != "Tags"}
            sent |= {name: type(item)() for name, item in dropped.items() if isinstance(item, dict | list | str)}
        sent = {row.renamed.get(name, name): item for name, item in sent.items() if name}
        answer = {}
        if row.update is not None and sent:
            named = row.identified(physical_id) if row.changes_only else {}
            operation = row.operation("update")
            answer = call(row.service, operation, {**given(row, operation, sent), **named})
        description = answer if row.read is None else settled(row, physical_id)
        retag(row, arn_of(row, physical_id, description), old, new)
        follow(row, "update", physical_id, new)
        return physical_id, attributes(row, physical_id, description)

    return update


def deleter(row: Type) -> Callable:
    def delete(physical_id: str, properties: dict) -> None:
        told = {name: properties[name] for name in row.told if name in properties}
        call(row.service, row.operation("delete"), {**row.identified(physical_id), **told}, gone=row.missing)
        limit = clock.after(PATIENCE_SECONDS)
        while row.status is not None and (found := describe(row, physical_id)) is not None:
            status = at(found, row.status.member)
            if status in row.status.deleted:
                return
            if status not in (*row.status.deleting, *row.status.pending, *row.status.ready):
                raise ValueError(failure(row, physical_id, found))
            if clock.over(limit):
                raise ValueError(f"{row.name} {physical_id} did not go within an hour")
            clock.pause(POLL_SECONDS)

    return delete


def given(row: Type, operation: str, properties: dict) -> dict:
    """The properties as an operation takes them: and their tags in a member of their own, if it takes tags."""
    own = own_tags({name: item for name, item in properties.items() if name not in row.apart})
    tags = own.pop("Tags")
    own = row.form(own) if row.form else own
    sent = {row.within: own} if row.within else own
    return {**sent, "Tags": tags} if takes(row.service, operation, "Tags") else sent


def follow(row: Type, verb: str, physical_id: str, properties: dict) -> None:
    for name, (operation, parameter) in row.then.items() if verb in row.then_after else ():
        if str(properties.get(name, False)).lower() == "true":
            call(row.service, operation, {parameter: physical_id})


def attributes(row: Type, physical_id: str, description: dict) -> dict[str, str]:
    """What GetAtt gives."""
    known = {"id": physical_id, "arn": arn_of(row, physical_id, description)}
    found = {name: known.get(path) or at(description, path) for name, path in row.attributes.items()}
    return {name: str(item) for name, item in found.items() if item is not None}


def arn_of(row: Type, physical_id: str, description: dict) -> str:
    if "{" not in row.arn:
        return str(at(description, row.arn) or "")
    name = physical_id.replace(row.separator, "/")
    return row.arn.format(region=get_region(), account=get_account_id(), id=name)


def settled(row: Type, physical_id: str) -> dict:
    """The description of the resource, once it is ready."""
    limit = clock.after(PATIENCE_SECONDS)
    while True:
        found = describe(row, physical_id)
        if found is None:
            raise ValueError(f"{row.name} {physical_id} is not there any more")
        status = at(found, row.status.member) if row.status else None
        if row.status is None or status in row.status.ready:
            return found
        if status not in row.status.pending or clock.over(limit):
            raise ValueError(failure(row, physical_id, found))
        clock.pause(POLL_SECONDS)


def failure(row: Type, physical_id: str, description: dict) -> str:
    reason = at(description, row.status.reason) or "no reason given"
    return f"{row.name} {physical_id} is {at(description, row.status.member)}: {reason}"


def describe(row: Type, physical_id: str) -> dict | None:
    """What the API says of the resource; None if it knows none."""
    return call(row.service, row.operation("read"), row.identified(physical_id), gone=row.missing) or None


def retag(row: Type, arn: str, old: dict, new: dict) -> None:
    """Brings the tags of a resource from the old template to the new one."""
    before, after = own_tags(old)["Tags"], own_tags(new)["Tags"]
    way = row.tagging
    if way is None or before == after:
        return
    dropped = sorted({tag["Key"] for tag in before} - {tag["Key"] for tag in after})
    if dropped:
        call(row.service, way.remove, {way.arn: arn, way.keys: dropped})
    if after:
        call(row.service, way.add, {way.arn: arn, way.tags: after})


def own_tags(properties: dict) -> dict:
    """The properties without the tags that CloudFormation sets itself: no service takes a tag called `aws:`."""
    tags = [tag for tag in properties.get("Tags") or [] if not tag["Key"].startswith("aws:")]
    return {**{key: item for key, item in properties.items() if key != "Tags"}, "Tags": tags}


def at(value: object, path: str) -> object:
    """What is at a dotted path; None if nothing is."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
