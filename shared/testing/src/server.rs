//! The server on the loopback that takes the calls.

use crate::Reply;
use crate::operation::operation;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// A call that arrived.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation, such as `DescribeDomain`; for S3 and for what is no AWS service the path without its query.
    pub operation: String,
    /// Its HTTP method.
    pub method: String,
    /// Its path and query, as they came.
    pub uri: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; null when it is not JSON.
    pub body: Value,
    /// Its body as it came; empty when it is not text.
    pub text: String,
}

impl Call {
    fn new(method: &Method, uri: &Uri, headers: HeaderMap, body: &Bytes) -> Self {
        let text = std::str::from_utf8(body).unwrap_or_default().to_owned();
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        Self {
            operation: operation(target, method.as_str(), uri.path(), &text),
            method: method.to_string(),
            uri: uri.to_string(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            headers,
            text,
        }
    }

    /// Method, path, query and body, with the characters of ARNs as they are read.
    #[must_use]
    pub fn request(&self) -> String {
        format!("{} {}\n{}", self.method, self.uri, self.text).replace("%3A", ":").replace("%2F", "/")
    }

    /// A parameter of a form, as the query protocol sends it; empty without it.
    #[must_use]
    pub fn parameter(&self, name: &str) -> String {
        let pairs = self.text.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next().unwrap_or_default();
        percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned()
    }
}

/// Answers every call, until the process ends. In a thread of its own: a test may pause the time of its runtime, or have no
/// runtime at all.
pub(crate) fn serve(answer: impl Fn(Call) -> Reply + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a socket can be set so");
    let address = listener.local_addr().expect("a listener has an address");
    let answer = Arc::new(answer);
    let app =
        Router::new().fallback(async move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let Reply { status, body } = answer(Call::new(&method, &uri, headers, &body));
            (StatusCode::from_u16(status).expect("a status"), body)
        });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket that does not block");
            axum::serve(listener, app).await
        })
    });
    address
}
