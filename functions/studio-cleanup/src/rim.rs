//! A loopback SageMaker: domains that live ([`world`]), and answers from a script in front of them. Enough to try every
//! answer that the service can give, without the service.

mod act;
mod events;
mod life;
mod observe;
mod world;

use crate::{Goal, StudioCleanup};
use serde_json::{Value, json};
use shared::aws::SdkConfig;
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tokio::time::Instant;
use world::World;

/// The domain of the sample events.
const DOMAIN: &str = "d-abcdefghijkl";

/// One answer: a status and a JSON body.
type Reply = (u16, Value);

/// The service.
#[derive(Clone, Default)]
struct Service {
    world: Arc<Mutex<World>>,
    replies: Arc<Mutex<HashMap<&'static str, VecDeque<Reply>>>>,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Service {
    /// A service with this world behind it.
    fn with(world: World) -> Self {
        Self { world: Arc::new(Mutex::new(world)), ..Self::default() }
    }

    /// Adds the next answer of an operation. An operation without a further answer asks the world.
    fn on(self, operation: &'static str, reply: Reply) -> Self {
        self.replies.lock().unwrap().entry(operation).or_default().push_back(reply);
        self
    }

    /// The function, wired to this service.
    async fn function(&self) -> StudioCleanup {
        StudioCleanup::new(&self.configuration().await)
    }

    /// The SDK's configuration, with retries that do not wait.
    async fn configuration(&self) -> SdkConfig {
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
        let quick = Duration::from_millis(1);
        aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .region(Region::new("eu-central-1"))
            .credentials_provider(aws_credential_types::Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::standard().with_initial_backoff(quick).with_max_attempts(2))
            .load()
            .await
    }

    /// What is left, looked at from outside.
    fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.world.lock().unwrap())
    }

    /// The names of the operations that were called, in order of name: some are called at once.
    fn called(&self) -> Vec<String> {
        let mut names: Vec<_> = self.calls.lock().unwrap().iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    /// The requests of an operation, in order.
    fn asked(&self, operation: &str) -> Vec<Value> {
        let calls = self.calls.lock().unwrap();
        calls.iter().filter(|(name, _)| name == operation).map(|(_, body)| body.clone()).collect()
    }

    /// Answers the requests of one connection.
    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some((operation, body)) = request(&mut reader) {
            self.calls.lock().unwrap().push((operation.clone(), body.clone()));
            let scripted =
                self.replies.lock().unwrap().get_mut(operation.as_str()).and_then(VecDeque::pop_front);
            let (status, body) =
                scripted.unwrap_or_else(|| self.world.lock().unwrap().answer(&operation, &body));
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\n");
            let reply = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
            if (&mut &*stream).write_all(reply.as_bytes()).is_err() {
                return;
            }
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

/// A refusal, as AWS words it.
fn refusal(code: &str) -> Reply {
    (400, json!({"__type": code, "message": format!("{code} for a test")}))
}

/// Everything in the domain goes.
fn goal() -> Goal {
    Goal::clean(DOMAIN, false).unwrap()
}

/// A time that no test reaches.
fn later() -> Instant {
    Instant::now() + Duration::from_hours(1)
}

/// A file of `events/`, by its case.
fn event(case: &str) -> Value {
    let path = format!("{}/../../events/studio-cleanup-{case}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
