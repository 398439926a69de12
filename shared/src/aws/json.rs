//! Operations of the services that speak JSON. What an answer has is read into types of the caller, with the names of the API
//! reference: fields that a type lacks are left out.

use super::SdkConfig;
use super::operation::{ErrorMetadata, Host, HttpResponse, Operation, Request, Service};
use crate::error::Cause;
use aws_smithy_json::protocol::aws_json_rpc::AwsJsonRpcProtocol;
use aws_smithy_schema::protocol::ClientProtocolInner;
use aws_smithy_types::config_bag::ConfigBag;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A service whose operations are called here, and whose hosts begin with its signing name.
#[must_use]
pub const fn service(id: &'static str, signing_name: &'static str) -> Service {
    Service { id, signing_name, host: Host::SigningName, objects: false, refusal }
}

impl Operation {
    /// Makes a call of the protocol awsJson 1.1. `target` is what its header has before the name of the operation: `TrentService` of
    /// `TrentService.Encrypt`.
    ///
    /// # Errors
    /// Those of the SDK, classified; and an answer that lacks a field of `T`.
    pub async fn json<T: DeserializeOwned>(
        self,
        config: &SdkConfig,
        target: &str,
        input: &Value,
    ) -> Result<T, Cause> {
        let mut request = Request::new(input.to_string().into());
        request.set_method("POST").map_err(Cause::other)?;
        request.headers_mut().insert("content-type", "application/x-amz-json-1.1");
        request.headers_mut().insert("x-amz-target", format!("{target}.{}", self.name));
        self.read(config, request).await
    }

    /// Makes a call of the protocol restJson. `path` is encoded already, and may have a query.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn rest_json<T: DeserializeOwned>(
        self,
        config: &SdkConfig,
        method: &str,
        path: String,
        input: Option<&Value>,
    ) -> Result<T, Cause> {
        let body = input.map(Value::to_string).unwrap_or_default();
        let mut request = Request::new(body.into());
        request.set_method(method).map_err(Cause::other)?;
        request.set_uri(path).map_err(Cause::other)?;
        request.headers_mut().insert("content-type", "application/json");
        self.read(config, request).await
    }

    async fn read<T: DeserializeOwned>(self, config: &SdkConfig, request: Request) -> Result<T, Cause> {
        let body = self.send(config, request).await?;
        // An operation whose answer has no members may answer without a body.
        let text = body.bytes().filter(|text| !text.is_empty()).unwrap_or(b"{}");
        serde_json::from_slice(text).map_err(Cause::other)
    }
}

/// Code and message of an error.
fn refusal(response: &HttpResponse) -> ErrorMetadata {
    let protocol = AwsJsonRpcProtocol::aws_json_1_1();
    protocol.parse_error_metadata(response, &ConfigBag::base()).unwrap_or_default().build()
}
