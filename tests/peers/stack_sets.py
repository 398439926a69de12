"""The life cycle of a stack set: instances in two Regions, operations until they end, updates, deletion."""

import json

from catalog import template
from clients import AwsCli, Client
from documented import Documented
from life_cycle import Service, refused
from steps import Steps, equal, eventually

REGIONS = ["eu-west-1", "us-east-1"]


def ended(service: Service, name: str, answer: dict) -> str:
    """The id of an operation that has succeeded."""
    operation = {"StackSetName": name, "OperationId": answer["OperationId"]}

    def status() -> str:
        return service.DescribeStackSetOperation(**operation)["StackSetOperation"]["Status"]

    eventually(lambda: status() in ("QUEUED", "RUNNING", "STOPPING"), False)
    equal(status(), "SUCCEEDED")
    return answer["OperationId"]


def parameter(team: str) -> list[dict]:
    return [{"ParameterKey": "Team", "ParameterValue": team}]


def stack_sets(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "cloudformation"), Service(client, "cloudformation")
    step, name, named = steps.step, "peers", {"StackSetName": "peers"}
    body = json.dumps(template("Topic"))
    places = named | {"Accounts": [client.account], "Regions": REGIONS}
    place = {"StackInstanceAccount": client.account, "StackInstanceRegion": REGIONS[0]}
    operations = []
    with step("a stack set that nobody made is not found"):
        refused("StackSetNotFoundException", service.DescribeStackSet, StackSetName="missing")
    with step("stack sets are created, read and listed in pages"):
        declared = named | {"TemplateBody": body, "AdministrationRoleARN": inputs["role"]}
        service.CreateStackSet(**declared, Parameters=parameter("red"), Tags=[{"Key": "made-by", "Value": "peers"}])
        service.CreateStackSet(StackSetName="second", TemplateBody=body, AdministrationRoleARN=inputs["role"])
        shown = service.DescribeStackSet(**named)["StackSet"]
        equal((shown["Status"], json.loads(shown["TemplateBody"])), ("ACTIVE", template("Topic")))
        service.paged("ListStackSets", "Summaries", 2, Status="ACTIVE")
        refused("NameAlreadyExistsException", service.CreateStackSet, **declared)
    with step("instances are created in two Regions and listed in pages"):
        preferences = {"RegionConcurrencyType": "SEQUENTIAL", "FailureToleranceCount": 0}
        operations.append(ended(service, name, service.CreateStackInstances(**places, OperationPreferences=preferences)))
        instances = service.paged("ListStackInstances", "Summaries", 2, **named)
        equal([(one["Region"], one["Status"]) for one in instances], [(region, "CURRENT") for region in REGIONS])
        results = service.paged("ListStackSetOperationResults", "Summaries", 2, **named, OperationId=operations[0])
        equal([one["Status"] for one in results], ["SUCCEEDED", "SUCCEEDED"])
        refused("StackSetNotEmptyException", service.DeleteStackSet, **named)
        missing = place | {"StackInstanceRegion": "ap-south-1"}
        refused("StackInstanceNotFoundException", service.DescribeStackInstance, **named, **missing)
    with step("an override is for its instance only"):
        changed = places | {"Regions": REGIONS[:1], "ParameterOverrides": parameter("blue")}
        operations.append(ended(service, name, service.UpdateStackInstances(**changed)))
        shown = service.DescribeStackInstance(**named, **place)["StackInstance"]
        equal(shown["ParameterOverrides"][0]["ParameterValue"], "blue")
    with step("an update of the set updates its instances"):
        # A role of one's own is named in every update.
        changed = named | {"UsePreviousTemplate": True, "AdministrationRoleARN": inputs["role"]}
        update = service.UpdateStackSet(**changed, Parameters=parameter("green"))
        operations.append(ended(service, name, update))
        service.paged("ListStackSetOperationResults", "Summaries", 2, **named, OperationId=operations[-1])
        # What an operation of the set makes last is listed first.
        listed = service.paged("ListStackSetOperations", "Summaries", 3, **named)
        equal([one["OperationId"] for one in listed], operations[::-1])
    with step("an operation that has ended is not stopped"):
        refused("InvalidOperationException", service.StopStackSetOperation, **named, OperationId=operations[-1])
        unknown = {"OperationId": "00000000-0000-4000-8000-000000000000"}
        refused("OperationNotFoundException", service.StopStackSetOperation, **named, **unknown)
    if isinstance(client, AwsCli):
        with step("commands of AWS's documentation work"):
            documented(client, service, inputs["role"])
    with step("what is deleted is gone"):
        ended(service, name, service.DeleteStackInstances(**places, RetainStacks=False))
        equal(service.ListStackInstances(**named)["Summaries"], [])
        for one in (name, "second"):
            service.DeleteStackSet(StackSetName=one)
        equal(service.ListStackSets(Status="ACTIVE")["Summaries"], [])
        refused("StackSetNotFoundException", service.DescribeStackSet, **named)
    return steps


def documented(client: AwsCli, service: Service, role: str) -> None:
    """The commands of the examples of the AWS CLI, in the order of a stack set's life."""
    name = "documented"
    shared = {
        "--stack-set-name": name,
        "--stack-instance-account": client.account,
        "--stack-instance-region": "us-west-2",
        "--template-body": json.dumps(template("Topic")),
        "--accounts": client.account,
    }
    run = Documented(client, "cloudformation", shared).run
    administration = ("--administration-role-arn", role)
    run("create-stack-set", *administration)
    operation = ended(service, name, run("create-stack-instances"))
    run("describe-stack-instance")
    ended(service, name, run("update-stack-instances"))
    ended(service, name, run("update-stack-set", *administration))
    run("describe-stack-set")
    run("list-stack-sets")
    run("list-stack-instances")
    run("list-stack-set-operations")
    run("describe-stack-set-operation", operation_id=operation)
    run("list-stack-set-operation-results", operation_id=operation)
    ended(service, name, run("delete-stack-instances"))
    rest = {"StackSetName": name, "Accounts": [client.account], "Regions": ["us-east-2", "us-west-2"]}
    ended(service, name, service.DeleteStackInstances(**rest, RetainStacks=False))
    run("delete-stack-set")
