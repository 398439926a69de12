//! What a request asks for, before anyone serves it: service, operation, protocol and signature, read off its head and,
//! where the protocol puts the operation into the body, off that.

use super::registry::{by_action, by_route, by_target};
use super::{protocol::Protocol, s3};
use bytes::Bytes;
use emulator_core::{Failure, Registration};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use serde_json::Value;
use std::net::IpAddr;

/// Bodies that carry their operation or are read here are this long at most; others are streamed through.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// IAM prefixes of the services whose signing name differs from it.
const PREFIXES: &[(&str, &str)] = &[("monitoring", "cloudwatch"), ("email", "ses"), ("tagging", "tag")];

/// One AWS call, not yet served.
pub(crate) struct Request {
    pub(crate) head: Parts,
    pub(crate) body: Body,
    /// IAM prefix of the service.
    pub(crate) service: String,
    pub(crate) operation: String,
    pub(crate) protocol: Protocol,
    pub(crate) signature: Option<Signature>,
    /// Address that it came from.
    pub(crate) peer: IpAddr,
    /// The service of this project that answers it; none if ministack does.
    pub(crate) own: Option<&'static Registration>,
}

/// A body that has been read, or one that still streams in.
pub(crate) enum Body {
    Read(Bytes),
    Streaming(Incoming),
}

/// Whose signature a request carries. ministack checks the signature itself, also for the project's own services
/// (`emulator/cloudformation/signatures.py`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) access_key: String,
    pub(crate) session_token: Option<String>,
    /// Region, from the credential scope.
    pub(crate) region: String,
    /// Signing name of the service, from the credential scope.
    pub(crate) scope: String,
}

impl Request {
    pub(crate) async fn read(
        request: hyper::Request<Incoming>,
        peer: IpAddr,
        services: &'static [Registration],
    ) -> anyhow::Result<Self> {
        let (head, incoming) = request.into_parts();
        let mut body = Body::Streaming(incoming);
        if keeps_operation_in_body(&head) {
            body = body.read().await?;
        }
        let signature = Signature::of(&head);
        let name = Name::of(&head, body.bytes(), signature.as_ref(), services);
        if name.own.is_some() {
            // The operation was in the query string.
            body = body.read().await?;
        }
        Ok(Self {
            body,
            signature,
            peer,
            service: name.service,
            operation: name.operation,
            protocol: name.protocol,
            own: name.own,
            head,
        })
    }

    /// The input of a call of a service of this project.
    pub(crate) fn input(&self, service: &Registration) -> Result<Value, Failure> {
        let body = self.body.bytes();
        let form = form(&self.head, body).unwrap_or_else(|| self.head.uri.query().unwrap_or_default());
        self.protocol.input(service, &self.operation, body, form)
    }

    /// The body of a JSON call, cut to `limit` bytes; empty for all others.
    pub(crate) fn text(&self, limit: usize) -> String {
        match &self.body {
            Body::Read(bytes) if self.protocol == Protocol::Json => {
                String::from_utf8_lossy(&bytes[..bytes.len().min(limit)]).into_owned()
            }
            _ => String::new(),
        }
    }

    /// Reads what is still coming in and forgets it.
    pub(crate) async fn drain(self) {
        if let Body::Streaming(mut incoming) = self.body {
            while let Some(Ok(_)) = incoming.frame().await {}
        }
    }
}

impl Body {
    async fn read(self) -> anyhow::Result<Self> {
        let incoming = match self {
            Self::Read(_) => return Ok(self),
            Self::Streaming(incoming) => incoming,
        };
        let read = Limited::new(incoming, BODY_LIMIT).collect().await;
        Ok(Self::Read(read.map_err(|error| anyhow::anyhow!("the request body: {error}"))?.to_bytes()))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Streaming(_) => &[],
        }
    }
}

