//! The error code of an answer, read as an SDK reads it: off a header or out of the body, as the protocol has it.

#[cfg(test)]
mod tests;

use super::{Hangup, Response, cbor};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::HeaderMap;
use serde_json::Value;

/// The answer again and its error code; none for a success, and for an error whose answer has no code, as to a HEAD.
pub(super) async fn read(response: Response) -> Result<(Response, Option<String>), Hangup> {
    if response.status().as_u16() < 400 {
        return Ok((response, None));
    }
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Hangup)?.to_bytes();
    let code = code(&head.headers, &body);
    let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
    Ok((Response::from_parts(head, body), code))
}

/// The code in the headers or the body of an error.
pub(super) fn code(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let found = header("x-amzn-errortype")
        .or_else(|| header("x-amzn-query-error"))
        .or_else(|| in_json(&serde_json::from_slice(body).ok()?))
        .or_else(|| in_xml(std::str::from_utf8(body).ok()?))
        .or_else(|| in_json(&cbor::decode(body).ok()?))?;
    // `com.amazonaws.codebuild#AccessDeniedException:http://...` and `AccessDenied;Sender` are the longest forms.
    let name = found.split([':', ';']).next()?;
    let name = name.rsplit('#').next()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn in_json(body: &Value) -> Option<String> {
    let code = ["__type", "code", "Code"].into_iter().find_map(|member| body[member].as_str());
    code.map(str::to_owned)
}

fn in_xml(body: &str) -> Option<String> {
    let (code, _) = body.split_once("<Code>")?.1.split_once("</Code>")?;
    Some(code.to_owned())
}
