//! Encrypts a `ResponseURL` for its way through the state machine, whose history keeps every input for 90 days, readable to
//! everyone who may read executions.

use crate::drivers::FunctionArn;
use crate::drivers::cloudformation::{EncryptedUrl, PlainUrl, Request};
use crate::error::{Cause, cause, chain, is_transient};
use crate::pause::pause;
use crate::secret::Secret;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_smithy_types::base64;
use std::collections::HashMap;
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

/// The encryption context: the URL can be decrypted for this request only.
fn context(request: &Request) -> HashMap<String, String> {
    HashMap::from([
        ("StackId".to_owned(), request.stack_id.clone()),
        ("RequestId".to_owned(), request.request_id.clone()),
    ])
}

/// The URL, encrypted with the key of the function's state machine.
pub(crate) async fn encrypt(
    kms: &Client,
    function: &FunctionArn,
    request: &Request,
    url: &PlainUrl,
) -> Result<EncryptedUrl, String> {
    // Asked here, because the words of a refusal could quote it.
    if url.expose().len() > MAX_BYTES {
        return Err(format!("the ResponseURL is longer than the {MAX_BYTES} bytes that a key encrypts"));
    }
    let key = function.key();
    let plaintext = Blob::new(url.expose().as_bytes());
    let call = kms.encrypt().key_id(&key).plaintext(plaintext).set_encryption_context(Some(context(request)));
    let encrypted = call
        .send()
        .await
        .map_err(|source| chain(&Error::Encrypt { key: key.clone(), source: cause(source) }))?;
    let encrypted =
        encrypted.ciphertext_blob.ok_or_else(|| format!("{key} encrypted the ResponseURL to nothing"))?;
    Ok(EncryptedUrl { encrypted: base64::encode(encrypted) })
}

/// The URL itself, for the response.
pub(crate) async fn decrypt(kms: &Client, request: &Request, url: &EncryptedUrl) -> Result<PlainUrl, String> {
    let encrypted = base64::decode(&url.encrypted).map_err(|_| "the encrypted ResponseURL is not base64")?;
    let mut pauses = PAUSES.iter();
    loop {
        let call = kms.decrypt().ciphertext_blob(Blob::new(encrypted.clone()));
        let error = match call.set_encryption_context(Some(context(request))).send().await {
            Ok(open) => {
                let url = open.plaintext.and_then(|url| String::from_utf8(url.into_inner()).ok());
                return url
                    .map(Secret::new)
                    .ok_or_else(|| "the encrypted ResponseURL is not text".to_owned());
            }
            Err(error) => Error::Decrypt(cause(error)),
        };
        match pauses.next() {
            Some(time) if is_transient(&error) => pause(*time).await,
            _ => return Err(chain(&error)),
        }
    }
}
