//! Encrypts a `ResponseURL` for its way through the state machine, whose history keeps every input for 90 days, readable to
//! everyone who may read executions.

use crate::aws::SdkConfig;
use crate::aws::json;
use crate::aws::operation::{Operation, Service};
use crate::drivers::FunctionArn;
use crate::drivers::cloudformation::{EncryptedUrl, PlainUrl, Request};
use crate::error::{Cause, chain, is_transient};
use crate::pause::pause;
use crate::secret::Secret;
use aws_smithy_types::base64;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// What KMS encrypts in one call.
const MAX_BYTES: usize = 4096;
/// Between the tries of decrypting while AWS is busy: without the URL no response can be sent.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("could not encrypt the ResponseURL with {key}")]
    Encrypt {
        key: String,
        #[source]
        source: Cause,
    },
    #[error("could not decrypt the ResponseURL")]
    Decrypt(#[source] Cause),
}

const KMS: Service = json::service("KMS", "kms");

/// What `Encrypt` answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted {
    /// In base64.
    ciphertext_blob: String,
}

/// What `Decrypt` answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted {
    /// In base64.
    plaintext: String,
}

/// The encryption context: the URL can be decrypted for this request only.
fn context(request: &Request) -> Value {
    json!({"StackId": request.stack_id, "RequestId": request.request_id})
}

/// The URL, encrypted with the key of the function's state machine.
pub(crate) async fn encrypt(
    config: &SdkConfig,
    function: &FunctionArn,
    request: &Request,
    url: &PlainUrl,
) -> Result<EncryptedUrl, String> {
    // Asked here, because the words of a refusal could quote it.
    if url.expose().len() > MAX_BYTES {
        return Err(format!("the ResponseURL is longer than the {MAX_BYTES} bytes that a key encrypts"));
    }
    let key = function.key();
    let plaintext = base64::encode(url.expose());
    let input = json!({"KeyId": key, "Plaintext": plaintext, "EncryptionContext": context(request)});
    let operation = Operation { service: KMS, name: "Encrypt", endpoint: KMS.endpoint(config) };
    let answer: Result<Encrypted, _> = operation.json(config, "TrentService.Encrypt", &input).await;
    let encrypted = answer.map_err(|source| chain(&Error::Encrypt { key, source }))?;
    Ok(EncryptedUrl { encrypted: encrypted.ciphertext_blob })
}

/// The URL itself, for the response.
pub(crate) async fn decrypt(
    config: &SdkConfig,
    request: &Request,
    url: &EncryptedUrl,
) -> Result<PlainUrl, String> {
    base64::decode(&url.encrypted).map_err(|_| "the encrypted ResponseURL is not base64")?;
    let input = json!({"CiphertextBlob": url.encrypted, "EncryptionContext": context(request)});
    let mut pauses = PAUSES.iter();
    loop {
        let operation = Operation { service: KMS, name: "Decrypt", endpoint: KMS.endpoint(config) };
        let error = match operation.json(config, "TrentService.Decrypt", &input).await {
            Ok(open) => {
                return plain(&open).ok_or_else(|| "the encrypted ResponseURL is not text".to_owned());
            }
            Err(cause) => Error::Decrypt(cause),
        };
        match pauses.next() {
            Some(time) if is_transient(&error) => pause(*time).await,
            _ => return Err(chain(&error)),
        }
    }
}

fn plain(open: &Decrypted) -> Option<PlainUrl> {
    let url = base64::decode(&open.plaintext).ok()?;
    String::from_utf8(url).ok().map(Secret::new)
}
