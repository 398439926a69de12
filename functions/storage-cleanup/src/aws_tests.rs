//! A loopback service that answers from a script and remembers what it was asked: enough of EC2, EFS, Backup and
//! `SageMaker` to try every answer they can give. What the script does not say does not exist.

mod act;
mod consumers;
mod events;
mod network;
mod observe;
mod orphans;
mod replies;
mod respond;
mod scope;

use crate::{Backup, StorageCleanup};
use fixture::Call;
use shared::aws::SdkConfig;
use std::sync::{Arc, Mutex};

/// A status and a body.
pub(super) type Reply = (u16, String);

/// One line of the script: the operation, what the request must contain, the answer, and whether it is given once.
struct Line(String, String, Reply, bool);

/// The service.
#[derive(Clone, Default)]
pub(super) struct Service {
    script: Arc<Mutex<Vec<Line>>>,
    calls: Arc<Mutex<Vec<(String, String)>>>,
}

impl Service {
    /// Adds an answer to the first call of an operation whose request contains `needle`.
    pub(super) fn on(self, operation: &str, needle: &str, reply: Reply) -> Self {
        self.line(operation, needle, reply, true)
    }

    /// Adds an answer to all calls of an operation whose request contains `needle`.
    pub(super) fn always(self, operation: &str, needle: &str, reply: Reply) -> Self {
        self.line(operation, needle, reply, false)
    }

    fn line(self, operation: &str, needle: &str, reply: Reply, once: bool) -> Self {
        self.script.lock().unwrap().push(Line(operation.to_owned(), needle.to_owned(), reply, once));
        self
    }

    /// The function, wired to this service.
    pub(super) async fn function(&self) -> StorageCleanup {
        StorageCleanup::new(&self.configuration().await, Backup::default())
    }

    /// The SDK's configuration with retries that do not wait.
    pub(super) async fn configuration(&self) -> SdkConfig {
        let service = self.clone();
        fixture::config(fixture::serve(move |call| service.reply(&call)), "us-east-1", 2).await
    }

    /// The requests of an operation, in order.
    pub(super) fn asked(&self, operation: &str) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == operation).map(|(_, text)| text.clone()).collect()
    }

    /// The operations that changed something, in order.
    pub(super) fn written(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let reads = |name: &String| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
        calls.iter().map(|(name, _)| name.clone()).filter(|name| !reads(name)).collect()
    }

    fn reply(&self, call: &Call) -> Reply {
        let (operation, text) = (operation(call), text(call));
        self.calls.lock().unwrap().push((operation.clone(), text.clone()));
        let mut script = self.script.lock().unwrap();
        let fits = |line: &Line| line.0 == operation && text.contains(&line.1);
        match script.iter().position(fits) {
            Some(at) if script[at].3 => script.remove(at).2,
            Some(at) => script[at].2.clone(),
            None if operation == "DescribeDomain" => refusal("ResourceNotFound"),
            None if operation == "DescribeStacks" => stack("DELETE_IN_PROGRESS"),
            None if operation == "GetRole" => role("backup.amazonaws.com"),
            None if text.contains("Action=") => xml(&operation, ""),
            None => (200, "{}".to_owned()),
        }
    }
}

/// A stack in this status.
pub(super) fn stack(status: &str) -> Reply {
    let stack = format!(
        "<StackName>x</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>"
    );
    let stacks = format!("<Stacks><member>{stack}</member></Stacks>");
    (
        200,
        format!(
            "<DescribeStacksResponse><DescribeStacksResult>{stacks}</DescribeStacksResult></DescribeStacksResponse>"
        ),
    )
}

/// A role that this service may assume.
pub(super) fn role(service: &str) -> Reply {
    let statement =
        format!(r#"{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}"#);
    let policy = format!(r#"{{"Statement":[{statement}]}}"#);
    let trust = percent_encoding::utf8_percent_encode(&policy, percent_encoding::NON_ALPHANUMERIC);
    let role = format!(
        "<Path>/</Path><RoleName>backup</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::111122223333:role/backup</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>"
    );
    (200, format!("<GetRoleResponse><GetRoleResult><Role>{role}</Role></GetRoleResult></GetRoleResponse>"))
}

/// All of a request that a needle may be in.
fn text(call: &Call) -> String {
    format!("{} {}\n{}", call.method, call.uri, call.text).replace("%3A", ":").replace("%2F", "/")
}

/// The operation: EC2 names it in the body, EFS and Backup mean it by method and path.
fn operation(call: &Call) -> String {
    if !call.what.starts_with('/') {
        return call.what.clone();
    }
    if let Some((_, rest)) = call.text.split_once("Action=") {
        return rest.split('&').next().unwrap().to_owned();
    }
    let operations = [
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
    let mut fitting =
        operations.iter().filter(|(method, path, _)| call.method == *method && call.what.starts_with(path));
    fitting.next().unwrap_or_else(|| panic!("no such operation: {call:?}")).2.to_owned()
}

/// An answer of EC2.
pub(super) fn xml(operation: &str, inner: &str) -> Reply {
    (200, format!("<{operation}Response><requestId>r</requestId>{inner}</{operation}Response>"))
}

/// A refusal, as EC2 words it.
pub(super) fn refused(code: &str) -> Reply {
    let error = format!("<Error><Code>{code}</Code><Message>{code} for a test</Message></Error>");
    (400, format!("<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"))
}

/// A refusal, as the services that speak JSON word it.
pub(super) fn refusal(code: &str) -> Reply {
    let (status, body) = fixture::refusal(code);
    (status, body.to_string())
}
