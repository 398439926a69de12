"""The CloudFormation types that ministack lacks and the gateway serves, one row each: see `Type` in `forwarded`.

docs/adding-an-emulated-service.md says how to add one.
"""

from forwarded import Status, Tagging, Type


def same(*names: str) -> dict[str, str]:
    """Attributes that the description has under their own names."""
    return {name: name for name in names}


CODE = (
    Type(
        name="AWS::CodePipeline::CustomActionType",
        service="codepipeline",
        # Its Ref is an id that only CloudFormation uses.
        identity=("Category", "Provider", "Version"),
        separator=":",
        replacing=(
            *("Category", "ConfigurationProperties", "InputArtifactDetails", "OutputArtifactDetails", "Provider"),
            *("Settings", "Version"),
        ),
        attributes={"Id": "id"},
        arn="arn:aws:codepipeline:{region}:{account}:actiontype:Custom/{id}",
        update=None,
        read=None,
        missing=("ActionTypeNotFoundException",),
        tagging=Tagging(),
    ),
    Type(
        name="AWS::CodePipeline::Pipeline",
        service="codepipeline",
        identity=("Name",),
        named="Name",
        longest=100,
        replacing=("Name",),
        attributes={"Version": "pipeline.version", "Arn": "arn"},
        arn="arn:aws:codepipeline:{region}:{account}:{id}",
        read=None,
        missing=("PipelineNotFoundException",),
        within="pipeline",
        apart=("RestartExecutionOnUpdate",),
        then={"RestartExecutionOnUpdate": ("StartPipelineExecution", "name")},
        then_after=("update",),
        tagging=Tagging(),
    ),
    Type(
        name="AWS::CodePipeline::Webhook",
        service="codepipeline",
        identity=("Name",),
        named="Name",
        longest=100,
        replacing=("Name",),
        attributes={"Url": "webhook.url", "Id": "webhook.arn"},
        create="PutWebhook",
        update="PutWebhook",
        read=None,
        missing=("WebhookNotFoundException",),
        within="webhook",
        apart=("TargetPipelineVersion", "RegisterWithThirdParty"),
        then={"RegisterWithThirdParty": ("RegisterWebhookWithThirdParty", "webhookName")},
    ),
    Type(
        name="AWS::CodeBuild::Project",
        service="codebuild",
        identity=("Name",),
        named="Name",
        longest=150,
        replacing=("Name",),
        attributes={"Arn": "project.arn", "Id": "id"},
        read=None,
        # What is left out of UpdateProject stays as it is.
        blanks=True,
    ),
)
def studio(name: str, identity: tuple[str, ...], replacing: tuple[str, ...], attributes: dict[str, str], **more) -> Type:
    """A type of SageMaker Studio."""
    return Type(
        name=f"AWS::SageMaker::{name}",
        service="sagemaker",
        identity=identity,
        replacing=replacing,
        attributes=attributes,
        arn=f"{name}Arn",
        changes_only=True,
        missing=("ResourceNotFound",),
        status=Status("Status", ready=("InService",), pending=("Pending", "Updating"), deleted=("Deleted",)),
        tagging=Tagging(add="AddTags", remove="DeleteTags"),
        **more,
    )


STUDIO = (
    studio(
        "Domain",
        ("DomainId",),
        ("AuthMode", "DomainName", "KmsKeyId", "VpcId"),
        same(
            *("DomainArn", "DomainId", "HomeEfsFileSystemId", "SecurityGroupIdForDomainBoundary"),
            *("SingleSignOnApplicationArn", "SingleSignOnManagedApplicationInstanceId", "Url"),
        ),
        renamed={"DomainSettings": "DomainSettingsForUpdate"},
    ),
    studio(
        "UserProfile",
        ("UserProfileName", "DomainId"),
        ("DomainId", "SingleSignOnUserIdentifier", "SingleSignOnUserValue", "UserProfileName"),
        same("UserProfileArn"),
    ),
    studio(
        "Space",
        ("DomainId", "SpaceName"),
        ("DomainId", "OwnershipSettings", "SpaceName", "SpaceSharingSettings"),
        same("SpaceArn", "Url"),
    ),
    studio(
        "App",
        ("AppName", "AppType", "DomainId", "UserProfileName", "SpaceName"),
        ("AppName", "AppType", "DomainId", "ResourceSpec", "SpaceName", "UserProfileName"),
        same("AppArn", "BuiltInLifecycleConfigArn"),
        update=None,
    ),
)
TYPES = (*CODE, *STUDIO)
