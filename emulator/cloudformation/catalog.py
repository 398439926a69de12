"""What the gateway's Service Catalog needs of ministack: who calls, the parts of a template, and a place from which
CloudFormation reads the copy of a template that Service Catalog keeps.

On AWS the copy is an object, tagged `servicecatalog:provisioning`, in a bucket of the service, and the principal that makes the
stack needs `s3:GetObject` on it. Here IAM is asked for that as well, and no call of S3 finds the copy.
"""

import contextvars
import json
import urllib.parse

from ministack.app import _request_account_scope
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import PrincipalInfo
from ministack.core.responses import get_account_id, set_request_account_id
from ministack.services import iam
from ministack.services.cloudformation import handlers, helpers

import actors
import condition_keys
import templates

# Texts by bucket and key.
COPIES: dict[str, str] = {}
COPY_TAGS = {"servicecatalog:provisioning": "true"}
# Only Service Catalog sets these on a stack.
OWN_TAGS = "aws:servicecatalog:"

from_copy = contextvars.ContextVar("from_copy", default=False)

original_tags = helpers._validate_stack_tags


def install() -> None:
    helpers._validate_stack_tags = validate_stack_tags
    for action in ("CreateStack", "UpdateStack"):
        handlers._ACTION_HANDLERS[action] = noting_copies(handlers._ACTION_HANDLERS[action])


def noting_copies(call):
    def noted(parameters):
        token = from_copy.set(path_of(helpers._p(parameters, "TemplateURL") or "") in COPIES)
        try:
            return call(parameters)
        finally:
            from_copy.reset(token)

    return noted


def validate_stack_tags(tags: list):
    if from_copy.get():
        tags = [tag for tag in tags if not str(tag.get("Key", "")).startswith(OWN_TAGS)]
    return original_tags(tags)


def path_of(url: str) -> str:
    """Bucket and key of an object at a bucket's own host."""
    parts = urllib.parse.urlparse(url)
    bucket, _, _ = (parts.hostname or "").partition(".s3.")
    return f"{bucket}{parts.path}"


# Calls of the bridge.


def keep_template(body: dict) -> dict:
    """Keeps a copy for the stacks that are made of it."""
    COPIES[path_of(body["url"])] = body["text"]
    return {}


def read_template(body: dict) -> dict:
    """The parameters and outputs of a template, and its text with further rules in it; or why it is no template."""
    text = body["text"]
    try:
        template = templates.parse(text)
    except ValueError as error:
        return {"refused": templates.FORMAT + str(error)}
    if body["rules"]:
        rules = dict(template.get("Rules") or {})
        for name, rule in body["rules"]:
            rules[unused(name, rules)] = rule
        text = json.dumps({**template, "Rules": rules}, default=str)
    outputs = {name: item.get("Description") for name, item in (template.get("Outputs") or {}).items() if isinstance(item, dict)}
    return {"text": text, "parameters": template.get("Parameters") or {}, "outputs": outputs}


def unused(name: str, rules: dict) -> str:
    while name in rules:
        name += "X"
    return name


def identify(body: dict) -> dict:
    """The ARNs in IAM of who an access key belongs to: a role or a user, with the groups of the user."""
    set_request_account_id(_request_account_scope(body["accessKey"]))
    principal = iam_evaluator.resolve_principal(body["accessKey"], get_account_id())
    if not isinstance(principal, PrincipalInfo):
        return {"arns": []}
    name = principal.arn.split(":", 5)[5].split("/")
    if principal.type == "AssumedRole":
        role = iam._roles.get_scoped(principal.account, None, name[1])
        return {"arns": [role["Arn"]] if role else []}
    groups = [group["Arn"] for group in iam._groups.values() if name[-1] in group.get("Users", [])]
    return {"arns": [principal.arn, *(groups if principal.type == "User" else [])]}


def forward(body: dict) -> dict:
    """Credentials with which a service acts on behalf of the holder of an access key."""
    set_request_account_id(_request_account_scope(body["accessKey"]))
    found = actors.credentials_of(condition_keys.forwarded(body["accessKey"], body["service"]))
    return {"accessKeyId": found.access_key, "secretAccessKey": found.secret_key, "sessionToken": found.token or ""}
