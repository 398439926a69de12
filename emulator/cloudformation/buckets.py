"""Where ministack is kinder than AWS with buckets: one that holds an object, a version or a delete marker is kept, and a call that
expects another owner of a bucket is refused. A bucket of a stack has the access logging of its template."""

from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import s3

original_delete = s3._delete_bucket
original_scope = s3._apply_bucket_scope


def install(handlers: dict) -> None:
    s3._delete_bucket = delete_bucket
    s3._apply_bucket_scope = scope
    handler = handlers["AWS::S3::Bucket"]
    create, update = handler["create"], handler["update"]

    def create_bucket(logical_id, properties, stack_name):
        name, attributes = create(logical_id, properties, stack_name)
        log(name, properties)
        return name, attributes

    def update_bucket(physical_id, old, new, stack_name, *more, **named):
        name, attributes = update(physical_id, old, new, stack_name, *more, **named)
        log(name, new)
        return name, attributes

    handlers["AWS::S3::Bucket"] = {
        **handler, "create": create_bucket, "update": update_bucket, "delete": delete_bucket_of_stack
    }


def log(name: str, properties: dict) -> None:
    """Says where the access log of a bucket goes, or that it has none. Nothing is written to it."""
    wanted = properties.get("LoggingConfiguration")
    if not wanted:
        s3._bucket_logging_config.pop(name, None)
        return
    root = Element("BucketLoggingStatus", xmlns=s3.S3_NS)
    enabled = SubElement(root, "LoggingEnabled")
    # Without a destination a bucket logs to itself.
    SubElement(enabled, "TargetBucket").text = wanted.get("DestinationBucketName", name)
    SubElement(enabled, "TargetPrefix").text = wanted.get("LogFilePrefix", "")
    s3._bucket_logging_config[name] = tostring(root, encoding="unicode")


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
