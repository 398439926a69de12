//! What the drivers call, on the loopback: the address of a response, and the operations of Step Functions, KMS, CodePipeline
//! and S3 that they use.

use aws_config::SdkConfig;
use fixture::{Call, Reply, Script, refusal};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

/// Part of every `ResponseURL`, as the signature of a real one is. It must never be seen anywhere else.
pub const CANARY: &str = "canary-4711";

#[derive(Default)]
struct State {
    objects: HashMap<String, Vec<u8>>,
    /// Names and inputs of the runs that were started.
    runs: Vec<(String, Value)>,
    /// What was encrypted, with its context.
    encrypted: Vec<(Value, Value)>,
}

/// The services. Their thread ends with the process.
#[derive(Clone)]
pub struct FakeAws {
    address: SocketAddr,
    script: Script,
    state: Arc<Mutex<State>>,
}

impl FakeAws {
    /// Starts to listen.
    #[must_use]
    pub fn start() -> Self {
        let (script, state) = (Script::default(), Arc::<Mutex<State>>::default());
        let (scripted, served) = (script.clone(), Arc::clone(&state));
        let address = fixture::serve(move |call| match scripted.next(call.clone()) {
            Some((status, body)) => (status, body.to_string().into_bytes()),
            None => lock(&served).answer(&call),
        });
        Self { address, script, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The configuration of clients that call it; they try three times without waiting long.
    pub async fn config(&self) -> SdkConfig {
        fixture::config(self.address, "us-east-1", 3).await
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
        self.script.calls(what)
    }

    /// The input of the run that was started as number `at`.
    #[must_use]
    pub fn run(&self, at: usize) -> Option<Value> {
        self.state().runs.get(at).map(|(_, input)| input.clone())
    }

    /// Answers the next calls of an operation, or puts to a path, in this way.
    pub fn script(&self, what: &str, answers: impl IntoIterator<Item = Reply>) {
        self.script.on(what, answers);
    }

    /// Keeps an object at `/bucket/key`.
    pub fn keep(&self, path: &str, bytes: Vec<u8>) {
        self.state().objects.insert(path.to_owned(), bytes);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics while it holds the state")
}

impl State {
    fn answer(&mut self, call: &Call) -> (u16, Vec<u8>) {
        let (status, body) = match call.what.as_str() {
            "StartExecution" => self.start(&call.body),
            "Encrypt" => self.encrypt(&call.body),
            "Decrypt" => self.decrypt(&call.body),
            path if path.starts_with("/reply/") => (200, Value::Null),
            path if path.starts_with('/') => {
                return match self.objects.get(path) {
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

    fn encrypt(&mut self, body: &Value) -> (u16, Value) {
        self.encrypted.push((body["EncryptionContext"].clone(), body["Plaintext"].clone()));
        (200, json!({"CiphertextBlob": number(self.encrypted.len()), "KeyId": body["KeyId"]}))
    }

    /// Decrypts, in the same context only.
    fn decrypt(&self, body: &Value) -> (u16, Value) {
        let known = |at: &usize| body["CiphertextBlob"] == number(*at);
        let found = (1..=self.encrypted.len()).find(known).map(|at| &self.encrypted[at - 1]);
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
