//! The context an emulated service runs in, and the bridge to ministack, which holds IAM, the event bus and everything else
//! that is not served here.

#[cfg(test)]
mod tests;

use crate::{Clock, EventFaultKind, Failure, Faults, Permission, Secrets};
use anyhow::{Context, anyhow};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Temporary credentials of a role. `Debug` prints the access key id only.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

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
        }
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

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// SDK configuration that signs as `credentials` and calls the gateway, so that each call is recorded and checked.
    pub async fn sdk(&self, credentials: &Credentials) -> aws_config::SdkConfig {
        let provider = aws_credential_types::Credentials::new(
            &credentials.access_key_id,
            &credentials.secret_access_key,
            Some(credentials.session_token.clone()),
            None,
            "emulator",
        );
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new(self.region.clone()))
            .endpoint_url(&self.endpoint)
            .credentials_provider(provider)
            .load()
            .await
    }

    /// Every service event so far, from the `from`-th on, whatever became of it on its way.
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

/// The HTTP client of the module that runs inside ministack (`emulator/cloudformation/bridge.py`).
#[derive(Clone, Debug)]
pub struct Bridge {
    base: String,
    secrets: Secrets,
    client: Client<hyper_util::client::legacy::connect::HttpConnector, Full<bytes::Bytes>>,
}

/// Who a signature belongs to and whether IAM lets the call through.
#[derive(Clone, Debug, Deserialize)]
pub struct AccessDecision {
    /// Caller's ARN; empty if the access key is unknown.
    pub principal: String,
    /// AWS error code if refused.
    pub code: Option<String>,
    pub message: Option<String>,
}

/// A request as it arrived, of which the signature is to be checked.
#[derive(Clone, Debug, Serialize)]
pub struct SignedRequest {
    /// The name that the service is called by in policies.
    pub service: String,
    pub method: String,
    pub path: String,
    pub query: String,
    /// With the hash of the body that arrived in `x-amz-content-sha256`.
    pub headers: Vec<(String, String)>,
}

impl Bridge {
    /// `base` is ministack's own URL, e.g. `http://127.0.0.1:4567`.
    pub fn new(base: &str, secrets: &Secrets) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { base: base.into(), secrets: secrets.clone(), client }
    }

    /// ministack's own URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The secrets of this start.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Resolves an access key and checks its policies (identity policies, boundary, session) for every need. Of a request
    /// that is given as it arrived, the signature is checked first.
    pub async fn authorize(
        &self,
        access_key: &str,
        session_token: Option<&str>,
        permissions: &[Permission],
        request: Option<&SignedRequest>,
    ) -> Result<AccessDecision, Failure> {
        let as_json = |permission: &Permission| json!({"action": permission.action, "resource": permission.resource, "context": permission.context});
        let permissions: Vec<_> = permissions.iter().map(as_json).collect();
        self.post(
            "authorize",
            &json!({"accessKey": access_key, "sessionToken": session_token, "permissions": permissions, "request": request}),
        )
        .await
    }

    /// Credentials of `role_arn` for an AWS service (`codebuild.amazonaws.com`), if the role's trust policy lets that
    /// service assume it for `source_arn` in this account.
    pub async fn assume(
        &self,
        role_arn: &str,
        service: &str,
        source_arn: &str,
        session: &str,
    ) -> Result<Credentials, Failure> {
        self.post(
            "assume",
            &json!({"roleArn": role_arn, "service": service, "sourceArn": source_arn, "session": session}),
        )
        .await
    }

    /// POST `/_bridge/NAME`; an error answer is `{"code", "message"}` with status 4xx.
    pub async fn post<T: serde::de::DeserializeOwned>(&self, name: &str, body: &Value) -> Result<T, Failure> {
        self.try_post(name, body).await.map_err(|error| match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(error) => Failure::internal(&error),
        })
    }

    async fn try_post<T: serde::de::DeserializeOwned>(&self, name: &str, body: &Value) -> anyhow::Result<T> {
        let request = hyper::Request::post(format!("{}/_bridge/{name}", self.base))
            .header("content-type", "application/json")
            .header(Secrets::HEADER, self.secrets.port())
            .header(Secrets::BRIDGE, "yes")
            .body(Full::from(body.to_string()))?;
        let answer = self.client.request(request).await.with_context(|| format!("bridge call {name}"))?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status.is_success() {
            return serde_json::from_slice(&body).with_context(|| format!("answer of bridge call {name}"));
        }
        let error: Value =
            serde_json::from_slice(&body).map_err(|_| anyhow!("bridge call {name}: HTTP {status}"))?;
        let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
        Err(Failure::new(text("code"), text("message")).into())
    }
}
