//! Responses as AWS's protocols write them.

use serde_json::{Value, json};

/// A status and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Reply {
    /// The body.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The same with other words in its body.
    #[must_use]
    pub fn replacing(&self, from: &str, to: &str) -> Self {
        (self.status, self.text().replace(from, to)).into()
    }
}

impl From<(u16, String)> for Reply {
    fn from((status, body): (u16, String)) -> Self {
        Self { status, body: body.into_bytes() }
    }
}

impl From<(u16, Value)> for Reply {
    fn from((status, body): (u16, Value)) -> Self {
        (status, body.to_string()).into()
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        (200, body).into()
    }
}

/// A success without members, in JSON.
#[must_use]
pub fn empty() -> Reply {
    json!({}).into()
}

/// An error of a service that speaks JSON.
#[must_use]
pub fn refusal(code: &str) -> Reply {
    (400, json!({"__type": code, "message": message(code)})).into()
}

/// A success of a service that speaks the query protocol: CloudFormation, IAM, SNS, STS.
#[must_use]
pub fn query(operation: &str, result: &str) -> Reply {
    let result = format!("<{operation}Result>{result}</{operation}Result>");
    (200, format!("<{operation}Response>{result}</{operation}Response>")).into()
}

/// An error of a service that speaks the query protocol.
#[must_use]
pub fn query_refusal(code: &str) -> Reply {
    let error = format!("<Error><Code>{code}</Code><Message>{}</Message></Error>", message(code));
    (400, format!("<ErrorResponse>{error}</ErrorResponse>")).into()
}

fn message(code: &str) -> String {
    format!("{code} for a test")
}
