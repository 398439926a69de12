"""The customer keys that S3, Secrets Manager and SNS use for their callers: with an object, a secret or a topic that such a key
encrypts, the caller needs the permissions on the key too, as a call of that service (`kms:ViaService`). Keys that AWS manages ask
for nothing, because their policies let everybody in the account use them through the service.
"""

import contextvars
import json
from dataclasses import dataclass
from urllib.parse import unquote

from ministack.core import iam_actions
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.iam_evaluator import AuthError, EvalResult, PrincipalInfo
from ministack.core.responses import get_account_id, get_region, set_request_account_id
from ministack.services import ec2, kms, s3, secretsmanager, sns

import actors
import condition_keys
import encryption

# Of a multipart upload the parts are read to put them together.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
WRITE, READ = "kms:GenerateDataKey", "kms:Decrypt"
SECRET_READS = ("GetSecretValue", "BatchGetSecretValue")
SECRET_WRITES = ("CreateSecret", "PutSecretValue", "UpdateSecret")

# What each service answers if the caller may not use the key; S3 tells IAM's reason.
CODES = {"s3": "AccessDenied", "secretsmanager": "AccessDeniedException", "sns": "KMSAccessDenied"}
NOT_ALLOWED = {"secretsmanager": "Access to KMS is not allowed"}

# The uses of the request in hand that IAM was not asked about yet.
left = contextvars.ContextVar("left", default=())

original_policy = kms.key_policy_for_arn


@dataclass(frozen=True)
class Use:
    """One use of a key: the action, the ARN of the key, and what conditions may ask."""

    action: str
    key: str
    service: str
    # Encryption context.
    context: dict[str, str]

    def came(self) -> dict:
        """The service calls for the caller, and through no endpoint of the caller's."""
        chain = condition_keys.origin.get().called_via
        nothing = {"aws:sourcevpce": None, "aws:sourcevpc": None}
        return {**nothing, **condition_keys.Origin((*chain, f"{self.service}.amazonaws.com")).keys()}

    def keys(self) -> dict:
        """https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
        pairs = {f"kms:encryptioncontext:{name}".lower(): value for name, value in self.context.items()}
        return {
            **self.came(),
            **pairs,
            "kms:encryptioncontextkeys": list(self.context),
            "kms:viaservice": f"{self.service}.{get_region()}.amazonaws.com",
            **of_key(self.key),
        }

    def refusal(self, found: EvalResult | AuthError | None) -> AuthError | None:
        """What the service answers its caller, for what IAM found."""
        if not isinstance(found, EvalResult):
            return found
        reason = iam_actions.identity_denial_message(
            self.action, found.principal_arn, self.key, found.decision == "Deny"
        )
        return AuthError(CODES[self.service], NOT_ALLOWED.get(self.service, reason))


def install() -> None:
    kms.key_policy_for_arn = key_policy_for_arn


def begin(*request) -> None:
    """Notes the uses of a request."""
    left.set(tuple(uses(*request)))


def take() -> tuple[Use, ...]:
    """The noted uses, once."""
    found = left.get()
    left.set(())
    return found


def why_not_granted(principal: PrincipalInfo, permission: dict) -> str | None:
    """Why a permission that a service of the gateway asks for is not granted. It asks for the use of a key as a call of its own,
    and for nothing if the key is AWS's.
    """
    if not permission["action"].startswith("kms:"):
        asked = (permission["action"], permission["resource"], permission["context"])
        return actors.why_denied(principal, *asked, owned=permission.get("owned"))
    named = customer_key(permission["resource"])
    if named is None:
        return None
    service = permission["context"]["kms:ViaService"].partition(".")[0]
    use = Use(permission["action"], named, service, {})
    policy, owner = key_policy_for_arn(named)
    owned = {"arn": named, "owner": owner, "policy": policy}
    context = {**use.keys(), **permission["context"]}
    return actors.why_denied(principal, use.action, named, context, owned=owned, is_policy_required=True)


def record_of(arn: str) -> dict | None:
    """A customer key by its ARN, in whatever account it is."""
    try:
        place = parse_arn(arn)
    except ArnParseError:
        return None
    return kms._keys.get_scoped(place.account_id, place.region, place.resource.rpartition("/")[2])


def key_policy_for_arn(arn: str) -> tuple[str, str] | None:
    """The policy of a key and the account of its owner, who need not be the caller."""
    found = record_of(arn)
    return (found.get("Policy") or "", arn.split(":")[4]) if found else original_policy(arn)


def of_key(arn: str) -> dict:
    """What conditions may ask of a key."""
    account, region, name = arn.split(":")[4], arn.split(":")[3], arn.rpartition("/")[2]
    aliases = [alias for alias, target in kms._aliases.items_scoped(account, region) if target == name]
    # A key without an alias has no such key in the context: `Null` is true of it.
    named = {"kms:resourcealiases": [alias.rpartition(":")[2] for alias in aliases]} if aliases else {}
    return {"kms:calleraccount": get_account_id(), **named}


def customer_key(named: str) -> str | None:
    """The ARN of a customer key that is named by id, ARN or alias; None for a key of AWS's, or none."""
    if not named or "alias/aws/" in named:
        return None
    found = kms._resolve_key(named) or record_of(named)
    return found["Arn"] if found else None


