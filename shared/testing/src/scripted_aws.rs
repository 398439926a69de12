//! One AWS for all tests of calls: responses from a script, and behind it a fake that has state.

use crate::server::{self, Call};
use crate::{Reply, reply};
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::Credentials;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// A line of the script.
struct Line {
    operation: String,
    /// What the request must contain.
    needle: String,
    reply: Reply,
    /// Whether it is given once, or every time.
    once: bool,
}

#[derive(Default)]
struct State {
    script: Vec<Line>,
    calls: Vec<Call>,
}

/// Every AWS service at one address. Clones are the same AWS. It listens until the process ends.
#[derive(Clone)]
pub struct ScriptedAws {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Default for ScriptedAws {
    /// What the script does not answer has the empty response.
    fn default() -> Self {
        Self::in_front_of(|_| reply::empty())
    }
}

impl ScriptedAws {
    /// What the script does not answer is answered by `fake`.
    pub fn in_front_of<R: Into<Reply>>(fake: impl Fn(&Call) -> R + Send + Sync + 'static) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let served = Arc::clone(&state);
        let address = server::serve(move |call| {
            let scripted = lock(&served).next(&call);
            scripted.unwrap_or_else(|| fake(&call).into())
        });
        Self { address, state }
    }

    /// Adds the response to the next call of an operation.
    #[must_use]
    pub fn on(self, operation: &str, reply: impl Into<Reply>) -> Self {
        self.on_containing(operation, "", reply)
    }

    /// Adds the response to the next call of an operation whose request contains `needle`. Of several that fit, the first is given.
    #[must_use]
    pub fn on_containing(self, operation: &str, needle: &str, reply: impl Into<Reply>) -> Self {
        self.add(operation, needle, reply.into(), true);
        self
    }

    /// Adds the response to all calls of an operation whose request contains `needle`.
    #[must_use]
    pub fn always(self, operation: &str, needle: &str, reply: impl Into<Reply>) -> Self {
        self.add(operation, needle, reply.into(), false);
        self
    }

    /// Adds a line to the script, given once or every time.
    pub(crate) fn add(&self, operation: &str, needle: &str, reply: Reply, once: bool) {
        let (operation, needle) = (operation.to_owned(), needle.to_owned());
        lock(&self.state).script.push(Line { operation, needle, reply, once });
    }

    /// Its port on the loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The configuration of clients that call it from this Region. They make so many tries, without waiting long.
    pub async fn config(&self, region: &'static str, tries: u32) -> SdkConfig {
        let quick =
            RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)).with_max_attempts(tries);
        aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(self.endpoint())
            .region(Region::from_static(region))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(quick)
            .load()
            .await
    }

    /// Every call, in order.
    #[must_use]
    pub fn all_calls(&self) -> Vec<Call> {
        lock(&self.state).calls.clone()
    }

    /// The operations that were called, in order.
    #[must_use]
    pub fn called(&self) -> Vec<String> {
        self.all_calls().into_iter().map(|call| call.operation).collect()
    }

    /// The operations that changed something, in order.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        let reads =
            |name: &String| ["Describe", "Get", "List", "Search"].iter().any(|verb| name.starts_with(verb));
        self.called().into_iter().filter(|name| !reads(name)).collect()
    }

    /// The calls of an operation, in order.
    #[must_use]
    pub fn calls(&self, operation: &str) -> Vec<Call> {
        self.all_calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// The JSON bodies of the calls of an operation, in order.
    #[must_use]
    pub fn inputs(&self, operation: &str) -> Vec<Value> {
        self.calls(operation).into_iter().map(|call| call.body).collect()
    }

    /// The requests of an operation as text, in order: what a needle is looked for in.
    #[must_use]
    pub fn requests(&self, operation: &str) -> Vec<String> {
        self.calls(operation).iter().map(Call::request).collect()
    }
}

impl State {
    /// Records a call. Its response, if the script has one for it.
    fn next(&mut self, call: &Call) -> Option<Reply> {
        self.calls.push(call.clone());
        let request = call.request();
        let fits = |line: &Line| line.operation == call.operation && request.contains(&line.needle);
        let at = self.script.iter().position(fits)?;
        Some(if self.script[at].once { self.script.remove(at).reply } else { self.script[at].reply.clone() })
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("no thread panics while it holds the state")
}
