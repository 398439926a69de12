//! The few calls of EFS and EC2 that make a domain's storage, signed as the root of the account. Written out here, because the
//! SDK of EC2 takes longer to compile than all of the emulator. They go to ministack itself and not through the
//! gateway: they are nobody's calls, so they are neither recorded nor disturbed.

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use emulator_core::{Secrets, ServiceContext};
use form_urlencoded::Serializer;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::SystemTime;

/// A signed client of ministack.
pub(crate) struct Aws {
    client: Client<HttpConnector, Full<Bytes>>,
    /// `http://127.0.0.1:PORT`.
    base: String,
    secrets: Secrets,
    account: String,
    region: String,
}

/// What AWS refused, or why it could not be asked: `SubnetNotFound: The subnet 'subnet-1' does not exist.`
#[derive(Debug)]
pub(crate) struct Refused {
    /// Empty if the call did not get through.
    pub(crate) code: String,
    message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.code.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.code, self.message)
        }
    }
}

impl Aws {
    pub(crate) fn new(context: &ServiceContext) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let ServiceContext { account, region, .. } = context.clone();
        let (base, secrets) = (context.bridge.base().into(), context.bridge.secrets().clone());
        Self { client, base, secrets, account, region }
    }

    /// A call of EFS: `path` below its version, at most one parameter in the query.
    pub(crate) async fn efs(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let path = format!("/2015-02-01{path}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
        let request = Request::builder().method(method).uri(format!("{}{uri}", self.base));
        let request = request.header("content-type", "application/json");
        let (status, answer) = self.send("elasticfilesystem", request.body(body)).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if status < 300 {
            return Ok(answer);
        }
        let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
        Err(Refused { code: text("ErrorCode"), message: text("Message") })
    }

    /// A call of EC2: its answer is XML.
    pub(crate) async fn ec2(&self, action: &str, parameters: &[(String, String)]) -> Result<String, Refused> {
        let form = {
            let mut form = Serializer::new(String::new());
            form.append_pair("Action", action).append_pair("Version", "2016-11-15");
            form.extend_pairs(parameters).finish()
        };
        let request = Request::builder().method(Method::POST).uri(format!("{}/", self.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let (status, answer) = self.send("ec2", request.body(form)).await?;
        if status < 300 {
            return Ok(answer);
        }
        let text = |tag: &str| element(&answer, tag).unwrap_or_default().to_owned();
        Err(Refused { code: text("Code"), message: text("Message") })
    }

    /// The status and the body of the answer.
    async fn send(
        &self,
        service: &str,
        request: hyper::http::Result<Request<String>>,
    ) -> Result<(u16, String), Refused> {
        let sent = async {
            let mut request = self.signed(service, request?)?.map(Full::from);
            request.headers_mut().insert(Secrets::HEADER, self.secrets.port().parse()?);
            let answer = self.client.request(request).await.with_context(|| format!("call of {service}"))?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await?.to_bytes();
            anyhow::Ok((status, String::from_utf8_lossy(&body).into_owned()))
        };
        sent.await.map_err(|error| Refused { code: String::new(), message: format!("{error:#}") })
    }

    fn signed(&self, service: &str, mut request: Request<String>) -> anyhow::Result<Request<String>> {
        let identity = Credentials::new(&*self.account, self.secrets.root_key(), None, None, "root").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let (method, uri) = (request.method().as_str(), request.uri().to_string());
        let body = SignableBody::Bytes(request.body().as_bytes());
        let signable = SignableRequest::new(method, uri, std::iter::empty(), body)?;
        let (instructions, _signature) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// What is between the first `<tag>` and its end.
pub(crate) fn element<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
    rest.split_once(&format!("</{tag}>")).map(|(content, _)| content)
}
