"""The CloudFormation types of SageMaker Studio, which ministack lacks: domain, user profile, space and app. Each
forwards to the gateway's API and waits, as CloudFormation does, until the resource stands or is gone.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError
from ministack.services.cloudformation import provisioners

import actors
import clock
from resources import Provisioned, call, client, keep_off_event_loop, own_tags

POLL_SECONDS = 5

# A wait fails after this time.
PATIENCE_SECONDS = 3600
GONE = "ResourceNotFound"


@dataclass(frozen=True)
class Kind:
    """One type: its name in operations, what identifies it, and how CloudFormation treats it."""

    name: str
    # Parameters of the API that together name one; also the parts of its Ref.
    identity: tuple[str, ...]
    # Members of the description that GetAtt gives.
    attributes: tuple[str, ...]
    # Properties that are replaced, not updated.
    replacing: tuple[str, ...]
    # Properties spelled otherwise in UpdateX.
    renamed: tuple[tuple[str, str], ...] = ()

    def identified(self, physical_id: str) -> dict[str, str]:
        parts = zip(self.identity, physical_id.split("|"), strict=True)
        return {name: part for name, part in parts if part}

    def physical_id(self, values: dict) -> str:
        return "|".join(str(values.get(name) or "") for name in self.identity)


DOMAIN = Kind(
    name="Domain",
    identity=("DomainId",),
    attributes=(
        "DomainArn",
        "DomainId",
        "HomeEfsFileSystemId",
        "SecurityGroupIdForDomainBoundary",
        "SingleSignOnApplicationArn",
        "SingleSignOnManagedApplicationInstanceId",
        "Url",
    ),
    replacing=("AuthMode", "DomainName", "KmsKeyId", "VpcId"),
    renamed=(("DomainSettings", "DomainSettingsForUpdate"),),
)
USER_PROFILE = Kind(
    name="UserProfile",
    identity=("UserProfileName", "DomainId"),
    attributes=("UserProfileArn",),
    replacing=("DomainId", "SingleSignOnUserIdentifier", "SingleSignOnUserValue", "UserProfileName"),
)
SPACE = Kind(
    name="Space",
    identity=("DomainId", "SpaceName"),
    attributes=("SpaceArn", "Url"),
    replacing=("DomainId", "OwnershipSettings", "SpaceName", "SpaceSharingSettings"),
)
APP = Kind(
    name="App",
    identity=("AppName", "AppType", "DomainId", "UserProfileName", "SpaceName"),
    attributes=("AppArn", "BuiltInLifecycleConfigArn"),
    replacing=("AppName", "AppType", "DomainId", "ResourceSpec", "SpaceName", "UserProfileName"),
)
KINDS = (DOMAIN, USER_PROFILE, SPACE, APP)


def register(handlers: dict) -> None:
    """Adds the four types to ministack's table of handlers."""
    for kind in KINDS:
        resource = f"AWS::SageMaker::{kind.name}"
        handlers[resource] = {"create": creator(kind), "update": updater(kind), "delete": deleter(kind)}
        provisioners._REPLACING_PROPERTIES[resource] = kind.replacing
        keep_off_event_loop(resource)
        actors.THROUGH_GATEWAY.add(resource)


def creator(kind: Kind):
    def create(_logical_id: str, properties: dict, _stack_name: str) -> Provisioned:
        answer = call("sagemaker", f"Create{kind.name}", own_tags(properties))
        values = {**properties, **answer}
        # Older answers of CreateDomain name the domain in its ARN only.
        if kind is DOMAIN and not values.get("DomainId"):
            values["DomainId"] = answer["DomainArn"].rsplit("/", 1)[-1]
        physical_id = kind.physical_id(values)
        try:
            return physical_id, settled(kind, physical_id)
        except ValueError as error:
            # Tells `operations` what is to be deleted when the stack rolls back.
            error.physical_id = physical_id
            raise

    return create


def updater(kind: Kind):
    def update(physical_id: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
        description = describe(kind, physical_id)
        if description is None:
            raise ValueError(f"{kind.name} {physical_id} is not there any more")
        names = dict(kind.renamed)
        news = {name: item for name, item in new.items() if name != "Tags" and item != old.get(name)}
        changed = {names.get(name, name): item for name, item in news.items()}
        if changed:
            call("sagemaker", f"Update{kind.name}", {**changed, **kind.identified(physical_id)})
        retag(description[kind.attributes[0]], old, new)
        return physical_id, settled(kind, physical_id)

    return update


def deleter(kind: Kind):
    def delete(physical_id: str, _properties: dict) -> None:
        call("sagemaker", f"Delete{kind.name}", kind.identified(physical_id), gone=(GONE,))
        limit = clock.after(PATIENCE_SECONDS)
        while (description := describe(kind, physical_id)) is not None:
            # An app stays listed for a day after it was deleted.
            if description["Status"] == "Deleted":
                return
            if description["Status"] in ("Failed", "Delete_Failed"):
                raise ValueError(failure(kind, physical_id, description))
            if clock.over(limit):
                raise ValueError(f"{kind.name} {physical_id} did not go within an hour")
            clock.pause(POLL_SECONDS)

    return delete


def settled(kind: Kind, physical_id: str) -> dict[str, str]:
    """Waits until the resource is in service; its attributes."""
    limit = clock.after(PATIENCE_SECONDS)
    while True:
        description = describe(kind, physical_id)
        if description is None:
            raise ValueError(f"{kind.name} {physical_id} is not there any more")
        if description["Status"] == "InService":
            return {name: str(description[name]) for name in kind.attributes if description.get(name)}
        if description["Status"] not in ("Pending", "Updating") or clock.over(limit):
            raise ValueError(failure(kind, physical_id, description))
        clock.pause(POLL_SECONDS)


def failure(kind: Kind, physical_id: str, description: dict) -> str:
    reason = description.get("FailureReason") or "no reason given"
    return f"{kind.name} {physical_id} is {description['Status']}: {reason}"


def describe(kind: Kind, physical_id: str) -> dict | None:
    """What the API says of the resource; None if it knows none."""
    method = {
        "Domain": "describe_domain",
        "UserProfile": "describe_user_profile",
        "Space": "describe_space",
        "App": "describe_app",
    }[kind.name]
    try:
        return getattr(client("sagemaker"), method)(**kind.identified(physical_id))
    except ClientError as error:
        if error.response["Error"]["Code"] == GONE:
            return None
        raise ValueError(str(error)) from error


def retag(arn: str, old: dict, new: dict) -> None:
    before, after = own_tags(old)["Tags"], own_tags(new)["Tags"]
    dropped = sorted({tag["Key"] for tag in before} - {tag["Key"] for tag in after})
    if dropped:
        call("sagemaker", "DeleteTags", {"ResourceArn": arn, "TagKeys": dropped})
    if after and after != before:
        call("sagemaker", "AddTags", {"ResourceArn": arn, "Tags": after})
