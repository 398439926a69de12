//! What was called, by whom, on what: the evidence for the tests of least privilege and of secrets.

use serde::Serialize;
use serde_json::Value;
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
    /// IAM actions and resources that the call needed; empty if they are not known.
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

/// Members of inputs that hold a secret, in lower case: of Secrets Manager, of webhooks, of parameters that are encrypted.
const SECRETS: [&str; 6] = ["secretstring", "secretbinary", "secrettoken", "password", "privatekey", "token"];

impl Recorded {
    /// The same without the secrets of its request. A request that was cut is not shown at all: it cannot be read.
    #[must_use]
    pub fn masked(mut self) -> Self {
        if self.request.is_empty() {
            return self;
        }
        self.request = match serde_json::from_str::<Value>(&self.request) {
            Ok(mut request) => {
                let secure = request["Type"] == "SecureString";
                mask(&mut request, secure);
                request.to_string()
            }
            Err(_) => "***".into(),
        };
        self
    }
}

fn mask(value: &mut Value, secure: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let is_secret = SECRETS.contains(&name.to_lowercase().as_str()) || secure && name == "Value";
                if is_secret && member.is_string() {
                    *member = "***".into();
                } else {
                    mask(member, secure);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, secure)),
        _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(request: &str, expected: &str) {
        let call = Recorded {
            at_ms: 0,
            service: String::new(),
            operation: String::new(),
            principal: String::new(),
            permissions: Vec::new(),
            status: 200,
            error: None,
            request: request.to_owned(),
        };
        assert_eq!(call.masked().request, expected);
    }

    #[test]
    fn shown_requests_hold_no_secrets() {
        check("", "");
        check(r#"{"Name":"key","SecretString":"canary"}"#, r#"{"Name":"key","SecretString":"***"}"#);
        check(
            r#"{"Name":"p","Type":"SecureString","Value":"canary"}"#,
            r#"{"Name":"p","Type":"SecureString","Value":"***"}"#,
        );
        check(
            r#"{"Name":"p","Type":"String","Value":"plain"}"#,
            r#"{"Name":"p","Type":"String","Value":"plain"}"#,
        );
        let webhook = json!({"webhook": {"authenticationConfiguration": {"SecretToken": "canary"}}});
        check(&webhook.to_string(), &webhook.to_string().replace("canary", "***"));
        check(r#"{"SecretString":"cana"#, "***");
    }
}
