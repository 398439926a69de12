//! Puts an answer to a `ResponseURL`. The URL is signed, that is, a password: no log and no error holds it.

use crate::pause::pause;
use crate::secret::Secret;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use std::time::{Duration, SystemTime};

/// Between five tries. Together with the tries of a quick server they fit in the ten seconds that every driver leaves.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
/// For one try.
const TRY: Duration = Duration::from_secs(5);

/// Sends an answer. A URL that has expired takes none any more: `CloudFormation` has given up on the request by then, and no
/// other try would do better. Every other refusal is a fault, of a proxy or of an endpoint policy for example, which leaves
/// the stack waiting.
///
/// # Errors
/// A sentence, when the answer was not taken. The caller of the function should call it again.
pub(crate) async fn send(url: &Secret<String>, body: &[u8], request_id: &str) -> Result<(), String> {
    let connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build();
    let mut pauses = PAUSES.iter();
    loop {
        let error = match tokio::time::timeout(TRY, put(&connector, url, body)).await {
            Ok(Ok(status @ 200..300)) => {
                tracing::info!(request_id, status, "answered CloudFormation");
                return Ok(());
            }
            Ok(Ok(status @ 400..500)) if has_expired(url.expose(), SystemTime::now()) => {
                tracing::warn!(
                    request_id,
                    status,
                    "CloudFormation no longer waits for this answer: its ResponseURL has expired"
                );
                return Ok(());
            }
            Ok(Ok(status)) => format!("status {status}"),
            Ok(Err(error)) => error.to_owned(),
            Err(_) => format!("no answer within {} seconds", TRY.as_secs()),
        };
        tracing::warn!(request_id, error, "could not answer CloudFormation");
        let Some(time) = pauses.next() else {
            let tries = PAUSES.len() + 1;
            return Err(format!("could not answer CloudFormation in {tries} tries: {error}"));
        };
        pause(*time).await;
    }
}

/// Whether a presigned URL is past its time. A URL that does not say when it ends counts as valid.
fn has_expired(url: &str, now: SystemTime) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let value = |key: &str| {
        query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == key))
            .map(|(_, value)| value)
    };
    let number = |key: &str| value(key).and_then(|text| text.parse::<u64>().ok()).map(Duration::from_secs);
    let signed = value("X-Amz-Date").and_then(basic_time).zip(number("X-Amz-Expires"));
    let end = match signed {
        Some((signed, valid)) => signed.checked_add(valid),
        // The older signature says when it ends.
        None => number("Expires").and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)),
    };
    end.is_some_and(|end| end < now)
}

/// `20261126T203000Z`.
fn basic_time(text: &str) -> Option<SystemTime> {
    let digits =
        |from: usize, to: usize| text.get(from..to).filter(|part| part.bytes().all(|it| it.is_ascii_digit()));
    let [year, month, day] = [digits(0, 4)?, digits(4, 6)?, digits(6, 8)?];
    let [hour, minute, second] = [digits(9, 11)?, digits(11, 13)?, digits(13, 15)?];
    let spelled = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
    SystemTime::try_from(DateTime::from_str(&spelled, Format::DateTime).ok()?).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_when_it_ends() {
        // 2026-11-26T20:30:00Z.
        let signed = 1_795_725_000;
        let v4 = "https://s3/x?X-Amz-Date=20261126T203000Z&X-Amz-Expires=7200&X-Amz-Signature=y";
        for (url, seconds, expected) in [
            (v4, signed, false),
            (v4, signed + 7199, false),
            (v4, signed + 7201, true),
            ("https://s3/x?AWSAccessKeyId=y&Expires=1795725000&Signature=z", signed + 1, true),
            ("https://s3/x?AWSAccessKeyId=y&Expires=1795725000&Signature=z", signed - 1, false),
            ("https://s3/x?X-Amz-Date=20261126T203000Z", signed + 99_999, false),
            ("https://s3/x?X-Amz-Date=soon&X-Amz-Expires=1", signed + 99_999, false),
            ("https://s3/x?X-Amz-Date=2026%31126T203000Z&X-Amz-Expires=1", signed + 99_999, false),
            (
                "https://s3/x?X-Amz-Date=\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}&X-Amz-Expires=1",
                signed,
                false,
            ),
            ("https://s3/x", signed, false),
        ] {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(has_expired(url, now), expected, "{url} at {seconds}");
        }
    }
}
