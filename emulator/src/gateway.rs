//! The one endpoint: decides for each request whether a service of this project, ministack or the gateway itself
//! answers it, and does to each call what the planned faults say. It speaks HTTP/1.1 on loopback only.

mod admin;
mod cbor;
mod door;
mod errors;
mod own;
mod protocol;
mod proxy;
mod query;
mod registry;
mod request;
mod rest;
mod s3;
mod trail;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

pub(crate) use proxy::Proxy;
pub(crate) use registry::{Registry, SERVICES};

use bytes::Bytes;
use emulator_core::{Failure, FaultKind, Recorded, Recorder, ServiceContext};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use protocol::{Protocol, aws_failure};
use request::Request;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// An answer on its way to the client; its body may still be coming from ministack.
pub(crate) type Response = hyper::Response<UnsyncBoxBody<Bytes, anyhow::Error>>;

/// The connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
pub(crate) struct Hangup;

/// How long `FaultKind::TimeOut` keeps a client waiting.
const SILENCE: Duration = Duration::from_secs(30);

/// A request body is recorded up to this length.
const RECORDED_LIMIT: usize = 16 * 1024;

/// How many access keys are remembered. Every session of a role brings a new one.
const REMEMBERED: usize = 10_000;

/// Everything a request can reach. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) context: ServiceContext,
    pub(crate) registry: Registry,
    pub(crate) recorder: Recorder,
    pub(crate) proxy: Proxy,
    started: Instant,
    principals: Arc<Mutex<HashMap<String, String>>>,
}

/// The answer to a call, with what the record of it holds.
pub(crate) struct Served {
    pub(crate) response: Response,
    pub(crate) permissions: Vec<(String, String)>,
}

impl Gateway {
    pub(crate) fn new(context: ServiceContext, registry: Registry, proxy: Proxy) -> Self {
        Self {
            context,
            registry,
            recorder: Recorder::default(),
            proxy,
            started: Instant::now(),
            principals: Arc::default(),
        }
    }

    /// Answers every connection to `listener` until the future is dropped.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let Ok((stream, peer)) = listener.accept().await else {
                // Out of file descriptors, say: that passes.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let gateway = self.clone();
            connections.spawn(async move {
                let service = hyper::service::service_fn(|request| gateway.answer(request, peer));
                // An error here is a client that went away, or a hang-up of ours.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    async fn answer(&self, request: hyper::Request<Incoming>, peer: SocketAddr) -> Result<Response, Hangup> {
        let (head, body) = request.into_parts();
        if let Some(reason) = door::refusal(&head) {
            return Ok(protocol::text(403, &reason));
        }
        let request = hyper::Request::from_parts(head, body);
        let path = request.uri().path();
        if path.starts_with("/_local/") {
            return Ok(admin::answer(self, request).await);
        }
        if path == "/_webhooks/trigger" {
            return Ok(admin::webhook(self, request, peer.ip()).await);
        }
        match Request::read(request, peer.ip(), self.registry.services()).await {
            Ok(request) => self.call(request).await,
            Err(error) => Ok(protocol::text(400, &format!("{error:#}"))),
        }
    }

    /// One AWS call: faults, the call itself, its record.
    async fn call(&self, request: Request) -> Result<Response, Hangup> {
        let principal = self.principal(&request).await;
        let fault = self.context.faults.inject_fault(&request.service, &request.operation, &principal);
        let access_key = request.signature.as_ref().map(|signature| signature.access_key.clone());
        let mut recorded = Recorded {
            at_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            service: request.service.clone(),
            operation: request.operation.clone(),
            principal,
            permissions: Vec::new(),
            status: 0,
            error: None,
            request: request.text(RECORDED_LIMIT),
        };
        let served = match fault {
            Some(FaultKind::TimeOut) => {
                self.recorder.add(recorded);
                tokio::time::sleep(SILENCE).await;
                return Err(Hangup);
            }
            None | Some(FaultKind::KillCaller) => self.pass_on(request, &recorded.principal).await,
            Some(kind) => self.refuse(request, kind, &recorded.principal).await,
        };
        let (response, error) = errors::read(served.response).await?;
        recorded.permissions = served.permissions;
        recorded.status = response.status().as_u16();
        recorded.error = error;
        self.recorder.add(recorded);
        if fault == Some(FaultKind::KillCaller) {
            return self.kill_caller(response, access_key.as_deref().unwrap_or_default()).await;
        }
        Ok(response)
    }

    async fn pass_on(&self, request: Request, principal: &str) -> Served {
        match request.own {
            Some(service) => own::serve(self, service, request, principal).await,
            None => self.proxy.pass(request).await,
        }
    }

    async fn refuse(&self, request: Request, kind: FaultKind, principal: &str) -> Served {
        let failure = planned_failure(kind, &request, principal);
        let response = request.protocol.failure(&request.service, &failure);
        trail::report(self, &request, principal, &Err(failure), &response);
        // A client that is still sending its body would take an early answer for a broken connection.
        request.drain().await;
        Served { response, permissions: Vec::new() }
    }

    /// ARN of the caller, remembered by access key; empty if ministack does not know the key.
    async fn principal(&self, request: &Request) -> String {
        let Some(signature) = &request.signature else {
            return String::new();
        };
        let known = self.principals().get(&signature.access_key).cloned();
        if let Some(known) = known {
            return known;
        }
        let decision = self
            .context
            .bridge
            .authorize(&signature.access_key, signature.session_token.as_deref(), &[], None)
            .await;
        match decision {
            Ok(decision) if !decision.principal.is_empty() => {
                let mut principals = self.principals();
                if principals.len() >= REMEMBERED {
                    principals.clear();
                }
                principals.insert(signature.access_key.clone(), decision.principal.clone());
                decision.principal
            }
            _ => String::new(),
        }
    }

    /// Kills the function that made a call, once the call was served whole. A service that made it for the function gets its answer.
    async fn kill_caller(&self, response: Response, access_key: &str) -> Result<Response, Hangup> {
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
        let order = serde_json::json!({"accessKey": access_key});
        let killed = self.context.bridge.post::<Killed>("kill", &order).await;
        match killed.inspect_err(|error| tracing::warn!("the caller could not be killed: {error}")) {
            Ok(Killed { forwarded: true }) => {
                let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
                Ok(Response::from_parts(head, body))
            }
            _ => Err(Hangup),
        }
    }

    fn principals(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.principals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the bridge says of a kill.
#[derive(serde::Deserialize)]
struct Killed {
    /// Whether a service made the call for the function.
    forwarded: bool,
}

/// The account in the ARN of a caller; none if nobody knows the caller.
fn account_of(principal: &str) -> Option<&str> {
    principal.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The error a planned fault answers with, in the words of the service's protocol.
fn planned_failure(kind: FaultKind, request: &Request, principal: &str) -> Failure {
    match kind {
        // The REST services of this project have the code of the JSON services, and no other.
        FaultKind::Throttle if request.protocol == Protocol::Rest && request.own.is_some() => {
            Failure { status: 429, ..Failure::new("ThrottlingException", "Rate exceeded") }
        }
        FaultKind::Throttle => aws_failure(request.protocol, protocol::Kind::Throttled, "Rate exceeded"),
        FaultKind::AccessDenied => aws_failure(
            request.protocol,
            protocol::Kind::Denied,
            &format!(
                "User: {principal} is not authorized to perform: {}:{}",
                request.service, request.operation
            ),
        ),
        FaultKind::ServerError | FaultKind::TimeOut | FaultKind::KillCaller => {
            aws_failure(request.protocol, protocol::Kind::Broken, "We encountered an internal error.")
        }
    }
}
