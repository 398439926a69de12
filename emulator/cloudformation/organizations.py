"""What ministack must know of organizations, which the gateway serves: who is in which, for the condition key
`aws:PrincipalOrgID`, and the role that AWS makes in an account that an organization creates.
"""

import json

from ministack.core import iam_evaluator
from ministack.core.responses import set_request_account_id
from ministack.services import iam

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

# The id of the organization of each account that is in one.
MEMBERS: dict[str, str] = {}


def install() -> None:
    # ministack takes every account for the management account of an organization of its own.
    iam_evaluator._principal_org_id = MEMBERS.get


def keep_members(body: dict) -> dict:
    """Takes who is in which organization now."""
    MEMBERS.clear()
    MEMBERS.update(body["members"])
    return {}


def make_role(body: dict) -> dict:
    """Makes the role in a new account that the management account may assume."""
    set_request_account_id(body["account"])
    principal = {"AWS": f"arn:aws:iam::{body['management']}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam._create_role({"RoleName": [body["role"]], "AssumeRolePolicyDocument": [trust]})
    iam._attach_role_policy({"RoleName": [body["role"]], "PolicyArn": [ADMINISTRATOR]})
    return {}
