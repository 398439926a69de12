"""The CloudFormation types that ministack lacks and the gateway serves, one row each: see `Type` in `forwarded`.

docs/adding-an-emulated-service.md says how to add one.
"""

import json
from collections.abc import Callable

from forwarded import Status, Tagging, Type
from notebook_types import NOTEBOOKS


def same(*names: str) -> dict[str, str]:
    """Attributes that the description has under their own names."""
    return {name: name for name in names}


def declared(properties: dict) -> dict:
    """A pipeline as the API takes it: the artifact stores of a template are a list, and those of the API a map of Regions."""
    stores = properties.get("ArtifactStores")
    if not isinstance(stores, list):
        return properties
    return properties | {"ArtifactStores": {store["Region"]: store["ArtifactStore"] for store in stores}}


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
        form=declared,
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


def project(properties: dict) -> dict:
    """The properties of a project as its creation takes them: there a provider of templates has another name."""
    details = properties.pop("TemplateProviderDetails", None)
    providers = [{"CfnTemplateProvider": detail["CfnTemplateProviderDetail"]} for detail in details or []]
    return {**properties, "TemplateProviders": providers} if providers else properties


PROJECT = Type(
    name="AWS::SageMaker::Project",
    service="sagemaker",
    identity=("ProjectName",),
    replacing=(
        *("ProjectDescription", "ProjectName", "ServiceCatalogProvisioningDetails", "TemplateProviderDetails"),
        "ServiceCatalogProvisionedProductDetails",
    ),
    attributes=same("CreationTime", "ProjectArn", "ProjectId", "ProjectStatus"),
    arn="ProjectArn",
    update=None,
    changes_only=True,
    # AWS has no other error for a project that is not there.
    missing=("ValidationException",),
    form=project,
    status=Status(
        "ProjectStatus",
        ready=("CreateCompleted", "UpdateCompleted"),
        pending=("Pending", "CreateInProgress", "UpdateInProgress"),
        deleting=("DeleteInProgress",),
        deleted=("DeleteCompleted",),
        reason="ServiceCatalogProvisionedProductDetails.ProvisionedProductStatusMessage",
    ),
    tagging=Tagging(add="AddTags", remove="DeleteTags"),
)


def catalog(name: str, identity: tuple[str, ...], replacing: tuple[str, ...] = (), **more) -> Type:
    """A type of Service Catalog."""
    return Type(
        name=f"AWS::ServiceCatalog::{name}",
        service="servicecatalog",
        identity=identity,
        replacing=replacing,
        changes_only=True,
        **more,
    )


def association(name: str, member: str, **more) -> Type:
    """What a portfolio has to do with something else: made and removed, never changed."""
    return catalog(f"Portfolio{name}", ("PortfolioId", member), update=None, read=None, **more)


def constraint(name: str, kind: str, members: tuple[str, ...], told: Callable[[dict], str]) -> Type:
    """A constraint: the properties that are its parameters, and how they are told in JSON."""

    def form(properties: dict) -> dict:
        given = {name: properties.pop(name) for name in members if name in properties}
        parameters = {"Parameters": told(given)} if given else {}
        # An update takes no type.
        named = {"Type": kind} if "ProductId" in properties else {}
        return {**properties, **parameters, **named}

    return catalog(
        f"{name}Constraint",
        ("Id=ConstraintDetail.ConstraintId",),
        ("PortfolioId", "ProductId"),
        attributes={"Id": "id"},
        create="CreateConstraint",
        update="UpdateConstraint",
        read="DescribeConstraint",
        delete="DeleteConstraint",
        form=form,
    )


def rules(given: dict) -> str:
    """The parameters of a template constraint: the rules stand in the template as JSON."""
    return json.dumps({"Rules": json.loads(given["Rules"])})


def tag_updates(given: dict) -> str:
    return json.dumps({"Version": "2.0", "Properties": given})


CATALOG = (
    catalog(
        "Portfolio",
        ("Id=PortfolioDetail.Id",),
        attributes={"Id": "id", "PortfolioName": "PortfolioDetail.DisplayName"},
        arn="PortfolioDetail.Id",
        tagging=Tagging(add="UpdatePortfolio", remove="UpdatePortfolio", arn="Id", tags="AddTags", keys="RemoveTags"),
    ),
    association(
        "ProductAssociation",
        "ProductId",
        replacing=("PortfolioId", "ProductId", "SourcePortfolioId"),
        create="AssociateProductWithPortfolio",
        delete="DisassociateProductFromPortfolio",
    ),
    association(
        "PrincipalAssociation",
        "PrincipalARN",
        replacing=("PortfolioId", "PrincipalARN", "PrincipalType"),
        create="AssociatePrincipalWithPortfolio",
        delete="DisassociatePrincipalFromPortfolio",
        told=("PrincipalType",),
    ),
    association("Share", "AccountId", replacing=("AccountId", "PortfolioId", "ShareTagOptions")),
    constraint("LaunchRole", "LAUNCH", ("RoleArn", "LocalRoleName"), json.dumps),
    constraint("LaunchTemplate", "TEMPLATE", ("Rules",), rules),
    constraint("LaunchNotification", "NOTIFICATION", ("NotificationArns",), json.dumps),
    constraint("ResourceUpdate", "RESOURCE_UPDATE", ("TagUpdateOnProvisionedProduct",), tag_updates),
    catalog("TagOption", ("Id=TagOptionDetail.Id",), ("Key", "Value"), attributes={"Id": "id"}),
)
TYPES = (*CODE, *STUDIO, PROJECT, *NOTEBOOKS, *CATALOG)
