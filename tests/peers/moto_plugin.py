"""A pytest plugin that points moto's tests at the emulator. Each test gets an account in which nothing exists: moto's tests
name one account, whose number is replaced by the test's own in what is sent, and put back in what is answered.

AWS refuses some of what moto takes for granted, so that most of its tests would end with their first call. These five are
made good, and nothing else: the roles of CodeBuild's projects and SageMaker's pipelines, and the two that stack sets have
by default, are created; a pipeline definition that is a blank is replaced by the smallest one; and an operation on a stack
set and the creation of an account have ended when their calls return.

It writes one line of JSON per test to the file PEERS_RESULTS.
"""

import json
import os
import pathlib
import re
import time

import boto3
import pytest

from moto.core.config import default_user_config

MOTO_ACCOUNT = "123456789012"
ROLE = re.compile(rf"arn:aws:iam::{MOTO_ACCOUNT}:role(/(?:.*/)?)([^/]+)")
TRUSTED = {"Service": ["codebuild.amazonaws.com", "sagemaker.amazonaws.com"]}
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": TRUSTED, "Action": "sts:AssumeRole"}]})
STACK_SETS = ("AWSCloudFormationStackSetAdministrationRole", "AWSCloudFormationStackSetExecutionRole")
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OPERATIONS = ("CreateStackInstances", "UpdateStackInstances", "DeleteStackInstances", "UpdateStackSet")
PATIENCE = 40
DEFINITION = json.dumps({"Version": "2020-12-01", "Steps": []})
FIRST_ACCOUNT = 300_000_000_000

# The credentials of the session below are used, not moto's own.
default_user_config["core"]["mock_credentials"] = False

calls = 0
accounts = iter(range(FIRST_ACCOUNT, FIRST_ACCOUNT + 10_000))


def replaced(value, old: str, new: str):
    if isinstance(value, bytes):
        return value.replace(old.encode(), new.encode())
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        return {key: replaced(item, old, new) for key, item in value.items()}
    return value


@pytest.fixture(autouse=True)
def account_of_its_own():
    global calls
    calls = 0
    account = str(next(accounts))

    def send(params, **_):
        global calls
        calls += 1
        params["body"] = replaced(params["body"], MOTO_ACCOUNT, account)

    def receive(response_dict, **_):
        response_dict["body"] = replaced(response_dict["body"], account, MOTO_ACCOUNT)

    def make_role(params, **_):
        global calls
        before = calls
        found = ROLE.fullmatch(params.get("serviceRole") or params.get("RoleArn") or "")
        if found is None:
            return
        path, name = found.groups()
        iam = boto3.client("iam")
        try:
            iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=TRUST)
        except iam.exceptions.EntityAlreadyExistsException:
            pass
        # This is no call of the test.
        calls = before

    def make_roles(**_):
        global calls
        before, iam = calls, boto3.client("iam")
        principals = {"Service": "cloudformation.amazonaws.com"}, {"AWS": f"arn:aws:iam::{account}:role/{STACK_SETS[0]}"}
        for name, principal in zip(STACK_SETS, principals, strict=True):
            trust = {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
            try:
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
                iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=EVERYTHING)
            except iam.exceptions.EntityAlreadyExistsException:
                pass
        calls = before

    def remember(params, context, **_):
        context["stack_set"] = params["StackSetName"]

    def wait(parsed, context, **_):
        global calls
        before, end = calls, time.monotonic() + PATIENCE
        named = {"StackSetName": context["stack_set"], "OperationId": parsed.get("OperationId")}
        client = boto3.client("cloudformation", region_name=context["client_region"])
        while named["OperationId"] and time.monotonic() < end:
            if client.describe_stack_set_operation(**named)["StackSetOperation"]["Status"] != "RUNNING":
                break
            time.sleep(0.2)
        calls = before

    def wait_for_account(parsed, **_):
        global calls
        before, end = calls, time.monotonic() + PATIENCE
        client, status = boto3.client("organizations", region_name="us-east-1"), parsed.get("CreateAccountStatus", {})
        while status.get("State") == "IN_PROGRESS" and time.monotonic() < end:
            time.sleep(0.05)
            described = client.describe_create_account_status(CreateAccountRequestId=status["Id"])
            status = parsed["CreateAccountStatus"] = described["CreateAccountStatus"]
        calls = before

    def define(params, **_):
        if params.get("PipelineDefinition") == " ":
            params["PipelineDefinition"] = DEFINITION

    secret = os.environ["AWS_SECRET_ACCESS_KEY"]
    boto3.setup_default_session(aws_access_key_id=account, aws_secret_access_key=secret)
    for event, does in {
        "before-call": send,
        "before-parse": receive,
        "provide-client-params.codebuild.CreateProject": make_role,
        "provide-client-params.sagemaker.CreatePipeline": make_role,
        "provide-client-params.sagemaker.UpdatePipeline": make_role,
        "before-parameter-build.sagemaker.CreatePipeline": define,
        "provide-client-params.cloudformation.CreateStackSet": make_roles,
        **{f"provide-client-params.cloudformation.{operation}": remember for operation in OPERATIONS},
        **{f"after-call.cloudformation.{operation}": wait for operation in OPERATIONS},
        "after-call.organizations.CreateAccount": wait_for_account,
    }.items():
        boto3.DEFAULT_SESSION.events.register(event, does)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call" or report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        result = {
            "file": pathlib.Path(item.location[0]).name,
            "step": item.name,
            "ok": report.passed,
            "skipped": report.skipped or calls == 0,
            "detail": crash.message if crash else str(report.longrepr or ""),
        }
        with open(os.environ["PEERS_RESULTS"], "a", encoding="utf-8") as results:
            results.write(json.dumps(result) + "\n")
