"""One life cycle per service, for every client that can make a call: create, read, list in pages, change, run, delete."""

from clients import Client, Refused
from steps import Steps, equal, eventually


def refused(code: str, call, *arguments, **named) -> None:
    try:
        call(*arguments, **named)
    except Refused as error:
        return equal(error.code, code)
    raise AssertionError(f"the call succeeds, {code} was expected")


class Service:
    """The operations of one service, called through one client."""

    def __init__(self, client: Client, service: str):
        self.client, self.service = client, service

    def __getattr__(self, operation: str):
        return lambda **given: self.client.call(self.service, operation, given)

    def paged(self, operation: str, member: str, expected: int, **given) -> list:
        """The items of a list, which are the same in one page and in pages of one item."""
        whole = self.client.call(self.service, operation, given)[member]
        equal(len(whole), expected)
        equal(self.client.pages(self.service, operation, member, given), whole)
        return whole

    def by_token(self, operation: str, member: str, expected: int, sent: str, answered: str, **given) -> list:
        """The items of a list that botocore has no paginator for, in pages of one; the names are those of the two tokens."""
        items, token = [], {}
        while True:
            answer = self.client.call(self.service, operation, given | token)
            equal(len(answer[member]) <= 1, True)
            items += answer[member]
            if not answer.get(answered):
                equal(len(items), expected)
                return items
            token = {sent: answer[answered]}


def codepipeline(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "codepipeline"), Service(client, "codepipeline")
    step, declared, name = steps.step, inputs["pipeline"], inputs["pipeline"]["name"]
    kind = declared["stages"][0]["actions"][0]["actionTypeId"]
    arn = f"arn:aws:codepipeline:us-east-1:{client.account}:{name}"
    with step("a custom action type is created and read"):
        made = service.CreateCustomActionType(**inputs["actionType"])
        equal(made["actionType"]["id"], kind)
        owned = service.ListActionTypes(actionOwnerFilter="Custom")["actionTypes"]
        equal([found["id"] for found in owned], [kind])
        of_aws = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
        equal(service.GetActionType(**of_aws)["actionType"]["id"], of_aws)
    with step("a pipeline that nobody made is not found"):
        refused("PipelineNotFoundException", service.GetPipeline, name="missing")
    with step("a pipeline is created, read and listed"):
        made = service.CreatePipeline(pipeline=declared, tags=[{"key": "made-by", "value": "peers"}])
        equal((made["pipeline"]["version"], made["tags"]), (1, [{"key": "made-by", "value": "peers"}]))
        found = service.GetPipeline(name=name)
        equal(found["pipeline"]["stages"], made["pipeline"]["stages"])
        equal(found["metadata"]["pipelineArn"], arn)
        service.CreatePipeline(pipeline=declared | {"name": "second"})
        equal([one["name"] for one in service.paged("ListPipelines", "pipelines", 2)], [name, "second"])
        # Its job would be offered to the same poll.
        service.DeletePipeline(name="second")
    with step("a second pipeline of the same name is refused"):
        refused("PipelineNameInUseException", service.CreatePipeline, pipeline=declared)
    with step("an update makes a new version"):
        equal(service.UpdatePipeline(pipeline=declared)["pipeline"]["version"], 2)
        equal(service.GetPipeline(name=name, version=1)["pipeline"]["version"], 1)
    with step("tags are added, listed in pages and removed"):
        service.TagResource(resourceArn=arn, tags=[{"key": "more", "value": "yes"}])
        service.paged("ListTagsForResource", "tags", 2, resourceArn=arn)
        service.UntagResource(resourceArn=arn, tagKeys=["more"])
        service.paged("ListTagsForResource", "tags", 1, resourceArn=arn)
    with step("an execution runs a job and waits for an approval"):
        first = service.ListPipelineExecutions(pipelineName=name)["pipelineExecutionSummaries"][0]
        run_to_the_approval(service, name, kind, first["pipelineExecutionId"])
    with step("a started execution succeeds"):
        variables = [{"name": "Depth", "value": "7"}]
        execution = service.StartPipelineExecution(name=name, variables=variables)["pipelineExecutionId"]
        run_to_the_approval(service, name, kind, execution)
        shown = service.GetPipelineExecution(pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]
        equal(shown["variables"], [{"name": "Depth", "resolvedValue": "7"}])
    with step("executions and actions are listed in pages"):
        service.paged("ListPipelineExecutions", "pipelineExecutionSummaries", 2, pipelineName=name)
        service.paged("ListActionExecutions", "actionExecutionDetails", 4, pipelineName=name)
    with step("a failed stage is retried"):
        execution = service.StartPipelineExecution(name=name)["pipelineExecutionId"]
        for job in polled(service, kind):
            failure = {"type": "JobFailed", "message": "on purpose"}
            service.PutJobFailureResult(jobId=job["id"], failureDetails=failure)
        eventually(lambda: status(service, name, execution), "Failed")
        place = {"pipelineName": name, "stageName": "Source", "pipelineExecutionId": execution}
        equal(service.RetryStageExecution(**place, retryMode="FAILED_ACTIONS")["pipelineExecutionId"], execution)
        run_to_the_approval(service, name, kind, execution)
    with step("an execution is stopped"):
        execution = service.StartPipelineExecution(name=name)["pipelineExecutionId"]
        service.StopPipelineExecution(pipelineName=name, pipelineExecutionId=execution, abandon=True)
        eventually(lambda: status(service, name, execution), "Stopped")
    with step("webhooks are listed in pages"):
        for hook in ("one", "two"):
            service.PutWebhook(webhook=webhook(hook, name))
        service.paged("ListWebhooks", "webhooks", 2)
        # This is for webhooks that CodePipeline sets up at GitHub.
        for operation in (service.RegisterWebhookWithThirdParty, service.DeregisterWebhookWithThirdParty):
            refused("ValidationException", operation, webhookName="one")
        service.DeleteWebhook(name="one")
        service.DeleteWebhook(name="two")
    with step("what is deleted is gone"):
        service.DeletePipeline(name=name)
        refused("PipelineNotFoundException", service.GetPipelineState, name=name)
        service.DeleteCustomActionType(category=kind["category"], provider=kind["provider"], version="1")
        equal(service.ListActionTypes(actionOwnerFilter="Custom")["actionTypes"], [])
    return steps


