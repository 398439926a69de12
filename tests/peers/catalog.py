"""The life cycle of Service Catalog: a portfolio, a product with two versions, who may launch it and as whom, and a
provisioned product."""

from clients import AwsCli, Client
from documented import Documented
from life_cycle import Service, refused
from steps import Steps, equal, eventually

TOKENS = {"sent": "PageToken", "answered": "NextPageToken", "PageSize": 1}
KIND = "CLOUD_FORMATION_TEMPLATE"


def template(resource: str) -> dict:
    """A topic of this logical id, with a parameter and two outputs."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Team"}}}
    outputs = {"Team": {"Value": {"Ref": "Team"}, "Description": "Whose"}, "Arn": {"Value": {"Ref": resource}}}
    return {
        "Parameters": {"Team": {"Type": "String", "Default": "red"}},
        "Resources": {resource: topic},
        "Outputs": outputs,
    }


def version(bucket: str, name: str) -> dict:
    url = f"https://{bucket}.s3.us-east-1.amazonaws.com/{name}.json"
    return {"Name": name, "Info": {"LoadTemplateFromURL": url}, "Type": KIND}


def servicecatalog(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "servicecatalog"), Service(client, "servicecatalog")
    made = {}
    with steps.step("what nobody made is not found"):
        refused("ResourceNotFoundException", service.DescribePortfolio, Id="port-aaaaaaaaaaaaa")
        refused("ResourceNotFoundException", service.DescribeProductAsAdmin, Id="prod-aaaaaaaaaaaaa")
        refused("ResourceNotFoundException", service.DescribeRecord, Id="rec-aaaaaaaaaaaaa")
    with steps.step("a portfolio and a product are created"):
        made.update(catalog(service, inputs["bucket"]))
    if not made:
        return steps
    portfolios(steps, service, made)
    products(steps, service, made, inputs["bucket"])
    launchable(steps, service, made, inputs["role"])
    provisioned(steps, service, made)
    if isinstance(client, AwsCli):
        with steps.step("commands of AWS's documentation work"):
            documented(client, service, made, inputs["role"])
    removed(steps, service, made)
    return steps


def catalog(service: Service, bucket: str) -> dict:
    """Ids of a new portfolio and of a product in it."""
    tags = [{"Key": "made-by", "Value": "peers"}]
    portfolio = service.CreatePortfolio(DisplayName="Peers", ProviderName="Platform", Tags=tags)
    product = service.CreateProduct(
        Name="Topic",
        Owner="Platform",
        ProductType=KIND,
        Tags=[{"Key": "kind", "Value": "topic"}],
        ProvisioningArtifactParameters=version(bucket, "product"),
    )
    ids = {
        "portfolio": portfolio["PortfolioDetail"]["Id"],
        "product": product["ProductViewDetail"]["ProductViewSummary"]["ProductId"],
        "view": product["ProductViewDetail"]["ProductViewSummary"]["Id"],
        "version": product["ProvisioningArtifactDetail"]["Id"],
    }
    service.AssociateProductWithPortfolio(PortfolioId=ids["portfolio"], ProductId=ids["product"])
    return ids


def portfolios(steps: Steps, service: Service, made: dict) -> None:
    named = {"PortfolioId": made["portfolio"]}
    with steps.step("portfolios are read, changed and listed in pages"):
        tags = {"AddTags": [{"Key": "more", "Value": "yes"}], "RemoveTags": ["made-by"]}
        service.UpdatePortfolio(Id=made["portfolio"], Description="changed", **tags)
        shown = service.DescribePortfolio(Id=made["portfolio"])
        equal(shown["PortfolioDetail"]["Description"], "changed")
        equal(shown["Tags"], [{"Key": "more", "Value": "yes"}])
        second = service.CreatePortfolio(DisplayName="Second", ProviderName="Platform")["PortfolioDetail"]["Id"]
        service.paged("ListPortfolios", "PortfolioDetails", 2)
        service.AssociateProductWithPortfolio(PortfolioId=second, ProductId=made["product"])
        service.paged("ListPortfoliosForProduct", "PortfolioDetails", 2, ProductId=made["product"])
        service.DisassociateProductFromPortfolio(PortfolioId=second, ProductId=made["product"])
        service.DeletePortfolio(Id=second)
        refused("ResourceInUseException", service.DeletePortfolio, Id=made["portfolio"])
    with steps.step("a portfolio is shared with accounts"):
        others = ("111111111111", "222222222222")
        for account in others:
            service.CreatePortfolioShare(**named, AccountId=account)
        listed = service.by_token("ListPortfolioAccess", "AccountIds", 2, **TOKENS, **named)
        equal(sorted(listed), list(others))
        shares = service.by_token("DescribePortfolioShares", "PortfolioShareDetails", 2, **TOKENS, **named, Type="ACCOUNT")
        equal([share["Accepted"] for share in shares], [False, False])
        for account in others:
            service.DeletePortfolioShare(**named, AccountId=account)
        refused("ResourceNotFoundException", service.AcceptPortfolioShare, **named)
        refused("ResourceNotFoundException", service.RejectPortfolioShare, **named)
        service.paged("ListAcceptedPortfolioShares", "PortfolioDetails", 0)
    with steps.step("tag options are created, changed and listed in pages"):
        first, second = (service.CreateTagOption(Key="team", Value=value)["TagOptionDetail"]["Id"] for value in ("a", "b"))
        service.UpdateTagOption(Id=first, Active=False)
        equal(service.DescribeTagOption(Id=first)["TagOptionDetail"]["Active"], False)
        service.paged("ListTagOptions", "TagOptionDetails", 2)
        refused("DuplicateResourceException", service.CreateTagOption, Key="team", Value="a")
        for option in (first, second):
            service.DeleteTagOption(Id=option)


def products(steps: Steps, service: Service, made: dict, bucket: str) -> None:
    named = {"ProductId": made["product"]}
    with steps.step("products are read, changed and found in pages"):
        service.UpdateProduct(Id=made["product"], Description="changed")
        shown = service.DescribeProductAsAdmin(Id=made["product"])
        equal(shown["ProductViewDetail"]["ProductViewSummary"]["ShortDescription"], "changed")
        other = {"Name": "Other", "Owner": "Platform", "ProductType": KIND}
        second = service.CreateProduct(**other, ProvisioningArtifactParameters=version(bucket, "second"))
        service.paged("SearchProductsAsAdmin", "ProductViewDetails", 2)
        service.paged("SearchProductsAsAdmin", "ProductViewDetails", 1, Filters={"FullTextSearch": ["topic"]})
        service.DeleteProduct(Id=second["ProductViewDetail"]["ProductViewSummary"]["ProductId"])
        refused("ResourceInUseException", service.DeleteProduct, Id=made["product"])
    with steps.step("versions are added, changed, listed and deleted"):
        refused("ResourceInUseException", service.DeleteProvisioningArtifact, **named, ProvisioningArtifactId=made["version"])
        added = service.CreateProvisioningArtifact(**named, Parameters=version(bucket, "second"))
        made["second"] = added["ProvisioningArtifactDetail"]["Id"]
        surplus = service.CreateProvisioningArtifact(**named, Parameters=version(bucket, "product"))
        surplus = {"ProvisioningArtifactId": surplus["ProvisioningArtifactDetail"]["Id"]}
        changed = service.UpdateProvisioningArtifact(**named, **surplus, Guidance="DEPRECATED", Description="old")
        equal(changed["ProvisioningArtifactDetail"]["Guidance"], "DEPRECATED")
        equal(service.DescribeProvisioningArtifact(**named, **surplus)["ProvisioningArtifactDetail"]["Description"], "old")
        equal(len(service.ListProvisioningArtifacts(**named)["ProvisioningArtifactDetails"]), 3)
        service.DeleteProvisioningArtifact(**named, **surplus)
        equal(len(service.ListProvisioningArtifacts(**named)["ProvisioningArtifactDetails"]), 2)


def launchable(steps: Steps, service: Service, made: dict, role: str) -> None:
    portfolio, both = {"PortfolioId": made["portfolio"]}, {"PortfolioId": made["portfolio"], "ProductId": made["product"]}
    user = f"arn:aws:iam::{service.client.account}:user/peers"
    with steps.step("a product is launched by principals of its portfolio only"):
        refused("ResourceNotFoundException", service.DescribeProduct, Id=made["product"])
        for arn in (user, role):
            service.AssociatePrincipalWithPortfolio(**portfolio, PrincipalARN=arn, PrincipalType="IAM")
        service.paged("ListPrincipalsForPortfolio", "Principals", 2, **portfolio)
        service.DisassociatePrincipalFromPortfolio(**portfolio, PrincipalARN=role)
        equal(service.DescribeProduct(Id=made["product"])["ProductViewSummary"]["Name"], "Topic")
        equal(len(service.DescribeProductView(Id=made["view"])["ProvisioningArtifacts"]), 2)
        service.by_token("SearchProducts", "ProductViewSummaries", 1, **TOKENS)
        paths = service.paged("ListLaunchPaths", "LaunchPathSummaries", 1, ProductId=made["product"])
        made["path"] = paths[0]["Id"]
    with steps.step("constraints are created, changed and listed in pages"):
        launch = service.CreateConstraint(**both, Type="LAUNCH", Parameters=f'{{"RoleArn": "{role}"}}')
        made["launch"] = launch["ConstraintDetail"]["ConstraintId"]
        rules = '{"Rules": {"Teams": {"Assertions": [{"Assert": {"Fn::Contains": [["red", "blue"], {"Ref": "Team"}]}}]}}}'
        made["rules"] = service.CreateConstraint(**both, Type="TEMPLATE", Parameters=rules)["ConstraintDetail"]["ConstraintId"]
        service.UpdateConstraint(Id=made["launch"], Description="changed")
        equal(service.DescribeConstraint(Id=made["launch"])["ConstraintDetail"]["Description"], "changed")
        service.paged("ListConstraintsForPortfolio", "ConstraintDetails", 2, **portfolio)
        again = both | {"Type": "LAUNCH", "Parameters": f'{{"RoleArn": "{role}"}}'}
        refused("DuplicateResourceException", service.CreateConstraint, **again)
    with steps.step("parameters of a version are read"):
        asked = {"ProductId": made["product"], "ProvisioningArtifactId": made["version"], "PathId": made["path"]}
        shown = service.DescribeProvisioningParameters(**asked)
        equal([one["ParameterKey"] for one in shown["ProvisioningArtifactParameters"]], ["Team"])
        equal(sorted(one["Type"] for one in shown["ConstraintSummaries"]), ["LAUNCH", "TEMPLATE"])


def ended(service: Service, answer: dict, status: str) -> dict:
    """A record once it has ended."""
    record = {"Id": answer["RecordDetail"]["RecordId"]}
    eventually(lambda: service.DescribeRecord(**record)["RecordDetail"]["Status"] in ("SUCCEEDED", "FAILED"), True)
    found = service.DescribeRecord(**record)
    equal((found["RecordDetail"]["Status"], found["RecordDetail"]["RecordErrors"] == []), (status, status == "SUCCEEDED"))
    return found


def provisioned(steps: Steps, service: Service, made: dict) -> None:
    named = {"ProvisionedProductName": "churn"}
    version = {"ProductId": made["product"], "ProvisioningArtifactId": made["version"]}

    def asked(team: str) -> dict:
        return {"ProvisioningParameters": [{"Key": "Team", "Value": team}]}

    with steps.step("a product is provisioned, and its record ends"):
        request = version | named | asked("blue") | {"ProvisionToken": "peers-token-1"}
        first = service.ProvisionProduct(**request)
        equal(service.ProvisionProduct(**request)["RecordDetail"]["RecordId"], first["RecordDetail"]["RecordId"])
        record = ended(service, first, "SUCCEEDED")
        equal(sorted(output["OutputKey"] for output in record["RecordOutputs"]), ["Arn", "CloudformationStackARN", "Team"])
        made["provisioned"], made["record"] = record["RecordDetail"]["ProvisionedProductId"], record["RecordDetail"]["RecordId"]
        shown = service.DescribeProvisionedProduct(Name="churn")["ProvisionedProductDetail"]
        equal((shown["Status"], shown["Id"]), ("AVAILABLE", made["provisioned"]))
        service.by_token("GetProvisionedProductOutputs", "Outputs", 3, **TOKENS, **named)
        refused("DuplicateResourceException", service.ProvisionProduct, **version, **named)
    with steps.step("a value that a constraint forbids fails the record"):
        answer = service.ProvisionProduct(**version, **asked("green"), ProvisionedProductName="wrong")
        ended(service, answer, "FAILED")
        equal(service.DescribeProvisionedProduct(Name="wrong")["ProvisionedProductDetail"]["Status"], "ERROR")
    with steps.step("provisioned products and records are listed in pages"):
        service.paged("ScanProvisionedProducts", "ProvisionedProducts", 2)
        service.by_token("SearchProvisionedProducts", "ProvisionedProducts", 2, **TOKENS)
        query = {"Filters": {"SearchQuery": ["name:churn"]}}
        service.by_token("SearchProvisionedProducts", "ProvisionedProducts", 1, **TOKENS, **query)
        service.paged("ListRecordHistory", "RecordDetails", 2)
    with steps.step("a provisioned product is updated to another version"):
        new = {"ProductId": made["product"], "ProvisioningArtifactId": made["second"]}
        ended(service, service.UpdateProvisionedProduct(**named, **new, **asked("red")), "SUCCEEDED")
        outputs = service.GetProvisionedProductOutputs(**named, OutputKeys=["Team"])["Outputs"]
        equal([output["OutputValue"] for output in outputs], ["red"])
    with steps.step("provisioned products are terminated"):
        for name in ("churn", "wrong"):
            ended(service, service.TerminateProvisionedProduct(ProvisionedProductName=name), "SUCCEEDED")
            refused("ResourceNotFoundException", service.DescribeProvisionedProduct, Name=name)


def removed(steps: Steps, service: Service, made: dict) -> None:
    portfolio, user = {"PortfolioId": made["portfolio"]}, f"arn:aws:iam::{service.client.account}:user/peers"
    with steps.step("what is deleted is gone"):
        for constraint in ("launch", "rules"):
            service.DeleteConstraint(Id=made[constraint])
        service.DisassociatePrincipalFromPortfolio(**portfolio, PrincipalARN=user)
        service.DisassociateProductFromPortfolio(**portfolio, ProductId=made["product"])
        service.DeleteProduct(Id=made["product"])
        service.DeletePortfolio(Id=made["portfolio"])
        equal(service.ListPortfolios()["PortfolioDetails"], [])
        equal(service.SearchProductsAsAdmin()["ProductViewDetails"], [])


def documented(client: AwsCli, service: Service, made: dict, role: str) -> None:
    """The commands of the examples of the AWS CLI, in the order in which an administrator and a user need them."""
    shared = {
        "--product-id": made["product"],
        "--provisioning-artifact-id": made["version"],
        "--path-id": made["path"],
        "--principal-arn": f"arn:aws:iam::{client.account}:user/usertest",
        "--parameters": f'{{"RoleArn": "{role}"}}',
    }
    run = Documented(client, "servicecatalog", shared).run
    portfolio = run("create-portfolio")["PortfolioDetail"]["Id"]
    for command in ("describe-portfolio", "update-portfolio"):
        run(command, id=portfolio)
    run("list-portfolios")
    for command in ("associate-product-with-portfolio", "associate-principal-with-portfolio", "create-portfolio-share"):
        run(command, portfolio_id=portfolio)
    constraint = run("create-constraint", portfolio_id=portfolio)["ConstraintDetail"]["ConstraintId"]
    for command in ("describe-constraint", "update-constraint"):
        run(command, id=constraint)
    for command in ("list-constraints-for-portfolio", "list-principals-for-portfolio", "list-portfolio-access"):
        run(command, portfolio_id=portfolio)
    run("describe-portfolio-shares", portfolio_id=portfolio)
    run("delete-constraint", id=constraint)
    run("delete-portfolio-share", portfolio_id=portfolio, account_id="794123456789")
    for command in ("disassociate-principal-from-portfolio", "disassociate-product-from-portfolio"):
        run(command, portfolio_id=portfolio)
    run("delete-portfolio", id=portfolio)
    option = run("create-tag-option")["TagOptionDetail"]["Id"]
    run("describe-tag-option", id=option)
    run("list-tag-options")
    run("delete-tag-option", id=option)
    for command in ("describe-product", "describe-product-as-admin", "update-product"):
        run(command, id=made["product"])
    for command in ("list-portfolios-for-product", "list-launch-paths", "list-provisioning-artifacts", "search-products"):
        run(command)
    run("search-products-as-admin", portfolio_id=made["portfolio"])
    run("describe-provisioning-artifact")
    run("describe-provisioning-parameters")
    record = ended(service, run("provision-product"), "SUCCEEDED")
    launched = record["RecordDetail"]["ProvisionedProductId"]
    run("describe-provisioned-product", id=launched)
    run("scan-provisioned-products")
    ended(service, run("terminate-provisioned-product", provisioned_product_id=launched), "SUCCEEDED")
