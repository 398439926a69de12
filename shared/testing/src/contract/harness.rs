//! CloudFormation, Lambda and the state machine, as one resource sees them.

use crate::contract::function::Function;
use crate::driver_services::{CANARY, DriverServices};
use serde_json::{Value, json};
use shared::drivers::{Clients, Context};
use std::time::Duration;
use tokio::time::Instant;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:contract";
const STACK: &str =
    "arn:aws:cloudformation:us-east-1:111122223333:stack/contract/11111111-2222-3333-4444-555555555555";
/// The most steps of a run.
const MAX_STEPS: usize = 1000;
/// As long as a Lambda can run.
const LAMBDA: Duration = Duration::from_mins(15);

/// One resource and those who ask for it.
pub(crate) struct Harness<F> {
    case: &'static str,
    it: F,
    services: DriverServices,
    clients: Clients,
    requests: usize,
    runs: usize,
}

/// What `CloudFormation` was answered.
pub(crate) struct Answer {
    pub(crate) case: &'static str,
    kind: String,
    reason: String,
    succeeded: bool,
    pub(crate) id: String,
    /// The keys of its data.
    pub(crate) keys: Vec<String>,
}

impl Answer {
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.succeeded, "{}: {} failed: {}", self.case, self.kind, self.reason);
        self
    }

    #[track_caller]
    pub(crate) fn failed(self, says: &str) -> Self {
        let Self { case, kind, reason, .. } = &self;
        assert!(
            !self.succeeded && reason.contains(says),
            "{case}: {kind} was to fail with `{says}`: `{reason}`"
        );
        self
    }

    #[track_caller]
    pub(crate) fn named(&self, id: &str) {
        assert_eq!(self.id, id, "{}: the physical id after {}", self.case, self.kind);
    }
}

impl<F: Function> Harness<F> {
    pub(crate) async fn new(case: &'static str, it: F) -> Self {
        let services = DriverServices::default();
        let clients = Clients::new(&services.config().await);
        Self { case, it, services, clients, requests: 0, runs: 0 }
    }

    /// How many runs of the state machine were started so far.
    pub(crate) fn runs(&self) -> usize {
        self.runs
    }

    /// A request, delivered once and worked to its end.
    pub(crate) async fn ask(&mut self, kind: &str, id: Option<&str>, properties: &Value) -> Answer {
        let event = self.event(kind, id, properties);
        self.deliver(&event).await;
        self.end_runs().await;
        let mut answers = self.answers(kind);
        assert_eq!(answers.len(), 1, "{}: answers to one {kind}", self.case);
        answers.remove(0)
    }

    /// A request, delivered twice at once and again when all is over. The answer, which is the same every time.
    pub(crate) async fn replay(&mut self, kind: &str, id: Option<&str>, properties: &Value) -> Answer {
        let event = self.event(kind, id, properties);
        let runs = self.runs;
        self.deliver(&event).await;
        self.deliver(&event).await;
        self.end_runs().await;
        self.deliver(&event).await;
        self.end_runs().await;
        assert!(self.runs <= runs + 1, "{}: {} runs for one {kind}", self.case, self.runs - runs);
        let mut answers = self.answers(kind);
        let first = answers.remove(0);
        assert!(answers.len() < 3, "{}: {} answers to three deliveries", self.case, answers.len() + 1);
        for other in &answers {
            let told = |answer: &Answer| (answer.succeeded, answer.id.clone(), answer.keys.clone());
            assert_eq!(told(&first), told(other), "{}: the answers to {kind}", self.case);
        }
        first
    }

    fn event(&mut self, kind: &str, id: Option<&str>, properties: &Value) -> Value {
        self.requests += 1;
        let mut properties = properties.clone();
        properties["ServiceToken"] = FUNCTION.into();
        properties["ServiceTimeout"] = "3600".into();
        let mut event = json!({
            "RequestType": kind,
            "ServiceToken": FUNCTION,
            "ResponseURL": self.services.url(&self.request_id()),
            "StackId": STACK,
            "RequestId": self.request_id(),
            "LogicalResourceId": "Emptied",
            "ResourceType": "Custom::Contract",
            "ResourceProperties": properties,
        });
        if let Some(id) = id {
            event["PhysicalResourceId"] = id.into();
        }
        event
    }

    fn request_id(&self) -> String {
        format!("request-{}", self.requests)
    }

    async fn deliver(&self, event: &Value) {
        let context = Context::new(FUNCTION, Instant::now() + LAMBDA);
        let served = self.it.deliver(event.clone(), &context, &self.clients).await;
        served.unwrap_or_else(|error| panic!("{}: {error}", self.case));
    }

    /// Does what the state machine does with every run that was started: steps, and an answer.
    async fn end_runs(&mut self) {
        while let Some(run) = self.services.run(self.runs) {
            self.runs += 1;
            assert!(
                !run.to_string().contains(CANARY),
                "{}: the state machine sees the ResponseURL",
                self.case
            );
            let mut event = json!({"Answer": run});
            match self.stepped(&run).await {
                Ok(output) => event["Output"] = output,
                Err(error) => event["Error"] = error,
            }
            let answered = self.it.answer(event, &self.clients).await;
            answered.unwrap_or_else(|error| panic!("{}: {error}", self.case));
        }
    }

    async fn stepped(&self, run: &Value) -> Result<Value, Value> {
        let mut tracker = Value::Null;
        for _ in 0..MAX_STEPS {
            let event = json!({"Step": run, "ProgressTracker": tracker});
            let mut told =
                self.it.step(event, Instant::now() + LAMBDA, &self.clients).await.map_err(|error| {
                    let cause = json!({"errorType": error.kind, "errorMessage": error.sentence});
                    json!({"Error": error.kind, "Cause": cause.to_string()})
                })?;
            match told["Status"].as_str() {
                Some("Done") => return Ok(told["Output"].take()),
                Some("Waiting") => tracker = told["ProgressTracker"].take(),
                status => panic!("{}: a step said {status:?}", self.case),
            }
        }
        panic!("{}: no end after {MAX_STEPS} steps, last waiting for {tracker}", self.case)
    }

    /// What arrived at the address of the last request.
    fn answers(&self, kind: &str) -> Vec<Answer> {
        let (case, id) = (self.case, self.request_id());
        let told = self.services.answers(&id);
        assert!(!told.is_empty(), "{case}: nobody answered {kind}");
        let read = |body: &String| {
            assert!(body.len() <= 4096, "{case}: {} bytes after {kind}", body.len());
            let body: Value = serde_json::from_str(body).expect("an answer is JSON");
            for (key, expected) in [("StackId", STACK), ("RequestId", &id), ("LogicalResourceId", "Emptied")]
            {
                assert_eq!(body[key], expected, "{case}: {key} after {kind}");
            }
            let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
            let (status, reason) = (text("Status"), text("Reason"));
            assert!(
                status == "SUCCESS" || status == "FAILED" && !reason.is_empty(),
                "{case}: {status} {reason}"
            );
            let id = text("PhysicalResourceId");
            assert!((1..=1024).contains(&id.len()), "{case}: `{id}` is no physical id");
            let keys = body["Data"].as_object().map(|data| data.keys().cloned().collect());
            let keys = keys.unwrap_or_default();
            Answer { case, kind: kind.to_owned(), reason, succeeded: status == "SUCCESS", id, keys }
        };
        told.iter().map(read).collect()
    }
}
