//! A loopback service that answers from a script and remembers what it was asked: enough of EC2, EFS, Backup and
//! `SageMaker` to try every answer they can give. What the script does not say does not exist.

mod act;
mod events;
mod network;
mod observe;
mod world;

use crate::{Backup, StorageCleanup};
use shared::aws::SdkConfig;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

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
        use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let service = service.clone();
                thread::spawn(move || service.serve(&stream.unwrap()));
            }
        });
        let quick = std::time::Duration::from_millis(1);
        aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(aws_credential_types::Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::standard().with_initial_backoff(quick).with_max_attempts(2))
            .load()
            .await
    }

    /// The requests of an operation, in order.
    pub(super) fn asked(&self, operation: &str) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == operation).map(|(_, text)| text.clone()).collect()
    }

    /// The operations that changed something, in order.
    pub(super) fn written(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let reads = |name: &String| name.starts_with("Describe") || name.starts_with("List");
        calls.iter().map(|(name, _)| name.clone()).filter(|name| !reads(name)).collect()
    }

    /// Answers the requests of one connection.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((operation, text)) = request(&mut reader) {
            let (status, body) = self.reply(&operation, &text);
            self.calls.lock().unwrap().push((operation, text));
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n", body.len());
            if (&mut &*stream).write_all(format!("{head}{body}").as_bytes()).is_err() {
                return;
            }
        }
    }

    fn reply(&self, operation: &str, text: &str) -> Reply {
        let mut script = self.script.lock().unwrap();
        let fits = |line: &Line| line.0 == operation && text.contains(&line.1);
        match script.iter().position(fits) {
            Some(at) if script[at].3 => script.remove(at).2,
            Some(at) => script[at].2.clone(),
            None if operation == "DescribeDomain" => refusal("ResourceNotFound"),
            None if text.contains("Action=") => xml(operation, ""),
            None => (200, "{}".to_owned()),
        }
    }
}

/// One request: its operation, and its path, headers and body as text.
fn request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let (mut text, mut target, mut length) = (String::new(), String::new(), 0);
    if reader.read_line(&mut text).unwrap_or(0) == 0 {
        return None;
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => value.rsplit_once('.').unwrap().1.clone_into(&mut target),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = Vec::new();
    reader.take(length).read_to_end(&mut body).unwrap();
    text.push_str(&String::from_utf8(body).unwrap());
    let text = text.replace("%3A", ":").replace("%2F", "/");
    let operation = if target.is_empty() { operation(&text) } else { target };
    Some((operation, text))
}

/// The operation of a request without a target: EC2 names it in the body, EFS and Backup mean it by method and path.
fn operation(text: &str) -> String {
    if let Some((_, rest)) = text.split_once("Action=") {
        return rest.split('&').next().unwrap().to_owned();
    }
    let operations = [
        ("GET /2015-02-01/file-systems", "DescribeFileSystems"),
        ("GET /2015-02-01/mount-targets", "DescribeMountTargets"),
        ("DELETE /2015-02-01/mount-targets/", "DeleteMountTarget"),
        ("DELETE /2015-02-01/file-systems/", "DeleteFileSystem"),
        ("POST /2015-02-01/resource-tags/", "TagResource"),
        ("PUT /backup-jobs", "StartBackupJob"),
        ("GET /backup-jobs/", "DescribeBackupJob"),
    ];
    let found = operations.iter().find(|(start, _)| text.starts_with(start));
    found.unwrap_or_else(|| panic!("no such operation: {text}")).1.to_owned()
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
    (400, serde_json::json!({"__type": code, "message": format!("{code} for a test")}).to_string())
}
