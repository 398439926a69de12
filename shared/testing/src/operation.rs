//! Which operation a call is, by the protocol of its service.

/// The operations of the services that speak REST, by method and start of the path; the longer path stands first.
const REST: [(&str, &str, &str); 10] = [
    ("GET", "/2015-02-01/mount-targets", "DescribeMountTargets"),
    ("GET", "/2015-02-01/access-points", "DescribeAccessPoints"),
    ("GET", "/2015-02-01/file-systems/replication-configurations", "DescribeReplicationConfigurations"),
    ("DELETE", "/2015-02-01/mount-targets/", "DeleteMountTarget"),
    ("GET", "/2015-02-01/file-systems", "DescribeFileSystems"),
    ("DELETE", "/2015-02-01/file-systems/", "DeleteFileSystem"),
    ("POST", "/2015-02-01/resource-tags/", "TagResource"),
    ("PUT", "/backup-jobs", "StartBackupJob"),
    ("GET", "/backup-jobs/", "DescribeBackupJob"),
    ("GET", "/backup-vaults", "ListBackupVaults"),
];

/// The operation: a header names it in AWS's JSON protocols, the body in the query protocol, method and path in REST. For S3 and
/// for what is no AWS service it is the path.
pub(crate) fn operation(target: Option<&str>, method: &str, path: &str, body: &str) -> String {
    if let Some((_, operation)) = target.and_then(|target| target.rsplit_once('.')) {
        return operation.to_owned();
    }
    if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        return action.to_owned();
    }
    let known = REST.iter().find(|(its, start, _)| method == *its && path.starts_with(start));
    known.map_or(path, |(_, _, operation)| operation).to_owned()
}

#[cfg(test)]
mod tests {
    use super::operation;

    #[test]
    fn each_protocol_names_its_operation() {
        for (target, method, path, body, expected) in [
            (Some("SageMaker.ListApps"), "POST", "/", "{}", "ListApps"),
            (None, "POST", "/", "Action=DescribeVpcs&Version=2016-11-15", "DescribeVpcs"),
            (None, "GET", "/2015-02-01/file-systems", "", "DescribeFileSystems"),
            (
                None,
                "GET",
                "/2015-02-01/file-systems/replication-configurations",
                "",
                "DescribeReplicationConfigurations",
            ),
            (None, "DELETE", "/2015-02-01/file-systems/fs-1", "", "DeleteFileSystem"),
            (None, "GET", "/bucket/key", "", "/bucket/key"),
        ] {
            assert_eq!(operation(target, method, path, body), expected);
        }
    }
}
