//! A loopback service that answers from a script and remembers what it was asked: enough of AWS to try every answer the
//! two services can give, without the services.

mod finish;
mod start;

use crate::config::AllowedHosts;
use crate::{GitSource, Settings};
use serde_json::{Value, json};
use shared::aws::SdkConfig;
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The job of the sample events.
pub(super) const JOB: &str = "11111111-abcd-1111-abcd-111111abcdef";
/// The artifact credentials of every job; they must never be seen again.
pub(super) const CANARY: &str = "canary-artifact-secret";

/// One answer: a status and a JSON body.
pub(super) type Reply = (u16, Value);

/// The service.
#[derive(Clone, Default)]
pub(super) struct Service {
    replies: Arc<Mutex<HashMap<&'static str, VecDeque<Reply>>>>,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Service {
    /// Adds the next answer of an operation. An operation without a further answer has the empty one.
    pub(super) fn on(self, operation: &'static str, reply: Reply) -> Self {
        self.replies.lock().unwrap().entry(operation).or_default().push_back(reply);
        self
    }

    /// The function, wired to this service.
    pub(super) async fn function(&self) -> GitSource {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let service = service.clone();
                thread::spawn(move || service.serve(&stream.unwrap()));
            }
        });
        let settings = Settings {
            provider: "CustomSourceForGit".to_owned(),
            version: "1".to_owned(),
            project: "clone".to_owned(),
            hosts: AllowedHosts::read("git.example.com").unwrap(),
        };
        GitSource::new(&configuration(endpoint).await, settings)
    }

    /// The names of the operations that were called, in order.
    pub(super) fn called(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The requests of an operation, in order.
    pub(super) fn asked(&self, operation: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }

    /// Answers the requests of one connection.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((operation, body)) = request(&mut reader) {
            self.calls.lock().unwrap().push((operation.clone(), body));
            let next = self.replies.lock().unwrap().get_mut(operation.as_str()).and_then(VecDeque::pop_front);
            let (status, body) = next.unwrap_or((200, json!({})));
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\n");
            let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            (&mut &*stream).write_all(reply.as_bytes()).unwrap();
        }
    }
}

/// One request: its operation and its JSON body. Nothing when the connection ends.
fn request(reader: &mut impl BufRead) -> Option<(String, Value)> {
    let (mut operation, mut length) = (String::new(), 0);
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
            "x-amz-target" => value.rsplit_once('.').unwrap().1.clone_into(&mut operation),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Some((operation, serde_json::from_slice(&body).unwrap()))
}

/// The SDK's configuration with retries that do not wait.
async fn configuration(endpoint: String) -> SdkConfig {
    use aws_config::{BehaviorVersion, Region, retry::RetryConfig};
    let quick = std::time::Duration::from_millis(1);
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(aws_credential_types::Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(quick).with_max_attempts(3))
        .load()
        .await
}

/// A refusal, as AWS words it.
pub(super) fn refusal(code: &str) -> Reply {
    (400, json!({"__type": code, "message": format!("{code} for a test")}))
}

/// A poll's answer, with one job for every id.
pub(super) fn jobs(ids: &[&str]) -> Reply {
    let job = |id: &&str| {
        json!({
            "id": id,
            "nonce": "nonce-1",
            "accountId": "111122223333",
            "data": {
                "actionConfiguration": {"configuration": {
                    "GitUrl": "ssh://git@git.example.com/team/model.git",
                    "Branch": "main",
                    "SSHSecretKeyName": "external-repo-rsa",
                }},
                "pipelineContext": {"pipelineExecutionId": "12e7d0bf-6d4c-4b8a-9f0e-3a1f0c2b7d55"},
                "artifactCredentials": {"accessKeyId": CANARY, "secretAccessKey": CANARY, "sessionToken": CANARY},
            },
        })
    };
    (200, json!({"jobs": ids.iter().map(job).collect::<Vec<_>>()}))
}

/// An acknowledgement's answer.
pub(super) fn status(word: &str) -> Reply {
    (200, json!({"status": word}))
}

/// A build of a job, as `CodeBuild` describes it.
pub(super) fn build(job: &str, status: &str, ended: Option<f64>) -> Value {
    json!({
        "id": format!("clone:{job}"),
        "projectName": "clone",
        "buildStatus": status,
        "endTime": ended,
        "environment": {
            "type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "JOB_ID", "value": job}, {"name": "GIT_BRANCH", "value": "main"}],
        },
        "exportedEnvironmentVariables": [
            {"name": "GIT_COMMIT_ID", "value": "8d0cbd9c5ba0b1a1d9cf8b3b2a4d5a3c1e7f6a90"},
        ],
    })
}

/// A file of `events/`, by its case.
pub(super) fn event(case: &str) -> Value {
    let path = format!("{}/../../events/git-source-{case}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
