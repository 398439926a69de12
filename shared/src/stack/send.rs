//! Puts an answer to a `ResponseURL`. The URL is signed, that is, a password: no log and no error holds it.

use crate::pause::pause;
use crate::secret::Secret;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use std::time::Duration;

/// Between five tries. Together with the tries of a quick server they fit in the ten seconds that every driver leaves.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// For one try.
const TRY: Duration = Duration::from_secs(5);

/// Sends an answer. An address that refuses it has what it needs: `CloudFormation` has moved on, and no other try would do
/// better.
///
/// # Errors
/// A sentence, when nobody took the answer. Whoever called the function should call it again.
pub(crate) async fn send(url: &Secret<String>, body: &[u8], request_id: &str) -> Result<(), String> {
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build();
    let mut pauses = PAUSES.iter();
    loop {
        let trouble = match tokio::time::timeout(TRY, put(&connector, url, body)).await {
            Ok(Ok(status @ 200..300)) => {
                tracing::info!(request_id, status, "answered CloudFormation");
                return Ok(());
            }
            Ok(Ok(status @ 400..500)) if status != 408 && status != 429 => {
                tracing::warn!(
                    request_id,
                    status,
                    "CloudFormation no longer takes this answer: it has moved on"
                );
                return Ok(());
            }
            Ok(Ok(status)) => format!("status {status}"),
            Ok(Err(trouble)) => trouble.to_owned(),
            Err(_) => format!("no answer within {} seconds", TRY.as_secs()),
        };
        tracing::warn!(request_id, trouble, "could not answer CloudFormation");
        let Some(time) = pauses.next() else {
            let tries = PAUSES.len() + 1;
            return Err(format!("could not answer CloudFormation in {tries} tries: {trouble}"));
        };
        pause(*time).await;
    }
}

/// One try; the status. What goes wrong is told in our own words, because those of others may quote the URL.
async fn put(connector: &Connector, url: &Secret<String>, body: &[u8]) -> Result<u16, &'static str> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("PUT").map_err(|_| "PUT is not a method")?;
    request.set_uri(url.expose().as_str()).map_err(|_| "the ResponseURL is not a URL")?;
    // Empty, and there: the URL is signed for a request without a content type, and clients like to add one.
    request.headers_mut().insert("content-type", "");
    match connector.call(request).await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) if error.is_timeout() => Err("the connection timed out"),
        Err(error) if error.is_io() => Err("the connection failed"),
        Err(_) => Err("the request failed"),
    }
}
