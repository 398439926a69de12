//! Those whom the drivers call, on the loopback: the address of an answer, Step Functions and KMS as far as the hand-over
//! needs them, CodePipeline and S3 as far as a job does.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Part of every `ResponseURL`, as the signature of a real one is. It must never be seen anywhere else.
pub const CANARY: &str = "canary-4711";

/// A call that arrived.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its HTTP method.
    pub method: String,
    /// The operation, or the path of an answer or an object.
    pub what: String,
    /// Its headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// Its body; empty when it is not JSON.
    pub body: Value,
    /// Its body as it came.
    pub text: String,
}

#[derive(Default)]
struct State {
    calls: Vec<Call>,
    /// Answers to give before the usual one, by what is called.
    script: HashMap<String, VecDeque<(u16, Value)>>,
    objects: HashMap<String, Vec<u8>>,
    /// Names and inputs of the runs that were started.
    runs: Vec<(String, Value)>,
    /// What was sealed, with its context.
    sealed: Vec<(Value, Value)>,
}

/// The services. Their thread ends with the process.
#[derive(Clone)]
pub struct Cloud {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Cloud {
    /// Starts to listen.
    ///
    /// # Panics
    /// When there is no port to listen on.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let cloud = Self { address, state: Arc::default() };
        let server = cloud.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || server.serve(&stream));
            }
        });
        cloud
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics while it holds the state")
    }

    /// The configuration of clients that call it; they try three times without waiting long.
    pub async fn config(&self) -> SdkConfig {
        let quick =
            RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)).with_max_attempts(3);
        aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(format!("http://{}", self.address))
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("function", "secret", None, None, "test"))
            .retry_config(quick)
            .load()
            .await
    }

    /// A `ResponseURL` of that name.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://{}/reply/{name}?X-Amz-Signature={CANARY}%2F%3D&X-Amz-Expires=7200", self.address)
    }

    /// What was put to the `ResponseURL` of that name, in order.
    #[must_use]
    pub fn answers(&self, name: &str) -> Vec<String> {
        self.calls(&format!("/reply/{name}")).into_iter().map(|call| call.text).collect()
    }

    /// The calls of an operation, in order.
    #[must_use]
    pub fn calls(&self, what: &str) -> Vec<Call> {
        self.state().calls.iter().filter(|call| call.what == what).cloned().collect()
    }

    /// The input of the run that was started as number `at`.
    #[must_use]
    pub fn run(&self, at: usize) -> Option<Value> {
        self.state().runs.get(at).map(|(_, input)| input.clone())
    }

    /// Answers the next calls of an operation, or puts to a path, in this way.
    pub fn script(&self, what: &str, answers: impl IntoIterator<Item = (u16, Value)>) {
        self.state().script.entry(what.to_owned()).or_default().extend(answers);
    }

    /// Keeps an object at `/bucket/key`.
    pub fn keep(&self, path: &str, bytes: Vec<u8>) {
        self.state().objects.insert(path.to_owned(), bytes);
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(call) = read(&mut reader) {
            let (status, body) = self.answer(&call);
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            let kind =
                if call.what.starts_with('/') { "binary/octet-stream" } else { "application/x-amz-json-1.1" };
            let mut out = stream;
            let head = format!("{head}content-type: {kind}\r\n\r\n");
            if out.write_all(head.as_bytes()).and_then(|()| out.write_all(&body)).is_err() {
                return;
            }
        }
    }

    fn answer(&self, call: &Call) -> (u16, Vec<u8>) {
        let mut state = self.state();
        state.calls.push(call.clone());
        if let Some((status, body)) = state.script.get_mut(&call.what).and_then(VecDeque::pop_front) {
            return (status, body.to_string().into_bytes());
        }
        let (status, body) = match call.what.as_str() {
            "StartExecution" => state.start(&call.body),
            "Encrypt" => state.seal(&call.body),
            "Decrypt" => state.unseal(&call.body),
            path if path.starts_with("/reply/") => (200, Value::Null),
            path if path.starts_with('/') => {
                return match state.objects.get(path) {
                    Some(bytes) => (200, bytes.clone()),
                    None => {
                        (404, b"<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>".to_vec())
                    }
                };
            }
            _ => (200, json!({})),
        };
        (status, body.to_string().into_bytes())
    }
}

/// A refusal, as AWS words it in JSON.
#[must_use]
pub fn refusal(code: &str) -> (u16, Value) {
    (400, json!({"__type": code, "message": format!("{code} for a test")}))
}

impl State {
    /// A standard state machine: the same name and input again is the same run, another input is refused.
    fn start(&mut self, body: &Value) -> (u16, Value) {
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        let input: Value =
            serde_json::from_str(body["input"].as_str().unwrap_or_default()).unwrap_or_default();
        match self.runs.iter().find(|(known, _)| *known == name) {
            Some((_, known)) if *known != input => return refusal("ExecutionAlreadyExists"),
            Some(_) => {}
            None => self.runs.push((name.clone(), input)),
        }
        (
            200,
            json!({"executionArn": format!("arn:aws:states:us-east-1:111122223333:execution:x:{name}"), "startDate": 1}),
        )
    }

    fn seal(&mut self, body: &Value) -> (u16, Value) {
        self.sealed.push((body["EncryptionContext"].clone(), body["Plaintext"].clone()));
        (200, json!({"CiphertextBlob": number(self.sealed.len()), "KeyId": body["KeyId"]}))
    }

    /// Opens a seal, in its own context only.
    fn unseal(&self, body: &Value) -> (u16, Value) {
        let known = |at: &usize| body["CiphertextBlob"] == number(*at);
        let found = (1..=self.sealed.len()).find(known).map(|at| &self.sealed[at - 1]);
        match found {
            Some((context, text)) if *context == body["EncryptionContext"] => {
                (200, json!({"Plaintext": text, "KeyId": "arn"}))
            }
            _ => refusal("InvalidCiphertextException"),
        }
    }
}

/// Eight digits: base64 as they stand.
fn number(number: usize) -> String {
    format!("{number:08}")
}

/// One request. Nothing when the connection ends.
fn read(reader: &mut impl BufRead) -> Option<Call> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split_whitespace();
    let method = words.next()?.to_owned();
    let path = words.next()?.split('?').next()?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            break;
        }
        let (name, value) = line.trim_end().split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let text = String::from_utf8(body).unwrap_or_default();
    let operation = headers.get("x-amz-target").and_then(|target| target.rsplit_once('.'));
    let what = operation.map_or(path, |(_, operation)| operation.to_owned());
    Some(Call { method, what, headers, body: serde_json::from_str(&text).unwrap_or_default(), text })
}
