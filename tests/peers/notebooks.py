"""The life cycle of notebook instances and of what they are made of: lifecycle configurations and code repositories."""

import base64

from clients import Client
from life_cycle import Service, refused
from steps import Steps, equal

# botocore's waiters for notebook instances, all of which are tried here.
WAITERS = ("notebook_instance_deleted", "notebook_instance_in_service", "notebook_instance_stopped")
SCRIPT = base64.b64encode(b"echo started").decode()
HOOK = [{"Content": SCRIPT}]


def notebooks(client: Client, inputs: dict) -> Steps:
    steps, service = Steps(client.suite, "sagemaker"), Service(client, "sagemaker")
    configurations(steps, service)
    repositories(steps, service)
    instances(steps, service, inputs)
    return steps


def configurations(steps: Steps, service: Service) -> None:
    step, named = steps.step, {"StudioLifecycleConfigName": "idle"}
    with step("a lifecycle configuration of Studio is created, read, listed and deleted"):
        refused("ResourceNotFound", service.DescribeStudioLifecycleConfig, **named)
        for name, kind in (("idle", "JupyterLab"), ("other", "KernelGateway")):
            service.CreateStudioLifecycleConfig(
                StudioLifecycleConfigName=name, StudioLifecycleConfigContent=SCRIPT, StudioLifecycleConfigAppType=kind
            )
        equal(service.DescribeStudioLifecycleConfig(**named)["StudioLifecycleConfigContent"], SCRIPT)
        service.paged("ListStudioLifecycleConfigs", "StudioLifecycleConfigs", 2)
        service.paged("ListStudioLifecycleConfigs", "StudioLifecycleConfigs", 1, AppTypeEquals="JupyterLab")
        for name in ("idle", "other"):
            service.DeleteStudioLifecycleConfig(StudioLifecycleConfigName=name)
        equal(service.ListStudioLifecycleConfigs()["StudioLifecycleConfigs"], [])
    named = {"NotebookInstanceLifecycleConfigName": "start"}
    with step("a lifecycle configuration of notebook instances is created, changed and listed"):
        refused("ValidationException", service.DescribeNotebookInstanceLifecycleConfig, **named)
        for name in ("start", "other"):
            service.CreateNotebookInstanceLifecycleConfig(NotebookInstanceLifecycleConfigName=name, OnCreate=HOOK)
        refused("ValidationException", service.CreateNotebookInstanceLifecycleConfig, **named)
        service.UpdateNotebookInstanceLifecycleConfig(**named, OnStart=HOOK)
        shown = service.DescribeNotebookInstanceLifecycleConfig(**named)
        equal((shown["OnCreate"], shown["OnStart"]), (HOOK, HOOK))
        service.paged("ListNotebookInstanceLifecycleConfigs", "NotebookInstanceLifecycleConfigs", 2)
        service.paged("ListNotebookInstanceLifecycleConfigs", "NotebookInstanceLifecycleConfigs", 1, NameContains="sta")


def repositories(steps: Steps, service: Service) -> None:
    step, named = steps.step, {"CodeRepositoryName": "models"}
    with step("a code repository is created, changed and listed"):
        refused("ValidationException", service.DescribeCodeRepository, **named)
        for name in ("models", "other"):
            git = {"RepositoryUrl": f"https://git.example.com/{name}.git", "Branch": "main"}
            service.CreateCodeRepository(CodeRepositoryName=name, GitConfig=git)
        secret = f"arn:aws:secretsmanager:us-east-1:{service.client.account}:secret:git-AbCdEf"
        service.UpdateCodeRepository(**named, GitConfig={"SecretArn": secret})
        shown = service.DescribeCodeRepository(**named)["GitConfig"]
        equal((shown["Branch"], shown["SecretArn"]), ("main", secret))
        service.paged("ListCodeRepositories", "CodeRepositorySummaryList", 2)
        service.paged("ListCodeRepositories", "CodeRepositorySummaryList", 1, NameContains="mod")


def instances(steps: Steps, service: Service, inputs: dict) -> None:
    step, client, named = steps.step, service.client, {"NotebookInstanceName": "lab"}

    def settled(waiter: str, status: str) -> None:
        client.wait("sagemaker", waiter, named, lambda: service.DescribeNotebookInstance(**named)["NotebookInstanceStatus"] == status)

    with step("a notebook instance that nobody made is not found"):
        refused("ValidationException", service.DescribeNotebookInstance, **named)
    with step("a notebook instance is created, comes into service and is opened by a URL"):
        service.CreateNotebookInstance(
            **named,
            InstanceType="ml.t3.medium",
            RoleArn=inputs["role"],
            SubnetId=inputs["subnet"],
            DirectInternetAccess="Disabled",
            LifecycleConfigName="start",
            DefaultCodeRepository="models",
        )
        settled("notebook_instance_in_service", "InService")
        equal(service.CreatePresignedNotebookInstanceUrl(**named)["AuthorizedUrl"].startswith("http"), True)
        service.paged("ListNotebookInstances", "NotebookInstances", 1, StatusEquals="InService")
    with step("what a notebook instance uses is not deleted, and neither is one in service"):
        refused("ValidationException", service.DeleteNotebookInstanceLifecycleConfig, NotebookInstanceLifecycleConfigName="start")
        refused("ValidationException", service.DeleteNotebookInstance, **named)
    with step("a stopped notebook instance is changed and started again"):
        service.StopNotebookInstance(**named)
        settled("notebook_instance_stopped", "Stopped")
        refused("ValidationException", service.CreatePresignedNotebookInstanceUrl, **named)
        service.UpdateNotebookInstance(**named, InstanceType="ml.t3.large", DisassociateLifecycleConfig=True)
        settled("notebook_instance_stopped", "Stopped")
        shown = service.DescribeNotebookInstance(**named)
        equal((shown["InstanceType"], "NotebookInstanceLifecycleConfigName" in shown), ("ml.t3.large", False))
        service.StartNotebookInstance(**named)
        settled("notebook_instance_in_service", "InService")
    with step("what is deleted is gone"):
        service.StopNotebookInstance(**named)
        settled("notebook_instance_stopped", "Stopped")
        service.DeleteNotebookInstance(**named)
        client.wait("sagemaker", "notebook_instance_deleted", named, lambda: not service.ListNotebookInstances()["NotebookInstances"])
        for name in ("start", "other"):
            service.DeleteNotebookInstanceLifecycleConfig(NotebookInstanceLifecycleConfigName=name)
        for name in ("models", "other"):
            service.DeleteCodeRepository(CodeRepositoryName=name)
        equal(service.ListNotebookInstanceLifecycleConfigs()["NotebookInstanceLifecycleConfigs"], [])
        equal(service.ListCodeRepositories()["CodeRepositorySummaryList"], [])
