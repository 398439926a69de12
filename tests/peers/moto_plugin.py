"""A pytest plugin that points moto's tests at the emulator. Each test gets an account in which nothing exists: moto's tests
name one account, whose number is replaced by the test's own in what is sent, and put back in what is answered.

AWS refuses some of what moto takes for granted, so that most of its tests would end with their first call. These two are
made good, and nothing else: the roles of CodeBuild's projects and SageMaker's pipelines are created, and a pipeline
definition that is a blank is replaced by the smallest one.

It writes one line of JSON per test to the file PEERS_RESULTS.
"""

import json
import os
import pathlib
import re

import boto3
import pytest

from moto.core.config import default_user_config

MOTO_ACCOUNT = "123456789012"
ROLE = re.compile(rf"arn:aws:iam::{MOTO_ACCOUNT}:role(/(?:.*/)?)([^/]+)")
TRUSTED = {"Service": ["codebuild.amazonaws.com", "sagemaker.amazonaws.com"]}
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": TRUSTED, "Action": "sts:AssumeRole"}]})
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
