//! What no AWS API is for: planning faults and states, reading what was recorded, and the URL that webhooks of pipelines
//! are sent to.

use super::request::parameter;
use super::{Gateway, Response, protocol};
use emulator_core::{Delivery, Failure, Recorded};
use http_body_util::{BodyExt, Limited};
use hyper::{Method, body::Incoming};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::IpAddr;

/// The longest body that is read here.
const BODY_LIMIT: usize = 1024 * 1024;

/// Answers a request under `/_local/`.
pub(super) async fn answer(gateway: &Gateway, request: hyper::Request<Incoming>) -> Response {
    // A web page in the user's browser must not be able to plan faults.
    if request.headers().contains_key("origin") {
        return protocol::text(403, "not for web pages");
    }
    match try_answer(gateway, request).await {
        Ok(value) => protocol::plain(200, "application/json", value.to_string().into()),
        Err(failure) => protocol::text(failure.status, &failure.message),
    }
}

async fn try_answer(gateway: &Gateway, request: hyper::Request<Incoming>) -> Result<Value, Failure> {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let from = parameter(request.uri().query().unwrap_or_default(), "from");
    let from: usize = from.and_then(|from| from.parse().ok()).unwrap_or_default();
    let faults = &gateway.context.faults;
    match (method, path.trim_start_matches("/_local/")) {
        (Method::POST, "faults") => faults.plan(read(request).await?),
        (Method::POST, "event-faults") => faults.plan_event(read(request).await?),
        (Method::POST, "state") => gateway.registry.inject_state(&read(request).await?)?,
        (Method::DELETE, "faults") => faults.clear(),
        (Method::GET, "calls") => {
            let calls = gateway.recorder.since(from).into_iter().map(Recorded::masked);
            return Ok(json!({"calls": calls.collect::<Vec<_>>()}));
        }
        (Method::GET, "invocations") => {
            return gateway.context.bridge.post("invocations", &json!({"from": from})).await;
        }
        (Method::GET, "services") => return Ok(gateway.registry.describe()),
        (Method::GET, path) if path.starts_with("presigned/") => return Ok(presigned(path)),
        (Method::GET, "health") => return Ok(json!({"status": "running"})),
        (method, path) => {
            let message = format!("there is no {method} /_local/{path}");
            return Err(Failure { code: "NotFound".into(), message, status: 404 });
        }
    }
    Ok(json!({}))
}

/// What is at a presigned URL of SageMaker.
fn presigned(path: &str) -> Value {
    let opened = path.trim_start_matches("presigned/");
    json!({"message": format!("On AWS, this URL opens {opened}. The emulator serves neither Studio nor notebooks.")})
}

async fn read<T: DeserializeOwned>(request: hyper::Request<Incoming>) -> Result<T, Failure> {
    let body = body(request).await?;
    serde_json::from_slice(&body).map_err(|error| Failure::new("ValidationException", error.to_string()))
}

/// Answers a delivery to a webhook of a pipeline.
pub(super) async fn webhook(gateway: &Gateway, request: hyper::Request<Incoming>, peer: IpAddr) -> Response {
    let token = parameter(request.uri().query().unwrap_or_default(), "t").unwrap_or_default();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> =
        request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    match body(request).await {
        Ok(body) => {
            let delivery = Delivery { token: &token, peer, headers: &headers, body: &body };
            let (status, message) = gateway.registry.deliver(delivery);
            protocol::text(status, &message)
        }
        Err(failure) => protocol::text(failure.status, &failure.message),
    }
}

async fn body(request: hyper::Request<Incoming>) -> Result<bytes::Bytes, Failure> {
    let read = Limited::new(request.into_body(), BODY_LIMIT).collect().await;
    read.map(http_body_util::Collected::to_bytes).map_err(|error| Failure {
        code: "Body".into(),
        message: error.to_string(),
        status: 413,
    })
}
