"""Where ministack's S3 encrypts less than AWS's: `aws:kms` without a key means the AWS managed key of the account."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

ALGORITHM = "x-amz-server-side-encryption"
KEY = "x-amz-server-side-encryption-aws-kms-key-id"

original_resolve = s3._resolve_sse_write_headers


def resolve(headers: dict, bucket: str):
    if headers.get(ALGORITHM) == "aws:kms" and not headers.get(KEY):
        headers = {**headers, KEY: f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"}
    return original_resolve(headers, bucket)


def install() -> None:
    s3._resolve_sse_write_headers = resolve
