"""The types of SageMaker beside Studio: rows, and what no row says. A notebook instance is stopped to be changed or deleted, and
of the place of a code repository one member can change without a replacement.
"""

from collections.abc import Callable

from ministack.services.cloudformation import provisioners, stacks

import clock
from forwarded import POLL_SECONDS, Provisioned, Status, Tagging, Type, arn_of, attributes, describe, retag, settled
from gateway_calls import call

REPOSITORY = "AWS::SageMaker::CodeRepository"
# Properties that are taken away by a flag of the update.
DISSOCIATED = {
    "AcceleratorTypes": "DisassociateAcceleratorTypes",
    "AdditionalCodeRepositories": "DisassociateAdditionalCodeRepositories",
    "DefaultCodeRepository": "DisassociateDefaultCodeRepository",
    "LifecycleConfigName": "DisassociateLifecycleConfig",
}


def of_sagemaker(name: str, identity: str, **more) -> Type:
    """A type of SageMaker whose Ref is its ARN, and which may be without a name."""
    return Type(
        name=f"AWS::SageMaker::{name}",
        service="sagemaker",
        identity=(identity,),
        by_arn=True,
        named=identity,
        attributes={identity: identity, f"{name}Arn": "id"},
        arn=f"{name}Arn",
        changes_only=True,
        # AWS has no other error for one that is not there.
        missing=("ValidationException",),
        tagging=Tagging(add="AddTags", remove="DeleteTags"),
        **more,
    )


def repository(properties: dict) -> dict:
    """The properties of a code repository: of its place only the secret can be changed."""
    git = properties.get("GitConfig")
    if git is None or "CodeRepositoryName" in properties:
        return properties
    return {**properties, "GitConfig": {name: item for name, item in git.items() if name == "SecretArn"}}


NOTEBOOK = of_sagemaker(
    "NotebookInstance",
    "NotebookInstanceName",
    replacing=(
        *("DirectInternetAccess", "KmsKeyId", "NotebookInstanceName", "PlatformIdentifier", "SecurityGroupIds"),
        "SubnetId",
    ),
    status=Status(
        "NotebookInstanceStatus", ready=("InService", "Stopped"), pending=("Pending", "Stopping", "Updating")
    ),
)
NOTEBOOKS = (
    NOTEBOOK,
    of_sagemaker(
        "NotebookInstanceLifecycleConfig",
        "NotebookInstanceLifecycleConfigName",
        replacing=("NotebookInstanceLifecycleConfigName",),
        # A script that the template no longer has is taken away.
        blanks=True,
    ),
    of_sagemaker(
        "CodeRepository", "CodeRepositoryName", replacing=("CodeRepositoryName", "GitConfig"), form=repository
    ),
    Type(
        name="AWS::SageMaker::StudioLifecycleConfig",
        service="sagemaker",
        identity=("StudioLifecycleConfigName",),
        replacing=("StudioLifecycleConfigAppType", "StudioLifecycleConfigContent", "StudioLifecycleConfigName", "Tags"),
        attributes={"StudioLifecycleConfigArn": "StudioLifecycleConfigArn"},
        arn="StudioLifecycleConfigArn",
        update=None,
        changes_only=True,
        missing=("ResourceNotFound",),
    ),
)

original_replacing = provisioners._replacing_change


def install(handlers: dict) -> None:
    of_notebook = handlers[NOTEBOOK.name]
    of_notebook["update"] = update
    of_notebook["delete"] = stopped_first(of_notebook["delete"])
    for module in (provisioners, stacks):
        module._replacing_change = replacing_change


def replacing_change(kind: str, old: dict, new: dict) -> bool:
    """The secret of a code repository can be another one, its URL and its branch cannot."""
    return original_replacing(kind, *(map(placed, (old, new)) if kind == REPOSITORY else (old, new)))


def placed(properties: dict) -> dict:
    git = properties.get("GitConfig") or {}
    return {**properties, "GitConfig": {name: item for name, item in git.items() if name != "SecretArn"}}


def stop(physical_id: str) -> bool:
    """Stops a notebook instance that is running, and tells whether it was."""
    while (found := describe(NOTEBOOK, physical_id)) is not None:
        status = found["NotebookInstanceStatus"]
        if status == "InService":
            call(NOTEBOOK.service, "StopNotebookInstance", NOTEBOOK.identified(physical_id))
            settled(NOTEBOOK, physical_id)
            return True
        if status not in NOTEBOOK.status.pending:
            return False
        clock.pause(POLL_SECONDS)
    return False


def update(physical_id: str, old: dict, new: dict, _stack_name: str) -> Provisioned:
    changed = {name: item for name, item in new.items() if item != old.get(name) and name != "Tags"}
    changed |= {flag: True for name, flag in DISSOCIATED.items() if name in old and name not in new}
    named = NOTEBOOK.identified(physical_id)
    if changed:
        was_running = stop(physical_id)
        call(NOTEBOOK.service, "UpdateNotebookInstance", {**changed, **named})
        settled(NOTEBOOK, physical_id)
        if was_running:
            call(NOTEBOOK.service, "StartNotebookInstance", named)
    description = settled(NOTEBOOK, physical_id)
    retag(NOTEBOOK, arn_of(NOTEBOOK, physical_id, description), old, new)
    return physical_id, attributes(NOTEBOOK, physical_id, description)


def stopped_first(delete: Callable) -> Callable:
    def stop_and_delete(physical_id: str, properties: dict) -> None:
        stop(physical_id)
        if describe(NOTEBOOK, physical_id) is not None:
            delete(physical_id, properties)

    return stop_and_delete
