//! Hands a request over to the state machine that goes on stepping when one Lambda may be too short. See
//! `infra/functions/state-machine.yaml`.

use super::encryption;
use super::{Envelope, PlainUrl, Request, RequestInput, Resource};
use crate::drivers::{Clients, FunctionArn};
use crate::error::{Cause, cause, chain, is_transient};
use crate::pause::pause;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Between the tries while AWS is busy.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

#[derive(Debug, thiserror::Error)]
#[error("could not start {machine}")]
struct CouldNotStart {
    machine: String,
    #[source]
    source: Cause,
}

/// Starts the state machine, or joins the run that a redelivered request has started before. `asked` is when the
/// request came, in seconds since 1970.
///
/// # Errors
/// Why the state machine cannot be used, as text.
pub(crate) async fn start_execution<R: Resource>(
    clients: &Clients,
    function: &FunctionArn,
    request: &Request,
    url: &PlainUrl,
    asked: u64,
) -> Result<(), String> {
    let url = encryption::encrypt(&clients.config, function, request, url).await?;
    let mut carried = request.clone();
    let encrypted_properties =
        encryption::take_properties(&clients.config, function, &mut carried, R::ENCRYPTED).await?;
    // When it was asked for, so that the state machine knows how long there is to answer, however long this step took.
    let input = json!(RequestInput {
        request: Envelope { request: carried, url },
        asked: Some(asked),
        encrypted_properties,
    });
    let mut pauses = PAUSES.iter();
    loop {
        let error = match start(clients, function, request, &input).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // Whether a call that was not answered did start the state machine is not known. The next try, with the same name and
        // the same input, tells.
        match pauses.next() {
            Some(time) if is_transient(&error) => pause(*time).await,
            _ => return Err(chain(&error)),
        }
    }
}

async fn start(
    clients: &Clients,
    function: &FunctionArn,
    request: &Request,
    input: &Value,
) -> Result<(), CouldNotStart> {
    let machine = function.machine();
    let name = name(request);
    let call = clients.sfn.start_execution().state_machine_arn(&machine).name(&name).input(input.to_string());
    let joined = match call.send().await {
        Ok(_) => false,
        Err(error)
            if error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists) =>
        {
            true
        }
        Err(source) => return Err(CouldNotStart { machine, source: cause(source) }),
    };
    tracing::info!(
        request_id = request.request_id,
        execution = name,
        joined,
        "started an execution of the state machine"
    );
    Ok(())
}

/// The same for every delivery of one request, and of no other: 64 of the 80 characters that a name may have.
fn name(request: &Request) -> String {
    let both = format!("{}{}", request.stack_id, request.request_id);
    hex::encode(Sha256::digest(both.as_bytes()))
}
