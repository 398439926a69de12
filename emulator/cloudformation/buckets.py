"""Where ministack's CloudFormation deletes a bucket that AWS keeps: one that holds an object, a version or a delete marker."""

from ministack.services import s3

original_delete = s3._delete_bucket


def install(handlers: dict) -> None:
    s3._delete_bucket = delete_bucket
    handlers["AWS::S3::Bucket"]["delete"] = delete_bucket_of_stack


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
