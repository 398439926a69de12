"""Where ministack is kinder than AWS with buckets: one that holds an object, a version or a delete marker is kept, and a call that
expects another owner of a bucket is refused."""

from ministack.services import s3

original_delete = s3._delete_bucket
original_scope = s3._apply_bucket_scope


def install(handlers: dict) -> None:
    s3._delete_bucket = delete_bucket
    s3._apply_bucket_scope = scope
    handlers["AWS::S3::Bucket"]["delete"] = delete_bucket_of_stack


def scope(
    method: str, bucket: str, key: str, headers: dict, query: dict, body: bytes = b"", internal: bool = False
) -> tuple | None:
    """The answer to a request that may not reach the bucket."""
    expected = headers.get("x-amz-expected-bucket-owner")
    owner = s3._bucket_owner_account(bucket) if expected and bucket else None
    if owner not in (None, expected):
        return s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}" if key else f"/{bucket}")
    return original_scope(method, bucket, key, headers, query, body, internal)


def why_not_empty(name: str) -> str:
    """AWS's sentence; nothing of a bucket that is empty or not there."""
    bucket = s3._buckets.get(name)
    if bucket is None or not (bucket["objects"] or s3._bucket_has_versions(name)):
        return ""
    reason = "The bucket you tried to delete is not empty"
    return f"{reason}. You must delete all versions in the bucket." if name in s3._bucket_versioning else reason


def delete_bucket(name: str) -> tuple:
    reason = why_not_empty(name)
    return s3._error("BucketNotEmpty", reason, 409, f"/{name}") if reason else original_delete(name)


def delete_bucket_of_stack(name: str, _properties: dict) -> None:
    reason = why_not_empty(name)
    if reason:
        raise ValueError(f"{reason} (Service: S3, Status Code: 409, Error Code: BucketNotEmpty)")
    if name in s3._buckets:
        status, _headers, body = original_delete(name)
        if status != 204:
            raise ValueError(body.decode())
