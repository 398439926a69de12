//! The name of an S3 operation, which S3's protocol says only by method, path and query.

use super::request::parameter;
use hyper::Method;
use hyper::http::request::Parts;

/// Query parameters that name a part of a bucket or an object, and what operations call it.
const PARTS: &[(&str, &str)] = &[
    ("acl", "Acl"),
    ("attributes", "Attributes"),
    ("cors", "Cors"),
    ("encryption", "Encryption"),
    ("legal-hold", "LegalHold"),
    ("lifecycle", "LifecycleConfiguration"),
    ("location", "Location"),
    ("logging", "Logging"),
    ("notification", "NotificationConfiguration"),
    ("object-lock", "ObjectLockConfiguration"),
    ("ownershipControls", "OwnershipControls"),
    ("policy", "Policy"),
    ("policyStatus", "PolicyStatus"),
    ("publicAccessBlock", "PublicAccessBlock"),
    ("replication", "Replication"),
    ("retention", "Retention"),
    ("tagging", "Tagging"),
    ("versioning", "Versioning"),
    ("website", "Website"),
];

/// Parts whose operations do not have `Bucket` in their name.
const UNPREFIXED: &[&str] = &["ObjectLockConfiguration", "PublicAccessBlock"];

/// What a request is about: no bucket, a bucket, or an object in one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Service,
    Bucket,
    Object,
}

/// The operation's name as in the service model, e.g. `PutObject`.
pub(super) fn operation(head: &Parts) -> String {
    let query = head.uri.query().unwrap_or_default();
    let has = |name: &str| parameter(query, name).is_some();
    let level = level(head);
    let verb = match head.method {
        Method::GET => "Get",
        Method::HEAD => "Head",
        Method::PUT => "Put",
        Method::POST => "Post",
        Method::DELETE => "Delete",
        _ => return head.method.to_string(),
    };
    let name = match (level, verb) {
        (Level::Service, _) => "ListBuckets",
        (Level::Object, "Get") if has("uploadId") => "ListParts",
        (Level::Object, "Put") if has("uploadId") && copies(head) => "UploadPartCopy",
        (Level::Object, "Put") if has("uploadId") => "UploadPart",
        (Level::Object, "Put") if copies(head) => "CopyObject",
        (Level::Object, "Post") if has("uploads") => "CreateMultipartUpload",
        (Level::Object, "Post") if has("uploadId") => "CompleteMultipartUpload",
        (Level::Object, "Delete") if has("uploadId") => "AbortMultipartUpload",
        (Level::Bucket, "Post") if has("delete") => "DeleteObjects",
        (Level::Bucket, "Get") if has("uploads") => "ListMultipartUploads",
        (Level::Bucket, "Get") if has("versions") => "ListObjectVersions",
        (Level::Bucket, "Get") if has("list-type") => "ListObjectsV2",
        _ => return named_by_part(level, verb, &has),
    };
    name.to_owned()
}

fn named_by_part(level: Level, verb: &str, has: &dyn Fn(&str) -> bool) -> String {
    let part = PARTS.iter().find(|(parameter, _)| has(parameter)).map(|(_, part)| *part);
    match (level, part) {
        (Level::Object, part) => format!("{verb}Object{}", part.unwrap_or_default()),
        (_, Some(part)) if UNPREFIXED.contains(&part) => format!("{verb}{part}"),
        (_, Some(part)) => format!("{verb}Bucket{part}"),
        (_, None) if verb == "Get" => "ListObjects".to_owned(),
        (_, None) if verb == "Put" => "CreateBucket".to_owned(),
        (_, None) => format!("{verb}Bucket"),
    }
}

fn copies(head: &Parts) -> bool {
    head.headers.contains_key("x-amz-copy-source")
}

fn level(head: &Parts) -> Level {
    let path = head.uri.path().trim_start_matches('/');
    let (bucket, key) = if has_bucket_in_host(head) {
        (true, !path.is_empty())
    } else {
        let key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
        (!path.is_empty(), key)
    };
    match (bucket, key) {
        (_, true) => Level::Object,
        (true, false) => Level::Bucket,
        (false, false) => Level::Service,
    }
}

/// Whether the bucket is in the host name: `bucket.localhost`, `bucket.s3.amazonaws.com`.
fn has_bucket_in_host(head: &Parts) -> bool {
    let host = head.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let is_address = name.chars().all(|letter| letter.is_ascii_digit() || letter == '.');
    !is_address && name.contains('.') && !name.starts_with("s3.") && !name.starts_with("s3-")
}
