//! Calls a pipeline's webhook as a git host does: a push event over HTTP, signed when there is a secret.

use anyhow::Context;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::json;

/// POSTs the push event of `branch` to `url` with these extra headers; returns the HTTP status.
pub async fn push(url: &str, branch: &str, headers: &[(&str, &str)]) -> anyhow::Result<u16> {
    let body = json!({"ref": format!("refs/heads/{branch}")}).to_string();
    post(url, &body, headers).await
}

/// POSTs any body; returns the HTTP status.
pub async fn post(url: &str, body: &str, headers: &[(&str, &str)]) -> anyhow::Result<u16> {
    let mut request = hyper::Request::post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::from(body.to_owned()))?;
    let client: Client<_, Full<bytes::Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let answer =
        client.request(request).await.with_context(|| format!("the webhook {url} did not answer"))?;
    let status = answer.status().as_u16();
    answer.into_body().collect().await?;
    Ok(status)
}
