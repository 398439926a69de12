//! Requests of a function with a state machine: one step, and the state machine takes the others.

use super::start_execution::start_execution;
use super::work::{Rest, work};
use super::{Envelope, PlainUrl, Resource, one_shot};
use crate::drivers::{Clients, Context, InvocationError, now};
use serde_json::Value;

/// Works a request and answers it, or starts the state machine, which then answers.
///
/// # Errors
/// When nobody can be answered, or nobody took the answer: Lambda delivers the request again, which changes nothing that
/// is done already.
pub async fn serve<R: Resource>(
    it: &R,
    event: Value,
    context: &Context,
    clients: &Clients,
) -> Result<(), InvocationError> {
    let asked = now();
    let Envelope::<PlainUrl> { request, url } = one_shot::read(event)?;
    let rest = async || {
        let started = match &context.function {
            Ok(function) => start_execution::<R>(clients, function, &request, &url, asked).await,
            Err(why) => Err(why.clone()),
        };
        started.map_or_else(Rest::Here, |()| Rest::Started)
    };
    match work(it, &request, context.deadline, rest).await {
        Some(outcome) => one_shot::answer(&request, &url, &outcome).await,
        None => Ok(()),
    }
}
