//! Requests that are answered by the invocation that gets them.

use super::work::{Rest, work};
use super::{Envelope, Outcome, PlainUrl, Request, Resource, reply, send};
use crate::drivers::InvocationError;
use serde_json::Value;
use tokio::time::Instant;

/// Works a request to its end and answers it before the deadline.
///
/// # Errors
/// When nobody can be answered, or nobody took the answer: Lambda delivers the request again, which changes nothing that
/// is done already.
pub async fn serve_one_shot<R: Resource>(
    it: &R,
    event: Value,
    deadline: Instant,
) -> Result<(), InvocationError> {
    let Envelope::<PlainUrl> { request, url } = read(event)?;
    match work(it, &request, deadline, async || Rest::OneShot).await {
        Some(outcome) => answer(&request, &url, &outcome).await,
        None => Ok(()),
    }
}

/// Reads a request and logs which one it is.
pub(super) fn read(event: Value) -> Result<Envelope<PlainUrl>, InvocationError> {
    let envelope = Envelope::<PlainUrl>::read(event).map_err(InvocationError::unreadable)?;
    let Request { request_id, logical_resource_id: logical_id, .. } = &envelope.request;
    tracing::info!(request_id, logical_id, "a request of CloudFormation");
    Ok(envelope)
}

/// Sends the answer.
pub(super) async fn answer(
    request: &Request,
    url: &PlainUrl,
    outcome: &Outcome,
) -> Result<(), InvocationError> {
    if let Err(reason) = &outcome.result {
        tracing::error!(request_id = request.request_id, reason, "the request failed");
    }
    send(url, &reply(request, outcome), &request.request_id).await.map_err(InvocationError::unanswered)
}
