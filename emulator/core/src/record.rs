//! What was called, by whom, on what: the evidence for the tests of least privilege and of secrets.

use serde::Serialize;
use std::sync::{Arc, Mutex};

/// One API call that reached the gateway.
#[derive(Clone, Debug, Serialize)]
pub struct Recorded {
    /// Milliseconds since the gateway started.
    pub at_ms: u64,
    /// Service prefix as in IAM, e.g. `codepipeline`, `s3`.
    pub service: String,
    /// Operation name, e.g. `PollForJobs`; for S3, which names none, e.g. `PutObject`, `GetObject`, `HeadObject`.
    pub operation: String,
    /// ARN of the caller; empty if unknown.
    pub principal: String,
    /// IAM actions and resources the call needed, as far as known.
    pub permissions: Vec<(String, String)>,
    /// HTTP status of the answer.
    pub status: u16,
    /// AWS's error code, e.g. `AccessDeniedException`: JSON services refuse with HTTP 400, so that the status does not tell.
    pub error: Option<String>,
    /// Request body, for JSON services, cut to 16 KiB; never the headers (they carry the session token).
    pub request: String,
}

/// The error codes with which AWS services say that IAM does not grant a call.
const DENIALS: [&str; 10] = [
    "AccessDenied",
    "AccessDeniedException",
    "AccessDeniedFault",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
];

impl Recorded {
    /// Whether IAM refused the call. An answer to a HEAD has no body, so its status has to do.
    pub fn is_denied(&self) -> bool {
        match &self.error {
            Some(code) => DENIALS.contains(&code.as_str()),
            None => self.status == 403,
        }
    }
}

/// All calls so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Recorded>>>);

impl Recorder {
    pub fn add(&self, call: Recorded) {
        self.lock().push(call);
    }

    /// A copy of everything recorded from the `from`-th call on.
    pub fn since(&self, from: usize) -> Vec<Recorded> {
        self.lock().iter().skip(from).cloned().collect()
    }

    pub fn len(&self) -> usize {
        self.lock().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Recorded>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
