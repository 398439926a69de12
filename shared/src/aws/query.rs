//! Operations of the services that speak the query protocol, and EC2's own kind of it.

use super::SdkConfig;
use super::operation::{ErrorMetadata, Host, HttpResponse, Operation, Request, Service};
use crate::error::Cause;
use aws_smithy_types::body::SdkBody;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};

/// A service, and the version of its API.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    service: Service,
    version: &'static str,
}

/// What a call is given, by the names of the API reference.
#[derive(Clone, Debug, Default)]
pub struct Input(Vec<(String, String)>);

impl Api {
    /// The service of this id. `name` is what a signature names, and its host begins with.
    #[must_use]
    pub const fn new(id: &'static str, name: &'static str, version: &'static str) -> Self {
        let service = Service { id, signing_name: name, host: Host::PlainInGov, objects: false, refusal };
        Self { service, version }
    }

    /// Makes a call. The result is the body of the response.
    ///
    /// # Errors
    /// Those of the SDK, classified.
    pub async fn call(
        self,
        config: &SdkConfig,
        action: &'static str,
        input: &Input,
    ) -> Result<SdkBody, Cause> {
        let mut request = Request::new(input.body(action, self.version).into());
        request.set_method("POST").map_err(Cause::other)?;
        request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
        let endpoint = self.service.endpoint(config);
        Operation { service: self.service, name: action, endpoint }.send(config, request).await
    }
}

impl Input {
    /// With a parameter of one value.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// With a parameter of several values: `SubnetId.1`, `SubnetId.2`.
    #[must_use]
    pub fn with_all(self, name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        (1..).zip(values).fold(self, |input, (n, value)| input.with(format!("{name}.{n}"), value))
    }

    /// As the body of a request.
    fn body(&self, action: &str, version: &str) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("Action", action).append_pair("Version", version);
        body.extend_pairs(&self.0).finish()
    }
}

/// Code and message of an error. They are in an `Error`, which is in an `ErrorResponse`, or in the `Errors` of a `Response`.
fn refusal(response: &HttpResponse) -> ErrorMetadata {
    let read = |body: &[u8]| -> Result<ErrorMetadata, XmlDecodeError> {
        let mut document = Document::try_from(body)?;
        let mut root = document.root_element()?;
        while let Some(mut tag) = root.next_tag() {
            if tag.start_el().matches("Error") {
                return error(&mut tag);
            }
            if let Some(mut first) = tag.next_tag().filter(|inner| inner.start_el().matches("Error")) {
                return error(&mut first);
            }
        }
        Ok(ErrorMetadata::default())
    };
    read(response.body().bytes().unwrap_or_default()).unwrap_or_default()
}

fn error(element: &mut ScopedDecoder<'_, '_>) -> Result<ErrorMetadata, XmlDecodeError> {
    let mut found = ErrorMetadata::builder();
    while let Some(mut member) = element.next_tag() {
        if member.start_el().matches("Code") {
            found = found.code(try_data(&mut member)?);
        } else if member.start_el().matches("Message") {
            found = found.message(try_data(&mut member)?);
        }
    }
    Ok(found.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_has_the_names_of_the_reference() {
        let input =
            Input::default().with("GroupId", "sg-1").with_all("SecurityGroupRuleId", ["sgr-1", "sgr-2"]);
        assert_eq!(
            input.body("RevokeSecurityGroupIngress", "2016-11-15"),
            "Action=RevokeSecurityGroupIngress&Version=2016-11-15&GroupId=sg-1&SecurityGroupRuleId.1=sgr-1&\
             SecurityGroupRuleId.2=sgr-2"
        );
        let input = Input::default().with("Message", "a b&c");
        assert_eq!(input.body("Publish", "2010-03-31"), "Action=Publish&Version=2010-03-31&Message=a+b%26c");
    }

    #[test]
    fn both_kinds_of_errors_are_read() {
        let error = "<Error><Type>Sender</Type><Code>Odd</Code><Message>a &amp; b</Message><More><Code>x</Code></More></Error>";
        for (body, code) in [
            (
                format!("<ErrorResponse xmlns=\"x\">{error}<RequestId>r</RequestId></ErrorResponse>"),
                Some("Odd"),
            ),
            (format!("<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>"), Some("Odd")),
            ("<html>a proxy</html>".to_owned(), None),
            ("{}".to_owned(), None),
            (String::new(), None),
        ] {
            let read = refusal(&HttpResponse::new(400.try_into().unwrap(), body.clone().into()));
            assert_eq!(read.code(), code, "{body}");
            assert_eq!(read.message(), code.map(|_| "a & b"), "{body}");
        }
    }
}
