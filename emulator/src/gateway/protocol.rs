//! AWS's protocols: how a call's input is read and how its output or error is written in each.

use super::{Response, cbor, query, rest};
use bytes::Bytes;
use emulator_core::{Answer, Failure, Registration};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};

/// The protocol a call came in; its answer goes back in the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsJson1.0 and 1.1.
    Json,
    /// smithy rpc-v2-cbor.
    Cbor,
    /// awsQuery: forms in, XML out.
    Query,
    /// EC2's own kind of it, with errors and codes of its own.
    Ec2,
    /// restJson1.
    Rest,
    /// restXml as S3 speaks it.
    S3,
}

/// The kinds of error that the gateway itself answers with, whatever the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Throttled,
    Denied,
    Broken,
}

/// An error of this kind under the code and status the protocol's services use for it.
pub(crate) fn aws_failure(protocol: Protocol, kind: Kind, message: &str) -> Failure {
    let (code, status) = match (protocol, kind) {
        (Protocol::Json | Protocol::Cbor, Kind::Throttled) => ("ThrottlingException", 400),
        (Protocol::Json | Protocol::Cbor, Kind::Denied) => ("AccessDeniedException", 400),
        (Protocol::Query, Kind::Throttled) => ("Throttling", 400),
        (Protocol::Ec2, Kind::Throttled) => ("RequestLimitExceeded", 503),
        (Protocol::Ec2, Kind::Denied) => ("UnauthorizedOperation", 403),
        (Protocol::Query | Protocol::S3, Kind::Denied) => ("AccessDenied", 403),
        (Protocol::Rest, Kind::Throttled) => ("TooManyRequestsException", 429),
        (Protocol::Rest, Kind::Denied) => ("AccessDeniedException", 403),
        (Protocol::S3, Kind::Throttled) => ("SlowDown", 503),
        (Protocol::S3 | Protocol::Ec2, Kind::Broken) => ("InternalError", 500),
        (_, Kind::Broken) => ("InternalFailure", 500),
    };
    Failure { code: code.into(), message: message.into(), status }
}

impl Protocol {
    /// The input of an operation of a service of this project; `form` is what the query protocol has its parameters in, and the REST
    /// protocol those of the query string.
    pub(crate) fn input(
        self,
        service: &Registration,
        operation: &str,
        body: &[u8],
        form: &str,
    ) -> Result<Value, Failure> {
        let malformed = |error: String| Failure::new("SerializationException", error);
        if self == Self::Query {
            return query::decode((service.shapes)(), operation, form);
        }
        if self == Self::Rest {
            return rest::decode((service.shapes)(), operation, body, form);
        }
        let input = match self {
            _ if body.is_empty() => Ok(json!({})),
            Self::Cbor => cbor::decode(body).map_err(|error| malformed(format!("{error:#}"))),
            _ => serde_json::from_slice(body).map_err(|error| malformed(error.to_string())),
        }?;
        if input.is_object() { Ok(input) } else { Err(malformed("the input is not a structure".into())) }
    }

    /// The answer of an operation of a service of this project.
    pub(crate) fn answer(self, service: &Registration, operation: &str, answer: &Answer) -> Response {
        let output = match answer {
            Err(failure) if self == Self::Rest => {
                return self.failure(service.id, &rest::failure((service.shapes)(), failure));
            }
            Err(failure) => return self.failure(service.id, failure),
            Ok(output) => output,
        };
        let body = match (self, output) {
            (Self::Query, output) => {
                query::encode((service.shapes)(), operation, output, &uuid::Uuid::new_v4().to_string()).into()
            }
            (_, Value::Null) => Bytes::new(),
            (Self::Cbor, output) => cbor::encode(output, service.timestamps).into(),
            (_, output) => output.to_string().into(),
        };
        self.response(200, body, None)
    }

    /// The error as SDKs of this protocol expect to find it.
    pub(crate) fn failure(self, service: &str, failure: &Failure) -> Response {
        let Failure { code, message, status } = failure;
        // Services word their errors as the JSON protocols do.
        let translated = query::error(code).filter(|_| self == Self::Query);
        let (code, status) = translated.map_or((code.as_str(), *status), |(code, status)| (code, status));
        let fault = if status < 500 { "Sender" } else { "Receiver" };
        let body = match self {
            Self::Json => json!({"__type": code, "message": message}).to_string().into(),
            Self::Cbor => {
                let kind = format!("com.amazonaws.{service}#{code}");
                cbor::encode(&json!({"__type": kind, "message": message}), &[]).into()
            }
            Self::Rest => json!({"Type": fault, "message": message}).to_string().into(),
            Self::Query => format!(
                "<ErrorResponse><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error>\
                 <RequestId>{}</RequestId></ErrorResponse>",
                escape(code),
                escape(message),
                uuid::Uuid::new_v4()
            )
            .into(),
            Self::Ec2 => format!(
                "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors>\
                 <RequestID>{}</RequestID></Response>",
                escape(code),
                escape(message),
                uuid::Uuid::new_v4()
            )
            .into(),
            Self::S3 => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code><Message>{}</Message></Error>",
                escape(code),
                escape(message)
            )
            .into(),
        };
        self.response(status, body, Some(code))
    }

    fn response(self, status: u16, body: Bytes, error: Option<&str>) -> Response {
        let content_type = match self {
            Self::Json => "application/x-amz-json-1.1",
            Self::Cbor => "application/cbor",
            Self::Query | Self::Ec2 => "text/xml",
            Self::Rest => "application/json",
            Self::S3 => "application/xml",
        };
        let mut response = plain(status, content_type, body);
        let headers = response.headers_mut();
        if let Ok(id) = uuid::Uuid::new_v4().to_string().parse() {
            headers.insert("x-amzn-requestid", id);
        }
        if self == Self::Cbor {
            headers.insert("smithy-protocol", hyper::header::HeaderValue::from_static("rpc-v2-cbor"));
        }
        if let Some(code) = error.and_then(|code| code.parse().ok()) {
            headers.insert("x-amzn-errortype", code);
        }
        response
    }
}

/// An answer of the gateway's own that is not an AWS call.
pub(crate) fn text(status: u16, message: &str) -> Response {
    plain(status, "text/plain; charset=utf-8", Bytes::from(message.to_owned()))
}

/// An answer with this body.
pub(crate) fn plain(status: u16, content_type: &'static str, body: Bytes) -> Response {
    let body = Full::new(body).map_err(|never| match never {}).boxed_unsync();
    let mut response = hyper::Response::new(body);
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(content_type));
    response
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
