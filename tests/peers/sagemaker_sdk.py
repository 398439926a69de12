"""The sagemaker Python SDK and sagemaker-core at work: `sagemaker_sdk.py INPUTS`, a JSON object. Prints one line of JSON per step."""

import json
import sys

from sagemaker.session import Session
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionEquals
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker_core import resources

from steps import Steps, equal, eventually


def main(inputs: dict) -> None:
    steps = Steps("sagemaker-sdk", "sagemaker")
    session = Session()
    pipelines(steps, session, inputs)
    domains(steps, session, inputs)
    for result in steps.results:
        print(json.dumps({"step": result.step, "ok": result.ok, "detail": result.detail}))


def pipelines(steps: Steps, session: Session, inputs: dict) -> None:
    step, role = steps.step, inputs["role"]
    with step("a session has a bucket and an account"):
        bucket = session.default_bucket()
        equal(bucket, f"sagemaker-us-east-1-{session.account_id()}")
        equal(session.upload_string_as_file_body("text", bucket, "key"), f"s3://{bucket}/key")
        equal(session.read_s3_file(bucket, "key"), "text")
    mode = ParameterString(name="Mode", default_value="off")
    fail = FailStep(name="Fail", error_message="the mode is on")
    condition = ConditionEquals(left=mode, right="on")
    branch = ConditionStep(name="Branch", conditions=[condition], if_steps=[fail], else_steps=[])
    pipeline = Pipeline(name="sdk", parameters=[mode], steps=[branch], sagemaker_session=session)
    with step("a pipeline is created and described"):
        made = pipeline.create(role, description="made by the SDK", tags=[{"Key": "made-by", "Value": "peers"}])
        described = pipeline.describe()
        equal((described["PipelineArn"], described["PipelineStatus"]), (made["PipelineArn"], "Active"))
        equal(json.loads(described["PipelineDefinition"])["Parameters"][0]["DefaultValue"], "off")
    with step("an upsert of what exists is an update"):
        pipeline.upsert(role, description="changed", tags=[{"Key": "more", "Value": "yes"}])
        equal(pipeline.describe()["PipelineDescription"], "changed")
        tags = session.sagemaker_client.list_tags(ResourceArn=made["PipelineArn"])["Tags"]
        equal({tag["Key"] for tag in tags}, {"made-by", "more"})
    with step("an execution is started, listed and waited for"):
        execution = pipeline.start(parameters={"Mode": "on"}, execution_display_name="first")
        equal(execution.describe()["PipelineExecutionDisplayName"], "first")
        equal([one["StepName"] for one in execution.list_steps()], ["Branch"])
        equal(execution.list_parameters()["PipelineParameters"], [{"Name": "Mode", "Value": "on"}])
        execution.wait(delay=1, max_attempts=120)
        equal(execution.describe()["PipelineExecutionStatus"], "Succeeded")
        arns = [one["PipelineExecutionArn"] for one in pipeline.list_executions()["PipelineExecutionSummaries"]]
        equal(arns, [execution.arn])
    with step("an execution is stopped"):
        execution = pipeline.start()
        execution.stop()
        eventually(lambda: execution.describe()["PipelineExecutionStatus"], "Stopped")
    with step("a pipeline is deleted"):
        equal(pipeline.delete()["PipelineArn"], made["PipelineArn"])
        equal(session.sagemaker_client.list_pipelines()["PipelineSummaries"], [])


def domains(steps: Steps, session: Session, inputs: dict) -> None:
    step = steps.step
    with step("sagemaker-core: a domain, a profile, a space and an app come into service"):
        domain = resources.Domain.create(
            domain_name="core",
            auth_mode="IAM",
            default_user_settings={"execution_role": inputs["role"]},
            vpc_id=inputs["vpc"],
            subnet_ids=[inputs["subnet"]],
        )
        domain.wait_for_status("InService", poll=1, timeout=120)
        place = {"domain_id": domain.domain_id}
        profile = resources.UserProfile.create(**place, user_profile_name="alice")
        profile.wait_for_status("InService", poll=1, timeout=120)
        space = resources.Space.create(
            **place,
            space_name="lab",
            ownership_settings={"owner_user_profile_name": "alice"},
            space_sharing_settings={"sharing_type": "Private"},
        )
        space.wait_for_status("InService", poll=1, timeout=120)
        # `App.create` forgets the space when it reads the app back.
        named = {"DomainId": domain.domain_id, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"}
        session.sagemaker_client.create_app(**named)
        app = resources.App.get(**place, space_name="lab", app_type="JupyterLab", app_name="default")
        app.wait_for_status("InService", poll=1, timeout=120)
    with step("sagemaker-core: lists find them"):
        equal([found.domain_id for found in resources.Domain.get_all()], [domain.domain_id])
        equal([found.user_profile_name for found in resources.UserProfile.get_all()], ["alice"])
        equal([found.space_name for found in resources.Space.get_all()], ["lab"])
        equal([found.app_name for found in resources.App.get_all()], ["default"])
    with step("sagemaker-core: they are deleted, from the app to the domain"):
        app.delete()
        app.wait_for_delete(poll=1, timeout=120)
        space.delete()
        space.wait_for_delete(poll=1, timeout=120)
        profile.delete()
        profile.wait_for_delete(poll=1, timeout=120)
        domain.delete(retention_policy={"home_efs_file_system": "Delete"})
        domain.wait_for_delete(poll=1, timeout=120)
    with step("sagemaker-core: a tracking server is created and deleted"):
        store = f"s3://{inputs['bucket']}/mlflow"
        server = resources.MlflowTrackingServer.create(
            tracking_server_name="core", artifact_store_uri=store, role_arn=inputs["role"]
        )
        server.wait_for_status("Created", poll=1, timeout=120)
        server.delete()
        server.wait_for_delete(poll=1, timeout=120)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
