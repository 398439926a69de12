//! The answer to a request, as the bytes that `CloudFormation` takes.

use super::Request;
use crate::reconcile::output::Output;
use serde::Serialize;

/// `CloudFormation` refuses more, and then waits for its timeout (awsdocs/aws-cloudformation-user-guide#262).
const MAX_BYTES: usize = 4096;

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) physical_id: String,
    pub(crate) result: Result<Output, String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Reply<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'a str,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    data: &'a Output,
}

/// The bytes to answer with. A reason that is too long is cut; data that is too long cannot be cut, so that the request
/// fails.
pub(crate) fn reply(request: &Request, outcome: &Outcome) -> Vec<u8> {
    let nothing = Output::new();
    let bytes = |status, reason: &str, data: &Output| {
        let reply = Reply {
            status,
            reason,
            physical_resource_id: &outcome.physical_id,
            stack_id: &request.stack_id,
            request_id: &request.request_id,
            logical_resource_id: &request.logical_resource_id,
            data,
        };
        serde_json::to_vec(&reply).expect("strings and maps of strings are JSON")
    };
    let failed = |reason: &str| {
        let reason =
            if reason.is_empty() { "it failed and did not say why: see the function's log" } else { reason };
        let fits = |end: &usize| bytes("FAILED", &reason[..*end], &nothing).len() <= MAX_BYTES;
        let ends: Vec<usize> = (0..=reason.len()).filter(|end| reason.is_char_boundary(*end)).collect();
        // Longer text makes longer JSON: everything up to some end fits, and nothing after it.
        let end = ends[ends.partition_point(fits).saturating_sub(1)];
        bytes("FAILED", &reason[..end], &nothing)
    };
    match &outcome.result {
        Err(reason) => failed(reason),
        Ok(data) => {
            let success = bytes("SUCCESS", "", data);
            if success.len() <= MAX_BYTES {
                return success;
            }
            let size = success.len();
            failed(&format!(
                "the work is done, but the answer has {size} bytes and CloudFormation takes {MAX_BYTES}"
            ))
        }
    }
}
