//! The few calls of EFS and EC2 that make a domain's storage, signed as the root of the account. Written out here, because the
//! SDK of EC2 takes longer to compile than all of the local cloud. They go to ministack itself and not through the
//! gateway: they are nobody's calls, so they are neither recorded nor disturbed.

use anyhow::Context;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use local_core::World;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Access key and secret key of the root, as every client of the local cloud has them.
const ROOT: &str = "test";

/// A signed client of ministack.
pub(crate) struct Aws {
    client: Client<HttpConnector, Full<Bytes>>,
    /// `http://127.0.0.1:PORT`.
    base: String,
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
    pub(crate) fn new(world: &World) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, base: world.bridge.base().into(), region: world.region.clone() }
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
        let (status, answer) =
            self.send("elasticfilesystem", method, &path, query, "application/json", body).await?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if status < 300 {
            return Ok(answer);
        }
        let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
        Err(Refused { code: text("ErrorCode"), message: text("Message") })
    }

    /// A call of EC2: its answer is XML.
    pub(crate) async fn ec2(&self, action: &str, parameters: &[(String, String)]) -> Result<String, Refused> {
        let mut form = format!("Action={action}&Version=2016-11-15");
        for (name, value) in parameters {
            // Writing to a string cannot fail.
            let _ = write!(form, "&{name}={}", encoded(value));
        }
        let kind = "application/x-www-form-urlencoded";
        let (status, answer) = self.send("ec2", Method::POST, "/", "", kind, form).await?;
        if status < 300 {
            return Ok(answer);
        }
        let text = |tag: &str| element(&answer, tag).unwrap_or_default().to_owned();
        Err(Refused { code: text("Code"), message: text("Message") })
    }

    async fn send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        query: &str,
        kind: &str,
        body: String,
    ) -> Result<(u16, String), Refused> {
        let sent = self.try_send(service, method, path, query, kind, body).await;
        sent.map_err(|error| Refused { code: String::new(), message: format!("{error:#}") })
    }

    async fn try_send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        query: &str,
        kind: &str,
        body: String,
    ) -> anyhow::Result<(u16, String)> {
        let host = self.base.trim_start_matches("http://");
        let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let scope = format!("{}/{}/{service}/aws4_request", &now[..8], self.region);
        let hash = |text: &str| hex::encode(Sha256::digest(text));
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{host}\nx-amz-date:{now}\n\nhost;x-amz-date\n{}",
            hash(&body)
        );
        let to_sign = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hash(&canonical));
        let key = scope.split('/').fold(format!("AWS4{ROOT}").into_bytes(), |key, part| signed(&key, part));
        let signature = hex::encode(signed(&key, &to_sign));
        let target = if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") };
        let request = hyper::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.base))
            .header("host", host)
            .header("content-type", kind)
            .header("x-amz-date", &now)
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={ROOT}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}"
                ),
            )
            .body(Full::from(body))?;
        let answer = self.client.request(request).await.with_context(|| format!("call of {service}"))?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }
}

/// What is between the first `<tag>` and its end.
pub(crate) fn element<'a>(xml: &'a str, tag: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
    rest.split_once(&format!("</{tag}>")).map(|(content, _)| content)
}

fn signed(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
