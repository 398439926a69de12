//! The few calls of EFS and EC2 that make a domain's storage, signed as the root of the account.

use emulator_core::{Refused, ServiceContext, SignedClient};
use hyper::Method;
use serde_json::Value;

/// A signed client of ministack.
pub(crate) struct Aws(SignedClient);

impl Aws {
    pub(crate) fn new(context: &ServiceContext) -> Self {
        Self(SignedClient::of_root(context))
    }

    /// A call of EFS: `path` below its version, at most one parameter in the query.
    pub(crate) async fn efs(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: &Value,
    ) -> Result<Value, Refused> {
        let path = format!("/2015-02-01{path}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
        let sent = self.0.send("elasticfilesystem", method, &uri, "application/json", body).await;
        let (status, answer) = sent?;
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        if status < 300 {
            return Ok(answer);
        }
        let text = |member: &str| answer[member].as_str().unwrap_or_default().to_owned();
        Err(Refused { code: text("ErrorCode"), message: text("Message") })
    }

    /// A call of EC2: its answer is XML.
    pub(crate) async fn ec2(&self, action: &str, parameters: &[(String, String)]) -> Result<String, Refused> {
        self.0.ec2(action, parameters).await
    }
}
