"""The life cycle of SageMaker's resources: a domain with what belongs to it, tracking servers, pipelines, search."""

from clients import Client
from life_cycle import Service, refused
from steps import Steps, equal, eventually


def sagemaker(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "sagemaker"), Service(client, "sagemaker")
    step, domain = steps.step, {}
    with step("a domain that nobody made is not found"):
        refused("ResourceNotFound", service.DescribeDomain, DomainId="d-aaaaaaaaaaaa")
    with step("a domain is created and comes into service"):
        made = service.CreateDomain(**inputs["domain"])
        domain["DomainId"] = made["DomainArn"].rpartition("/")[2]
        equal(made["DomainArn"], f"arn:aws:sagemaker:us-east-1:{client.account}:domain/{domain['DomainId']}")
        eventually(lambda: service.DescribeDomain(**domain)["Status"], "InService")
        service.paged("ListDomains", "Domains", 1)
    if not domain:
        return steps
    with step("tags are added, listed and removed"):

        def listed(expected: int) -> None:
            # A page of tags has 50 at least.
            found = client.pages("sagemaker", "ListTags", "Tags", {"ResourceArn": made["DomainArn"]}, sized=False)
            equal(len(found), expected)

        service.AddTags(ResourceArn=made["DomainArn"], Tags=[{"Key": "more", "Value": "yes"}])
        listed(2)
        service.DeleteTags(ResourceArn=made["DomainArn"], TagKeys=["more"])
        listed(1)
    with step("user profiles, spaces and apps are created and listed in pages"):
        for name in ("alice", "bob"):
            service.CreateUserProfile(**domain, UserProfileName=name)
            eventually(lambda: service.DescribeUserProfile(**domain, UserProfileName=name)["Status"], "InService")
        service.paged("ListUserProfiles", "UserProfiles", 2, DomainIdEquals=domain["DomainId"])
        service.CreateSpace(
            **domain,
            SpaceName="lab",
            OwnershipSettings={"OwnerUserProfileName": "alice"},
            SpaceSharingSettings={"SharingType": "Private"},
            SpaceSettings={"AppType": "JupyterLab"},
        )
        eventually(lambda: service.DescribeSpace(**domain, SpaceName="lab")["Status"], "InService")
        service.paged("ListSpaces", "Spaces", 1, DomainIdEquals=domain["DomainId"])
        app = domain | {"SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
        service.CreateApp(**app)
        eventually(lambda: service.DescribeApp(**app)["Status"], "InService")
        service.paged("ListApps", "Apps", 1, DomainIdEquals=domain["DomainId"])
    with step("a URL opens Studio for a user"):
        alice = domain | {"UserProfileName": "alice"}
        equal(service.CreatePresignedDomainUrl(**alice)["AuthorizedUrl"].startswith("http"), True)
        refused("ResourceNotFound", service.CreatePresignedDomainUrl, **domain, UserProfileName="missing")
    with step("settings are changed"):
        role = inputs["role"]
        service.UpdateDomain(**domain, DefaultUserSettings={"ExecutionRole": role})
        eventually(lambda: service.DescribeDomain(**domain)["Status"], "InService")
        bob = domain | {"UserProfileName": "bob"}
        service.UpdateUserProfile(**bob, UserSettings={"ExecutionRole": role})
        eventually(lambda: service.DescribeUserProfile(**bob)["Status"], "InService")
        equal(service.DescribeUserProfile(**bob)["UserSettings"]["ExecutionRole"], role)
        lab = domain | {"SpaceName": "lab"}
        service.UpdateSpace(**lab, SpaceSettings={"AppType": "JupyterLab"}, SpaceDisplayName="Laboratory")
        eventually(lambda: service.DescribeSpace(**lab)["Status"], "InService")
        for shown in (service.DescribeSpace(**lab), service.ListSpaces()["Spaces"][0]):
            equal(shown["SpaceDisplayName"], "Laboratory")
    with step("what is used is not deleted"):
        refused("ResourceInUse", service.DeleteDomain, **domain)
        refused("ResourceInUse", service.DeleteSpace, **domain, SpaceName="lab")
    with step("what is deleted is gone"):
        service.DeleteApp(**app)
        eventually(lambda: service.DescribeApp(**app)["Status"], "Deleted")
        service.DeleteSpace(**domain, SpaceName="lab")
        eventually(lambda: service.ListSpaces()["Spaces"], [])
        for name in ("alice", "bob"):
            service.DeleteUserProfile(**domain, UserProfileName=name)
        eventually(lambda: service.ListUserProfiles()["UserProfiles"], [])
        service.DeleteDomain(**domain, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
        eventually(lambda: service.ListDomains()["Domains"], [])
    with step("a tracking server is created, listed and deleted"):
        server = {"TrackingServerName": "peers"}
        store = f"s3://{inputs['bucket']}/mlflow"
        service.CreateMlflowTrackingServer(**server, ArtifactStoreUri=store, RoleArn=inputs["role"])
        eventually(lambda: service.DescribeMlflowTrackingServer(**server)["TrackingServerStatus"], "Created")
        service.paged("ListMlflowTrackingServers", "TrackingServerSummaries", 1)
        service.DeleteMlflowTrackingServer(**server)
        eventually(lambda: service.ListMlflowTrackingServers()["TrackingServerSummaries"], [])
    pipelines(steps, service, inputs["smPipeline"])
    return steps


def pipelines(steps: Steps, service: Service, declared: dict) -> None:
    step, pipeline = steps.step, {"PipelineName": declared["PipelineName"]}
    arn = f"arn:aws:sagemaker:us-east-1:{service.client.account}:pipeline/{declared['PipelineName']}"
    with step("a pipeline that nobody made is not found"):
        refused("ResourceNotFound", service.DescribePipeline, PipelineName="missing")
    with step("a pipeline is created, read and listed"):
        equal(service.CreatePipeline(**declared, ClientRequestToken="a" * 32)["PipelineArn"], arn)
        equal(service.DescribePipeline(**pipeline)["PipelineDefinition"], declared["PipelineDefinition"])
        second = declared | {"PipelineName": "second", "ClientRequestToken": "b" * 32}
        service.CreatePipeline(**second)
        service.paged("ListPipelines", "PipelineSummaries", 2)
    with step("an update changes the description"):
        service.UpdatePipeline(**pipeline, PipelineDescription="changed")
        equal(service.DescribePipeline(**pipeline)["PipelineDescription"], "changed")
    with step("an execution succeeds"):
        parameters = [{"Name": "Text", "Value": "a"}, {"Name": "Mode", "Value": "b"}]
        token = {"ClientRequestToken": "c" * 32}
        started = service.StartPipelineExecution(**pipeline, **token, PipelineParameters=parameters)
        execution = {"PipelineExecutionArn": started["PipelineExecutionArn"]}
        equal(service.StartPipelineExecution(**pipeline, **token, PipelineParameters=parameters), started)
        described = service.DescribePipelineDefinitionForExecution(**execution)
        equal(described["PipelineDefinition"], declared["PipelineDefinition"])
        eventually(lambda: service.DescribePipelineExecution(**execution)["PipelineExecutionStatus"], "Succeeded")
        service.paged("ListPipelineExecutionSteps", "PipelineExecutionSteps", 2, **execution)
        service.paged("ListPipelineParametersForExecution", "PipelineParameters", 2, **execution)
    with step("an execution is stopped"):
        started = service.StartPipelineExecution(**pipeline, ClientRequestToken="d" * 32)
        execution = {"PipelineExecutionArn": started["PipelineExecutionArn"]}
        service.StopPipelineExecution(**execution, ClientRequestToken="e" * 32)
        eventually(lambda: service.DescribePipelineExecution(**execution)["PipelineExecutionStatus"], "Stopped")
        service.paged("ListPipelineExecutions", "PipelineExecutionSummaries", 2, **pipeline)
    with step("search finds pipelines by name and tag"):
        filters = [{"Name": "Tags.made-by", "Operator": "Equals", "Value": "peers"}]
        wanted = {"Resource": "Pipeline", "SearchExpression": {"Filters": filters}}
        service.paged("Search", "Results", 2, **wanted)
        filters.append({"Name": "PipelineName", "Operator": "Equals", "Value": "second"})
        service.paged("Search", "Results", 1, **wanted)
    with step("deleted pipelines are gone"):
        service.DeletePipeline(**pipeline, ClientRequestToken="f" * 32)
        service.DeletePipeline(PipelineName="second", ClientRequestToken="g" * 32)
        equal(service.ListPipelines()["PipelineSummaries"], [])
