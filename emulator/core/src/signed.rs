//! Signed calls of services whose SDK would take longer to compile than all of the emulator: EC2 and EFS.

use crate::{Credentials, Secrets, ServiceContext, text};
use anyhow::Context;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::SystemTime;

/// A client that signs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SignedClient {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
    region: String,
    identity: aws_credential_types::Credentials,
    /// Of ministack's port; none for the gateway.
    secrets: Option<Secrets>,
}

/// What AWS refused, or why it could not be asked: `SubnetNotFound: The subnet 'subnet-1' does not exist.`
#[derive(Debug)]
pub struct Refused {
    /// Empty if the call did not get through.
    pub code: String,
    pub message: String,
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

impl SignedClient {
    /// Calls the gateway with the credentials of a role: each call is checked and recorded.
    pub fn of_role(context: &ServiceContext, credentials: &Credentials) -> Self {
        Self::new(&context.endpoint, context, credentials.into(), None)
    }

    /// Calls ministack itself as the root of the account. These are nobody's calls: they are neither recorded nor disturbed.
    pub fn of_root(context: &ServiceContext) -> Self {
        let secrets = context.bridge.secrets();
        let identity = aws_credential_types::Credentials::new(
            &*context.account,
            secrets.root_key(),
            None,
            None,
            "emulator",
        );
        Self::new(context.bridge.base(), context, identity, Some(secrets.clone()))
    }

    fn new(
        base: &str,
        context: &ServiceContext,
        identity: aws_credential_types::Credentials,
        secrets: Option<Secrets>,
    ) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, base: base.into(), region: context.region.clone(), identity, secrets }
    }

    /// A call of EC2: its answer is XML.
    ///
    /// # Errors
    /// If EC2 refuses it, or the call does not get through.
    pub async fn ec2(&self, action: &str, parameters: &[(String, String)]) -> Result<String, Refused> {
        let form = {
            let mut form = Serializer::new(String::new());
            form.append_pair("Action", action).append_pair("Version", "2016-11-15");
            form.extend_pairs(parameters).finish()
        };
        let kind = "application/x-www-form-urlencoded";
        let (status, answer) = self.send("ec2", Method::POST, "/", kind, form).await?;
        if status < 300 {
            return Ok(answer);
        }
        let text = |tag: &str| element(&answer, tag).unwrap_or_default().to_owned();
        Err(Refused { code: text("Code"), message: text("Message") })
    }

    /// The status and the body of the answer to a call.
    ///
    /// # Errors
    /// If the call does not get through.
    pub async fn send(
        &self,
        service: &str,
        method: Method,
        uri: &str,
        content_type: &str,
        body: String,
    ) -> Result<(u16, String), Refused> {
        let request = Request::builder().method(method).uri(format!("{}{uri}", self.base));
        self.exchange(service, request.header("content-type", content_type).body(body)).await
    }

    /// A call of a service that speaks awsJson 1.1. `target` is the name of its model and the operation.
    ///
    /// # Errors
    /// If the service refuses it, or the call does not get through.
    pub async fn json(&self, service: &str, target: &str, input: &Value) -> Result<Value, Refused> {
        let request = Request::post(format!("{}/", self.base)).header("x-amz-target", target);
        let request = request.header("content-type", "application/x-amz-json-1.1").body(input.to_string());
        let (status, answer) = self.exchange(service, request).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if status < 300 {
            return Ok(answer);
        }
        let code = text(&answer, "__type").rsplit('#').next().unwrap_or_default();
        Err(Refused { code: code.to_owned(), message: text(&answer, "message").to_owned() })
    }

    async fn exchange(
        &self,
        service: &str,
        request: Result<Request<String>, hyper::http::Error>,
    ) -> Result<(u16, String), Refused> {
        let sent = async {
            let request = request?;
            let mut request = self.signed(service, request)?.map(Full::from);
            if let Some(secrets) = &self.secrets {
                request.headers_mut().insert(Secrets::HEADER, secrets.port().parse()?);
            }
            let answer = self.client.request(request).await.with_context(|| format!("call of {service}"))?;
            let status = answer.status().as_u16();
            let body = answer.into_body().collect().await?.to_bytes();
            anyhow::Ok((status, String::from_utf8_lossy(&body).into_owned()))
        };
        sent.await.map_err(|error| Refused { code: String::new(), message: format!("{error:#}") })
    }

    fn signed(&self, service: &str, mut request: Request<String>) -> anyhow::Result<Request<String>> {
        let identity = self.identity.clone().into();
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
#[must_use]
pub fn element<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
    rest.split_once(&format!("</{tag}>")).map(|(content, _)| content)
}
