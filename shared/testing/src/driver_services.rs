//! What the drivers call, on the loopback: the address of a response, and the operations of Step Functions, KMS, CodePipeline
//! and S3 that they use.

use crate::reply::refusal;
use crate::{Call, Reply, ScriptedAws, reply};
use aws_config::SdkConfig;
use serde_json::{Value, json};
use std::collections::HashMap;
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

/// The services, behind a script.
#[derive(Clone)]
pub struct DriverServices {
    pub aws: ScriptedAws,
    state: Arc<Mutex<State>>,
}

impl Default for DriverServices {
    fn default() -> Self {
        let state = Arc::<Mutex<State>>::default();
        let served = Arc::clone(&state);
        Self { aws: ScriptedAws::in_front_of(move |call| lock(&served).answer(call)), state }
    }
}

impl DriverServices {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// The configuration of clients that call it; they make three tries.
    pub async fn config(&self) -> SdkConfig {
        self.aws.config("us-east-1", 3).await
    }

    /// A `ResponseURL` of that name.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("{}/reply/{name}?X-Amz-Signature={CANARY}%2F%3D&X-Amz-Expires=7200", self.aws.endpoint())
    }

    /// What was put to the `ResponseURL` of that name, in order.
    #[must_use]
    pub fn answers(&self, name: &str) -> Vec<String> {
        self.aws.calls(&format!("/reply/{name}")).into_iter().map(|call| call.text).collect()
    }

    /// The input of the run that was started as number `at`.
    #[must_use]
    pub fn run(&self, at: usize) -> Option<Value> {
        self.state().runs.get(at).map(|(_, input)| input.clone())
    }

    /// Answers the next calls of an operation, or puts to a path, in this way.
    pub fn script(&self, operation: &str, replies: impl IntoIterator<Item = impl Into<Reply>>) {
        for reply in replies {
            self.aws.add(operation, "", reply.into(), true);
        }
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
    fn answer(&mut self, call: &Call) -> Reply {
        match call.operation.as_str() {
            "StartExecution" => self.start(&call.body),
            "Encrypt" => self.encrypt(&call.body),
            "Decrypt" => self.decrypt(&call.body),
            path if path.starts_with('/') && !path.starts_with("/reply/") => match self.objects.get(path) {
                Some(bytes) => Reply { status: 200, body: bytes.clone() },
                None => (404, "<Error><Code>NoSuchKey</Code><Message>not there</Message></Error>".to_owned())
                    .into(),
            },
            _ => reply::empty(),
        }
    }

    /// A standard state machine: the same name and input again is the same run, another input is refused.
    fn start(&mut self, body: &Value) -> Reply {
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        let input: Value =
            serde_json::from_str(body["input"].as_str().unwrap_or_default()).unwrap_or_default();
        match self.runs.iter().find(|(known, _)| *known == name) {
            Some((_, known)) if *known != input => return refusal("ExecutionAlreadyExists"),
            Some(_) => {}
            None => self.runs.push((name.clone(), input)),
        }
        let arn = format!("arn:aws:states:us-east-1:111122223333:execution:x:{name}");
        json!({"executionArn": arn, "startDate": 1}).into()
    }

    fn encrypt(&mut self, body: &Value) -> Reply {
        self.encrypted.push((body["EncryptionContext"].clone(), body["Plaintext"].clone()));
        json!({"CiphertextBlob": number(self.encrypted.len()), "KeyId": body["KeyId"]}).into()
    }

    /// Decrypts, in the same context only.
    fn decrypt(&self, body: &Value) -> Reply {
        let known = |at: &usize| body["CiphertextBlob"] == number(*at);
        let found = (1..=self.encrypted.len()).find(known).map(|at| &self.encrypted[at - 1]);
        match found {
            Some((context, text)) if *context == body["EncryptionContext"] => {
                json!({"Plaintext": text, "KeyId": "arn"}).into()
            }
            _ => refusal("InvalidCiphertextException"),
        }
    }
}

/// Eight digits: base64 as they stand.
fn number(number: usize) -> String {
    format!("{number:08}")
}
