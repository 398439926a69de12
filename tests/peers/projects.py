"""The life cycle of SageMaker's projects: made of a product of Service Catalog and of a template in a bucket."""

from catalog import KIND, version
from clients import Client
from life_cycle import Service, refused
from steps import Steps, equal, eventually

TOKENS = {"sent": "NextToken", "answered": "NextToken", "MaxResults": 1}


def template() -> dict:
    """A topic with the parameters that SageMaker gives to projects."""
    text = {"Type": "String"}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "SageMakerProjectName"}}}
    return {
        "Parameters": {"SageMakerProjectName": text, "SageMakerProjectId": text, "Team": text | {"Default": "red"}},
        "Resources": {"Topic": topic},
    }


def projects(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "sagemaker"), Service(client, "sagemaker")
    catalog, step, ids = Service(client, "servicecatalog"), steps.step, {}

    def settled(name: str, wanted: str) -> dict:
        eventually(lambda: service.DescribeProject(ProjectName=name)["ProjectStatus"].endswith(("Completed", "Failed")), True)
        shown = service.DescribeProject(ProjectName=name)
        equal(shown["ProjectStatus"], wanted)
        return shown

    with step("SageMaker's portfolio is enabled and disabled"):
        for change, status, shares in (
            (service.EnableSagemakerServicecatalogPortfolio, "Enabled", 1),
            (service.DisableSagemakerServicecatalogPortfolio, "Disabled", 0),
        ):
            change()
            equal(service.GetSagemakerServicecatalogPortfolioStatus()["Status"], status)
            eventually(lambda: len(catalog.ListAcceptedPortfolioShares()["PortfolioDetails"]), shares)
    with step("a project that nobody made is not found"):
        refused("ValidationException", service.DescribeProject, ProjectName="missing")
    with step("a project is made of a product"):
        ids.update(product(catalog, inputs["bucket"]))
        details = {"ProductId": ids["product"], "ProvisioningArtifactId": ids["version"]}
        details["ProvisioningParameters"] = [{"Key": "Team", "Value": "blue"}]
        tags = [{"Key": "made-by", "Value": "peers"}]
        made = service.CreateProject(ProjectName="churn", ServiceCatalogProvisioningDetails=details, Tags=tags)
        equal(made["ProjectArn"], f"arn:aws:sagemaker:us-east-1:{client.account}:project/churn")
        shown = settled("churn", "CreateCompleted")
        equal(shown["ProjectId"], made["ProjectId"])
        launched = catalog.DescribeProvisionedProduct(Id=shown["ServiceCatalogProvisionedProductDetails"]["ProvisionedProductId"])
        equal(launched["ProvisionedProductDetail"]["Status"], "AVAILABLE")
        refused("ValidationException", service.CreateProject, ProjectName="churn", ServiceCatalogProvisioningDetails=details)
    with step("a project is made of a template"):
        url = f"https://{inputs['bucket']}.s3.us-east-1.amazonaws.com/project.json"
        provider = {"TemplateName": "peers", "TemplateURL": url, "Parameters": [{"Key": "Team", "Value": "blue"}]}
        service.CreateProject(ProjectName="from-template", TemplateProviders=[{"CfnTemplateProvider": provider}])
        shown = settled("from-template", "CreateCompleted")
        equal(shown["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]["TemplateName"], "peers")
    with step("projects are listed in pages"):
        listed = service.by_token("ListProjects", "ProjectSummaryList", 2, **TOKENS)
        equal(sorted(one["ProjectName"] for one in listed), ["churn", "from-template"])
        service.by_token("ListProjects", "ProjectSummaryList", 1, **TOKENS, NameContains="chur")
    with step("projects are updated"):
        parameters = [{"Key": "Team", "Value": "green"}]
        service.UpdateProject(
            ProjectName="churn",
            ProjectDescription="changed",
            ServiceCatalogProvisioningUpdateDetails={"ProvisioningParameters": parameters},
        )
        equal(settled("churn", "UpdateCompleted")["ProjectDescription"], "changed")
        provider = {"TemplateName": "peers", "TemplateURL": url, "Parameters": parameters}
        service.UpdateProject(ProjectName="from-template", TemplateProvidersToUpdate=[{"CfnTemplateProvider": provider}])
        settled("from-template", "UpdateCompleted")
    with step("deleted projects are gone, with what was made for them"):
        for name in ("churn", "from-template"):
            service.DeleteProject(ProjectName=name)
        eventually(lambda: service.ListProjects()["ProjectSummaryList"], [])
        equal(catalog.ScanProvisionedProducts()["ProvisionedProducts"], [])
        catalog.DisassociatePrincipalFromPortfolio(PortfolioId=ids["portfolio"], PrincipalARN=ids["user"])
        catalog.DisassociateProductFromPortfolio(PortfolioId=ids["portfolio"], ProductId=ids["product"])
        catalog.DeleteProduct(Id=ids["product"])
        catalog.DeletePortfolio(Id=ids["portfolio"])
    return steps


def product(catalog: Service, bucket: str) -> dict:
    """A product for projects in a portfolio of the caller."""
    portfolio = catalog.CreatePortfolio(DisplayName="Projects", ProviderName="Platform")["PortfolioDetail"]["Id"]
    # SageMaker Studio lists the products with this tag.
    made = catalog.CreateProduct(
        Name="Project",
        Owner="Platform",
        ProductType=KIND,
        Tags=[{"Key": "sagemaker:studio-visibility", "Value": "true"}],
        ProvisioningArtifactParameters=version(bucket, "project"),
    )
    ids = {
        "portfolio": portfolio,
        "product": made["ProductViewDetail"]["ProductViewSummary"]["ProductId"],
        "version": made["ProvisioningArtifactDetail"]["Id"],
        "user": f"arn:aws:iam::{catalog.client.account}:user/peers",
    }
    catalog.AssociateProductWithPortfolio(PortfolioId=portfolio, ProductId=ids["product"])
    catalog.AssociatePrincipalWithPortfolio(PortfolioId=portfolio, PrincipalARN=ids["user"], PrincipalType="IAM")
    return ids
