"""What the gateway's stack sets need of ministack: what a template declares, a place from which CloudFormation reads a long one,
and the role that AWS has in an account of an organization that trusts the service.
"""

import json
import time

from ministack.core.responses import set_request_account_id
from ministack.services import iam, sts
from ministack.services.cloudformation import handlers

import catalog
import templates
from sessions import new_session

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
SESSION_SECONDS = 3600

# Texts by bucket and key. No policy is asked about these: the service reads them itself.
COPIES: dict[str, str] = {}


# Calls of the bridge.


def describe_template(body: dict) -> dict:
    """The parameters of a template and the capabilities that it needs; or why it is no template."""
    try:
        template = templates.parse(body["text"])
    except ValueError as error:
        return {"refused": templates.FORMAT + str(error)}
    malformed = templates.why_malformed(template)
    if malformed is not None:
        return {"refused": malformed}
    parameters = json.loads(json.dumps(template.get("Parameters") or {}, default=str))
    return {"parameters": parameters, "capabilities": handlers._required_capabilities(template, strict=True)[0]}


def keep_stack_set_template(body: dict) -> dict:
    """Keeps a template for the stacks that are made of it."""
    COPIES[catalog.path_of(body["url"])] = body["text"]
    return {}


def assume_service_role(body: dict) -> dict:
    """Credentials of a role of a service in an account, which is made if it is not there."""
    account, name = body["account"], body["role"]
    set_request_account_id(account)
    if iam._roles.get_scoped(account, None, name) is None:
        statement = {"Effect": "Allow", "Principal": {"Service": body["service"]}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam._create_role({"RoleName": [name], "AssumeRolePolicyDocument": [trust]})
        iam._attach_role_policy({"RoleName": [name], "PolicyArn": [ADMINISTRATOR]})
    role = iam._roles.get_scoped(account, None, name)
    session_arn, _ = sts._assumed_role_arn(role["Arn"], "stacksets")
    return new_session(session_arn, role["RoleId"], time.time() + SESSION_SECONDS)
