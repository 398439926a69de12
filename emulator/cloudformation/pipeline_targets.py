"""Rules of EventBridge that start pipelines: the target's role is asked for `codepipeline:StartPipelineExecution`, and the pipeline
ignores the event. A delivery that is refused goes to the dead-letter queue of the target.
"""

import json
import logging
import os
import threading
import time

import botocore.config
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import eventbridge, iam

from sessions import new_session, trusts

PRINCIPAL = "events.amazonaws.com"
SESSION_SECONDS = 900
# CodePipeline shows the rule of such a session as what triggered an execution.
SESSION_PREFIX = "AWSEvents_"
LONGEST_SESSION_NAME = 64
# EventBridge tries for a day; this is as many tries in less time.
ATTEMPTS = 3
PAUSE_SECONDS = 1

logger = logging.getLogger("emulator")


class Refused(Exception):
    """A delivery that is not tried again."""


def install() -> None:
    others = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        if target.get("Arn", "").split(":")[2:3] == ["codepipeline"]:
            # The gateway asks ministack who calls: this thread has to be free for that.
            threading.Thread(target=deliver, args=(target, event, rule), daemon=True).start()
        else:
            others(target, event, rule, view)

    eventbridge._invoke_target = invoke_target


def deliver(target: dict, event: dict, rule: dict) -> None:
    try:
        start(target["Arn"], target.get("RoleArn") or "", rule["Arn"])
    except Exception as error:
        logger.warning("rule %s does not start %s: %s", rule["Arn"], target["Arn"], error)
        dead_letters = (target.get("DeadLetterConfig") or {}).get("Arn")
        if dead_letters:
            _, _, _, region, account, _ = rule["Arn"].split(":", 5)
            set_request_account_id(account)
            set_request_region(region)
            payload = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
            eventbridge._dispatch_to_sqs(eventbridge.parse_arn(dead_letters), payload)


def start(pipeline_arn: str, role_arn: str, rule_arn: str) -> None:
    """Starts a pipeline as the role, which has to trust EventBridge."""
    _, _, _, region, _, pipeline = pipeline_arn.split(":", 5)
    credentials = assume(role_arn, rule_arn)
    client = botocore.session.get_session().create_client(
        "codepipeline",
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=credentials["accessKeyId"],
        aws_secret_access_key=credentials["secretAccessKey"],
        aws_session_token=credentials["sessionToken"],
        config=botocore.config.Config(retries={"total_max_attempts": 1}, user_agent=PRINCIPAL),
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            client.start_pipeline_execution(name=pipeline)
            return
        except (BotoCoreError, ClientError) as error:
            answer = getattr(error, "response", {})
            status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            throttled = answer.get("Error", {}).get("Code") == "ThrottlingException"
            if attempt == ATTEMPTS or (status < 500 and not throttled):
                raise Refused(str(error)) from error
            time.sleep(PAUSE_SECONDS)


def assume(role_arn: str, rule_arn: str) -> dict:
    """Credentials of the role of a target."""
    if not role_arn:
        raise Refused("the target has no role")
    account = role_arn.split(":")[4]
    role = iam._roles.get_scoped(account, None, role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn or not trusts(role, PRINCIPAL, rule_arn, account):
        raise Refused(f"{PRINCIPAL} may not assume {role_arn}")
    rule = rule_arn.rsplit("/", 1)[-1]
    name = f"{SESSION_PREFIX}{rule}"[:LONGEST_SESSION_NAME]
    session_arn = f"arn:aws:sts::{account}:assumed-role/{role['RoleName']}/{name}"
    return new_session(session_arn, role["RoleId"], time.time() + SESSION_SECONDS)
