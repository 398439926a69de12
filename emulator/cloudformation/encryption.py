"""Where ministack's S3 knows less of encryption than AWS's: `aws:kms` without a key means the AWS managed key of the account, and
conditions see the key that a write names.
"""

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

ALGORITHM = "x-amz-server-side-encryption"
KEY = "x-amz-server-side-encryption-aws-kms-key-id"

original_resolve = s3._resolve_sse_write_headers
original_context = iam_actions._s3_object_context


def resolve(headers: dict, bucket: str):
    if headers.get(ALGORITHM) == "aws:kms" and not headers.get(KEY):
        headers = {**headers, KEY: f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"}
    return original_resolve(headers, bucket)


def object_context(action: str, query: dict, path: str, headers: dict) -> dict:
    found = original_context(action, query, path, headers)
    if action == "s3:PutObject" and headers.get(KEY):
        found[f"s3:{KEY}"] = headers[KEY]
    return found


def install() -> None:
    s3._resolve_sse_write_headers = resolve
    iam_actions._s3_object_context = object_context