def uses(service: str, method: str, path: str, headers: dict, body: bytes, parameters: dict) -> list[Use]:
    """The keys that a request has a service use."""
    if service == "s3":
        return list(of_objects(method, path, s3._merge_hoisted_amz_headers(headers, parameters), parameters))
    if service == "secretsmanager":
        return list(of_secret(headers, body))
    if service == "sns":
        return list(of_topic(parameters))
    return []


# S3.


def of_objects(method: str, path: str, headers: dict, parameters: dict):
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    action = iam_actions._s3_action(method, path, parameters)
    if not key or method == "HEAD":
        return
    if action in ("GetObject", "GetObjectVersion", "GetObjectAttributes", "GetObjectVersionAttributes"):
        yield from of_object(READ, bucket, key, ec2._p(parameters, "versionId"))
    if action != "PutObject":
        return
    source = iam_actions._s3_source_object(headers)
    if source:
        name, version = source
        yield from of_object(READ, *name.partition(":::")[2].split("/", 1), version)
    upload = ec2._p(parameters, "uploadId")
    if upload:
        stored = (s3._multipart_uploads.get(upload) or {}).get("preserved_headers", {})
        yield from with_headers(READ, bucket, key, stored)
    elif source or method == "PUT" or "uploads" in parameters:
        stored, refused = in_account_of(bucket, lambda: encryption.resolve(headers, bucket))
        yield from with_headers(WRITE, bucket, key, stored if refused is None else {})


def in_account_of(bucket: str, read):
    """What a look at the state of the account of a bucket finds."""
    here = get_account_id()
    set_request_account_id(s3._bucket_owner_account(bucket) or here)
    try:
        return read()
    finally:
        set_request_account_id(here)


def of_object(action: str, bucket: str, key: str, version: str):
    def stored() -> dict:
        versions = s3._object_versions.get((bucket, key), [])
        found = next((one for one in versions if version and one["version_id"] == version), None)
        found = found or ((s3._buckets.get(bucket) or {}).get("objects") or {}).get(key)
        return (found or {}).get("preserved_headers", {})

    return with_headers(action, bucket, key, in_account_of(bucket, stored))


def with_headers(action: str, bucket: str, key: str, stored: dict):
    """The use of the key that an object's headers name. With a bucket key the encryption context is the bucket."""
    named = in_account_of(bucket, lambda: customer_key(stored.get(encryption.KEY, "")))
    if named is None:
        return
    has_bucket_key = in_account_of(bucket, lambda: b"<BucketKeyEnabled>true<" in bytes_of(s3._bucket_encryption.get(bucket)))
    place = f"arn:aws:s3:::{bucket}" if has_bucket_key else f"arn:aws:s3:::{bucket}/{key}"
    yield Use(action, named, "s3", {"aws:s3:arn": place})


def bytes_of(document) -> bytes:
    return document.encode() if isinstance(document, str) else document or b""


# Secrets Manager.


def of_secret(headers: dict, body: bytes):
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    if operation not in (*SECRET_READS, *SECRET_WRITES):
        return
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return
    names = request.get("SecretIdList") or [request.get("SecretId")]
    for _, secret in (secretsmanager._resolve(name) for name in names):
        named = customer_key(request.get("KmsKeyId") or (secret or {}).get("KmsKeyId", ""))
        if named is None:
            continue
        # A new secret has no ARN yet.
        context = {"SecretARN": secret["ARN"]} if secret else {}
        actions = [READ] if operation in SECRET_READS else [WRITE, READ]
        yield from (Use(action, named, "secretsmanager", context) for action in actions)


# SNS.


def of_topic(parameters: dict):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"""
    if ec2._p(parameters, "Action") not in ("Publish", "PublishBatch"):
        return
    arn = ec2._p(parameters, "TopicArn")
    named = customer_key(((sns._topics.get(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId", ""))
    if named is not None:
        yield from (Use(action, named, "sns", {"aws:sns:topicArn": arn}) for action in (WRITE, READ))
