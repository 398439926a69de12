//! The context an emulated service runs in: account, Region, endpoint, clock, and the way of its events to the bus.

#[cfg(test)]
mod tests;

use crate::{Bridge, Clock, Credentials, EventFaultKind, Faults};
use serde_json::{Value, json};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long an event waits for another one to overtake it. The pipeline whose event it is may emit no other before it arrives.
const LONGEST_HOLD: Duration = Duration::from_secs(5);

/// A service event and when it was emitted.
#[derive(Clone, Debug)]
pub struct Emitted {
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// `source`, `detail-type`, `resources`, `detail`.
    pub event: Value,
}

/// Account, Region, endpoint and clock, and the ways a service reaches the rest of the cloud. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServiceContext {
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// `http://127.0.0.1:PORT` of the gateway.
    pub endpoint: String,
    pub bridge: Bridge,
    pub faults: Faults,
    pub clock: Clock,
    /// `PATH` of the processes that services start.
    pub path: String,
    /// Folder for the files of services.
    pub folder: PathBuf,
    emitted: Arc<Mutex<Vec<Emitted>>>,
    held: Arc<Mutex<Vec<Value>>>,
    common: Common,
}

/// What services have in common between their instances, by its type.
#[derive(Clone, Default)]
struct Common(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl std::fmt::Debug for Common {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Common").finish_non_exhaustive()
    }
}

impl ServiceContext {
    pub fn new(account: &str, region: &str, endpoint: &str, bridge: Bridge, faults: Faults) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
            endpoint: endpoint.into(),
            bridge,
            faults,
            clock: Clock::start(1.0),
            path: String::new(),
            folder: PathBuf::new(),
            emitted: Arc::default(),
            held: Arc::default(),
            common: Common::default(),
        }
    }

    /// The one value of this type in this cloud: for a service whose accounts see each other's resources.
    ///
    /// # Panics
    /// Never: a value is kept under its own type.
    #[must_use]
    pub fn common<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut values = lock(&self.common.0);
        let value = values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        value.downcast().expect("a value is kept under its own type")
    }

    /// The same with things that take `speed` times less than on AWS.
    #[must_use]
    pub fn with_speed(self, speed: f64) -> Self {
        Self { clock: Clock::start(speed), ..self }
    }

    /// The same with a `PATH` and a folder for what services run on this machine.
    #[must_use]
    pub fn with_files(self, path: impl Into<String>, folder: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), folder: folder.into(), ..self }
    }

    /// The same cloud as seen from an account and a Region.
    #[must_use]
    pub fn at(&self, account: &str, region: &str) -> Self {
        Self { account: account.into(), region: region.into(), ..self.clone() }
    }

    /// The same for one service, by the prefix of its IAM actions.
    #[must_use]
    pub fn of_service(&self, id: &str) -> Self {
        Self { bridge: self.bridge.of_service(id), ..self.clone() }
    }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// SDK configuration that signs as `credentials` and calls the gateway, so that each call is recorded and checked.
    pub async fn sdk(&self, credentials: &Credentials) -> aws_config::SdkConfig {
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new(self.region.clone()))
            .endpoint_url(&self.endpoint)
            .credentials_provider(aws_credential_types::Credentials::from(credentials))
            .load()
            .await
    }

    /// Every service event so far, from the `from`-th on, delivered or not.
    pub fn emitted_since(&self, from: usize) -> Vec<Emitted> {
        lock(&self.emitted).iter().skip(from).cloned().collect()
    }

    /// Publishes a service event (`aws.codepipeline`, `aws.codebuild`) to the default bus, as AWS services do: at
    /// least once, without waiting for targets. Planned event faults apply here.
    pub fn emit(&self, source: &str, detail_type: &str, resources: &[String], detail: &Value) {
        let event =
            json!({"source": source, "detail-type": detail_type, "resources": resources, "detail": detail});
        let at_ms = self.clock.now().as_millisecond();
        lock(&self.emitted).push(Emitted { at_ms, event: event.clone() });
        let fault = self.faults.inject_event_fault(detail_type, &event.to_string());
        let mut event = event;
        event["account"] = self.account.as_str().into();
        event["region"] = self.region.as_str().into();
        let held: Vec<Value> = match fault {
            Some(EventFaultKind::Reorder | EventFaultKind::Drop) => Vec::new(),
            _ => std::mem::take(&mut *lock(&self.held)),
        };
        let bridge = self.bridge.clone();
        let send = move |event: Value| {
            let bridge = bridge.clone();
            async move {
                if let Err(error) = bridge.post::<Value>("event", &event).await {
                    tracing::warn!("an event did not reach the bus: {error}");
                }
            }
        };
        match fault {
            Some(EventFaultKind::Drop) => {}
            Some(EventFaultKind::Reorder) => {
                lock(&self.held).push(event);
                let held = Arc::clone(&self.held);
                tokio::spawn(async move {
                    tokio::time::sleep(LONGEST_HOLD).await;
                    let late = std::mem::take(&mut *lock(&held));
                    for event in late {
                        send(event).await;
                    }
                });
            }
            other => {
                tokio::spawn(async move {
                    if let Some(EventFaultKind::Delay(ms)) = other {
                        tokio::time::sleep(Duration::from_millis(ms)).await;
                    }
                    send(event.clone()).await;
                    if other == Some(EventFaultKind::Duplicate) {
                        send(event).await;
                    }
                    for event in held {
                        send(event).await;
                    }
                });
            }
        }
    }
}

/// A poisoned lock holds data that is still whole: every critical section here is a single push or take.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
