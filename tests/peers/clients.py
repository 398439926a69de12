"""Clients that can make a call of any service, and fixtures in the account that each has of its own."""

import json
import pathlib
import re
import subprocess

import boto3
import botocore.config
import botocore.exceptions
from botocore import xform_name

from emulator import ACCOUNT
from steps import PATIENCE, eventually

HERE = pathlib.Path(__file__).parent
TIME_LIMIT = 120


class Refused(Exception):
    """AWS's error."""

    def __init__(self, code: str, message: str):
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """What the life cycles need of a client: one call, and one list read in pages of one item."""

    suite: str
    account: str

    def call(self, service: str, operation: str, given: dict) -> dict:
        raise NotImplementedError

    def pages(self, service: str, operation: str, member: str, given: dict, sized: bool = True) -> list:
        raise NotImplementedError

    def wait(self, _service: str, _waiter: str, _given: dict, reached) -> None:
        """Waits for what botocore's waiter of that name waits for; a client without waiters asks `reached()` for it."""
        eventually(reached, True)


class Boto3(Client):
    suite = "boto3"

    def __init__(self, environment: dict, _folder: pathlib.Path):
        self.session, self.endpoint = session(environment), environment["AWS_ENDPOINT_URL"]
        self.account, self.clients = environment[ACCOUNT], {}

    def client(self, service: str):
        if service not in self.clients:
            self.clients[service] = self.session.client(service, endpoint_url=self.endpoint)
        return self.clients[service]

    def call(self, service: str, operation: str, given: dict) -> dict:
        method = getattr(self.client(service), xform_name(operation))
        try:
            answer = method(**given)
        except botocore.exceptions.ClientError as error:
            raise Refused(error.response["Error"]["Code"], error.response["Error"]["Message"]) from error
        answer.pop("ResponseMetadata")
        return answer

    def pages(self, service: str, operation: str, member: str, given: dict, sized: bool = True) -> list:
        paginator = self.client(service).get_paginator(xform_name(operation))
        config = {"PageSize": 1} if sized else {}
        return [item for page in paginator.paginate(**given, PaginationConfig=config) for item in page[member]]

    def wait(self, service: str, waiter: str, given: dict, _reached) -> None:
        often = {"Delay": 1, "MaxAttempts": PATIENCE}
        self.client(service).get_waiter(waiter).wait(**given, WaiterConfig=often)


class AwsCli(Client):
    """The AWS CLI; it reads all pages of a list by itself."""

    def __init__(self, program: pathlib.Path, environment: dict):
        self.program, self.environment, self.account = program, environment, environment[ACCOUNT]

    def call(self, service: str, operation: str, given: dict, *options: str) -> dict:
        command = xform_name(operation, "-")
        return self.run(service, command, "--cli-input-json", json.dumps(given), *options)

    def run(self, *words: str) -> dict:
        """What a command answers."""
        arguments = [self.program, *words, "--output", "json"]
        done = subprocess.run(arguments, env=self.environment, capture_output=True, text=True, timeout=TIME_LIMIT)
        if done.returncode:
            error = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation[^:]*: (.*)", done.stderr)
            if error is None:
                raise RuntimeError(done.stderr)
            raise Refused(*error.groups())
        return json.loads(done.stdout or "{}")

    def pages(self, service: str, operation: str, member: str, given: dict, sized: bool = True) -> list:
        if sized and service == "servicecatalog":
            return self.by_token(service, operation, member, given)
        options = ["--page-size", "1"] if sized else []
        return self.call(service, operation, given, *options)[member]

    def by_token(self, service: str, operation: str, member: str, given: dict) -> list:
        """Pages of one item of a service whose own parameter is called PageSize: with `--page-size`, the AWS CLI reads one page."""
        items, token = [], {}
        while True:
            page = self.call(service, operation, given | token | {"PageSize": 1})
            items += page[member]
            following = page.get("NextPageToken") or page.get("PageToken")
            if not following:
                return items
            token = {"PageToken": following}


class JavaScript(Client):
    """The AWS SDK for JavaScript, in a process that reads one call per line and writes one answer per line."""

    suite = "javascript"

    def __init__(self, environment: dict, folder: pathlib.Path):
        self.account = environment[ACCOUNT]
        command = ["node", str(HERE / "javascript" / "bridge.cjs"), str(folder / "javascript")]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        quiet = environment | {"NODE_NO_WARNINGS": "1"}
        self.process = subprocess.Popen(command, env=quiet, text=True, **pipes)

    def send(self, **request) -> dict:
        print(json.dumps(request), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the bridge to JavaScript ended")
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer["error"], answer["message"])
        return answer

    def call(self, service: str, operation: str, given: dict) -> dict:
        return self.send(service=service, operation=operation, input=given)["output"]

    def pages(self, service: str, operation: str, member: str, given: dict, sized: bool = True) -> list:
        answer = self.send(service=service, operation=operation, input=given, member=member, size=1 if sized else None)
        return answer["items"]


def session(environment: dict) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_REGION"],
    )