impl Signature {
    /// From the `Authorization` header, or from the query of a presigned URL.
    pub(super) fn of(head: &Parts) -> Option<Self> {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let query = head.uri.query().unwrap_or_default();
        let (credential, session_token) = match header("authorization") {
            Some(authorization) => (
                authorization.split_once("Credential=")?.1.split(',').next()?.trim().to_owned(),
                header("x-amz-security-token").map(str::to_owned),
            ),
            None => (parameter(query, "X-Amz-Credential")?, parameter(query, "X-Amz-Security-Token")),
        };
        let mut parts = credential.split('/');
        let access_key = parts.next()?.to_owned();
        let region = parts.nth(1)?.to_owned();
        let scope = parts.next()?.to_owned();
        let session_token = session_token.filter(|token| !token.is_empty());
        Some(Self { access_key, session_token, region, scope })
    }
}

/// Service, operation and protocol of a call.
pub(super) struct Name {
    pub(super) service: String,
    pub(super) operation: String,
    pub(super) protocol: Protocol,
    pub(super) own: Option<&'static Registration>,
}

impl Name {
    pub(super) fn of(
        head: &Parts,
        body: &[u8],
        signature: Option<&Signature>,
        services: &'static [Registration],
    ) -> Self {
        let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
        let scope = signature.map(|signature| signature.scope.as_str()).unwrap_or_default();
        let prefix = PREFIXES.iter().find(|(name, _)| *name == scope).map_or(scope, |(_, prefix)| prefix);
        if let Some((shape, operation)) = cbor_path(head) {
            return Self::targeted(by_target(services, shape, operation), operation, Protocol::Cbor, prefix);
        }
        if let Some((shape, operation)) = header("x-amz-target").and_then(|target| target.rsplit_once('.')) {
            return Self::targeted(by_target(services, shape, operation), operation, Protocol::Json, prefix);
        }
        let form = form(head, body).unwrap_or_default();
        let query = head.uri.query().unwrap_or_default();
        let action = parameter(form, "Action").or_else(|| parameter(query, "Action"));
        let (operation, protocol) = match (scope, action) {
            ("ec2", Some(action)) => (action, Protocol::Ec2),
            (_, Some(action)) => (action, Protocol::Query),
            ("lambda", _) if head.uri.path().ends_with("/invocations") => ("Invoke".into(), Protocol::Rest),
            // An unsigned request that names no operation can only be one for a public object.
            ("s3" | "", _) => (s3::operation(head), Protocol::S3),
            _ => {
                let route = format!("{} {}", head.method, head.uri.path());
                if let Some((own, operation)) = by_route(services, prefix, &route) {
                    let (service, protocol) = (own.id.into(), Protocol::Rest);
                    return Self { service, operation, protocol, own: Some(own) };
                }
                (route, Protocol::Rest)
            }
        };
        let service = if protocol == Protocol::S3 { "s3" } else { prefix };
        let own = (protocol == Protocol::Query).then(|| by_action(services, service, &operation)).flatten();
        Self { service: service.into(), operation, protocol, own }
    }

    fn targeted(
        own: Option<&'static Registration>,
        operation: &str,
        protocol: Protocol,
        prefix: &str,
    ) -> Self {
        let service = own.map_or(prefix, |service| service.id).into();
        Self { service, operation: operation.into(), protocol, own }
    }
}

/// Service and operation of a call in smithy's rpc-v2-cbor: `/service/NAME/operation/NAME`.
fn cbor_path(head: &Parts) -> Option<(&str, &str)> {
    (head.headers.get("smithy-protocol")? == "rpc-v2-cbor").then_some(())?;
    let (service, operation) = head.uri.path().rsplit_once("/service/")?.1.split_once("/operation/")?;
    Some((service, operation))
}

fn keeps_operation_in_body(head: &Parts) -> bool {
    head.headers.contains_key("x-amz-target") || head.headers.contains_key("smithy-protocol") || is_form(head)
}

fn is_form(head: &Parts) -> bool {
    let content_type = head.headers.get("content-type").and_then(|value| value.to_str().ok());
    content_type.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The form in a body, if it is one.
fn form<'a>(head: &Parts, body: &'a [u8]) -> Option<&'a str> {
    is_form(head).then(|| std::str::from_utf8(body).unwrap_or_default())
}

/// The parameters of a query string or form, decoded.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
}

/// The value of a parameter of a query string or form.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    pairs(query).find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Undoes percent-encoding and `+`.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escape = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match (first, escape.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
