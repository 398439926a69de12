//! Calls that ministack serves: passed through as they are, bodies streamed both ways. The `Host` header is kept, because
//! the caller's signature covers it and S3 may find the bucket in it.

use super::protocol::{Kind, aws_failure};
use super::request::{Body, Request};
use super::{Response, Served};
use anyhow::Context;
use bytes::Bytes;
use emulator_core::Secrets;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::header::HeaderValue;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// The header in which `emulator/cloudformation/bridge.py` tells which permissions ministack checked.
const PERMISSIONS_HEADER: &str = "x-emulator-permissions";

/// The client of ministack's port. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// `127.0.0.1:PORT`.
    authority: String,
    /// What ministack wants to see before it answers.
    secret: HeaderValue,
    client: Client<HttpConnector, UnsyncBoxBody<Bytes, anyhow::Error>>,
}

impl Proxy {
    /// A proxy to the ministack on this port.
    pub(crate) fn new(port: u16, secrets: &Secrets) -> Self {
        // A connection that ministack closes while it is idle would lose a request whose body cannot be sent again.
        let client =
            Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(5)).build_http();
        let secret = HeaderValue::from_str(secrets.port()).expect("hexadecimal digits");
        Self { authority: format!("127.0.0.1:{port}"), secret, client }
    }

    pub(super) async fn pass(&self, request: Request) -> Served {
        let (protocol, service) = (request.protocol, request.service.clone());
        match self.try_pass(request).await {
            Ok(served) => served,
            Err(error) => {
                let failure = aws_failure(protocol, Kind::Broken, &format!("{error:#}"));
                Served { response: protocol.failure(&service, &failure), permissions: Vec::new() }
            }
        }
    }

    async fn try_pass(&self, request: Request) -> anyhow::Result<Served> {
        let mut head = request.head;
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        head.uri =
            hyper::Uri::builder().scheme("http").authority(&*self.authority).path_and_query(path).build()?;
        // The loopback stands for TLS: a bucket policy that denies plain HTTP (aws:SecureTransport) means the network.
        head.headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        // In the place of whatever the caller sent: it must not pass for the bridge.
        head.headers.insert(Secrets::HEADER, self.secret.clone());
        head.headers.remove(Secrets::BRIDGE);
        let body = match request.body {
            Body::Read(bytes) => Full::new(bytes).map_err(|never| match never {}).boxed_unsync(),
            Body::Streaming(incoming) => incoming.map_err(anyhow::Error::from).boxed_unsync(),
        };
        let answer = self.client.request(hyper::Request::from_parts(head, body)).await;
        let mut response: Response =
            answer.context("ministack")?.map(|body| body.map_err(anyhow::Error::from).boxed_unsync());
        let permissions = response.headers_mut().remove(PERMISSIONS_HEADER);
        let permissions = permissions
            .and_then(|permissions| serde_json::from_slice(permissions.as_bytes()).ok())
            .unwrap_or_default();
        super::door::close(response.headers_mut());
        Ok(Served { response, permissions })
    }
}