def run_to_the_approval(service: Service, name: str, kind: dict, execution: str) -> None:
    """Works on the job of the execution's source action, then approves it."""
    for job in polled(service, kind):
        equal(service.GetJobDetails(jobId=job["id"])["jobDetails"]["id"], job["id"])
        revision = {"revision": "abc", "changeIdentifier": "abc"}
        service.PutJobSuccessResult(jobId=job["id"], currentRevision=revision)

    def approval() -> dict:
        stage = service.GetPipelineState(name=name)["stageStates"][1]
        if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
            return {}
        return stage["actionStates"][0].get("latestExecution", {})

    eventually(lambda: "token" in approval(), True)
    result = {"status": "Approved", "summary": "fine"}
    place = {"pipelineName": name, "stageName": "Release", "actionName": "Approve"}
    service.PutApprovalResult(**place, result=result, token=approval()["token"])
    eventually(lambda: status(service, name, execution), "Succeeded")


def polled(service: Service, kind: dict) -> list[dict]:
    """The one job that is open, acknowledged."""
    jobs = []

    def found() -> bool:
        jobs[:] = jobs or service.PollForJobs(actionTypeId=kind, queryParam={"Branch": "main"})["jobs"]
        return bool(jobs)

    eventually(found, True)
    for job in jobs:
        equal(service.AcknowledgeJob(jobId=job["id"], nonce=job["nonce"])["status"], "InProgress")
    return jobs


def status(service: Service, name: str, execution: str) -> str:
    shown = service.GetPipelineExecution(pipelineName=name, pipelineExecutionId=execution)
    return shown["pipelineExecution"]["status"]


def webhook(name: str, pipeline: str) -> dict:
    return {
        "name": name,
        "targetPipeline": pipeline,
        "targetAction": "Fetch",
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
        "authentication": "UNAUTHENTICATED",
        "authenticationConfiguration": {},
    }


def codebuild(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "codebuild"), Service(client, "codebuild")
    step, declared, name = steps.step, inputs["project"], inputs["project"]["name"]
    built = {}
    with step("a project that nobody made is not found"):
        refused("ResourceNotFoundException", service.StartBuild, projectName="missing")
        equal(service.BatchGetProjects(names=["missing"])["projectsNotFound"], ["missing"])
    with step("a project is created, read and listed"):
        made = service.CreateProject(**declared)["project"]
        equal(made["arn"], f"arn:aws:codebuild:us-east-1:{client.account}:project/{name}")
        equal(service.BatchGetProjects(names=[name])["projects"][0]["source"], declared["source"])
        equal(client.pages("codebuild", "ListProjects", "projects", {}, sized=False), [name])
    with step("a second project of the same name is refused"):
        refused("ResourceAlreadyExistsException", service.CreateProject, **declared)
    with step("an update keeps what it does not name"):
        changed = service.UpdateProject(name=name, description="changed")["project"]
        equal((changed["description"], changed["tags"]), ("changed", declared["tags"]))
    with step("a build succeeds"):
        built.update(service.StartBuild(projectName=name)["build"])
        eventually(lambda: service.BatchGetBuilds(ids=[built["id"]])["builds"][0]["buildStatus"], "SUCCEEDED")
        phases = service.BatchGetBuilds(ids=[built["id"]])["builds"][0]["phases"]
        equal((phases[0]["phaseType"], phases[-1]["phaseType"]), ("SUBMITTED", "COMPLETED"))
        again = service.RetryBuild(id=built["id"])["build"]["id"]
        eventually(lambda: service.BatchGetBuilds(ids=[again])["builds"][0]["buildStatus"], "SUCCEEDED")
    with step("a build is stopped"):
        waits = declared["source"]["buildspec"].replace("echo built", "sleep 60")
        build = service.StartBuild(projectName=name, buildspecOverride=waits)["build"]["id"]
        service.StopBuild(id=build)
        eventually(lambda: service.BatchGetBuilds(ids=[build])["builds"][0]["buildStatus"], "STOPPED")
    with step("builds are listed"):
        equal(len(client.pages("codebuild", "ListBuilds", "ids", {}, sized=False)), 3)
        equal(len(client.pages("codebuild", "ListBuildsForProject", "ids", {"projectName": name}, sized=False)), 3)
    with step("what is deleted is gone"):
        service.BatchDeleteBuilds(ids=[built["id"]])
        equal(service.BatchGetBuilds(ids=[built["id"]])["buildsNotFound"], [built["id"]])
        service.DeleteProject(name=name)
        equal(service.ListProjects()["projects"], [])
    return steps
