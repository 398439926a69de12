//! Seals a `ResponseURL` for its way through the state machine, whose history keeps every input for 90 days, readable to
//! whoever may look at executions.

use crate::dispatch::FunctionArn;
use crate::error::{Cause, cause, chain, passing};
use crate::pause::pause;
use crate::secret::Secret;
use crate::stack::Request;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_smithy_types::base64;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

/// What KMS encrypts in one call.
const MAX_BYTES: usize = 4096;
/// Between the tries of unsealing while AWS is busy: without it nobody is answered.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("could not seal the ResponseURL with {key}")]
    Seal {
        key: String,
        #[source]
        source: Cause,
    },
    #[error("could not unseal the ResponseURL")]
    Unseal(#[source] Cause),
}

/// What the seal is tied to: it opens for this request only.
fn context(request: &Request) -> HashMap<String, String> {
    HashMap::from([
        ("StackId".to_owned(), request.stack_id.clone()),
        ("RequestId".to_owned(), request.request_id.clone()),
    ])
}

/// The URL, encrypted with the key of the function's loop.
pub(crate) async fn seal(
    kms: &Client,
    function: &FunctionArn,
    request: &Request,
    url: &Secret<String>,
) -> Result<String, String> {
    // Asked here, because the words of a refusal could quote it.
    if url.expose().len() > MAX_BYTES {
        return Err(format!("the ResponseURL is longer than the {MAX_BYTES} bytes that a key seals"));
    }
    let key = function.key();
    let plaintext = Blob::new(url.expose().as_bytes());
    let call = kms.encrypt().key_id(&key).plaintext(plaintext).set_encryption_context(Some(context(request)));
    let sealed = call
        .send()
        .await
        .map_err(|source| chain(&Error::Seal { key: key.clone(), source: cause(source) }))?;
    let sealed = sealed.ciphertext_blob.ok_or_else(|| format!("{key} sealed the ResponseURL to nothing"))?;
    Ok(base64::encode(sealed))
}

/// The URL that `{"Sealed": ".."}` holds.
pub(crate) async fn unseal(
    kms: &Client,
    request: &Request,
    sealed: &Value,
) -> Result<Secret<String>, String> {
    let sealed = sealed["Sealed"].as_str().ok_or("the request has no sealed ResponseURL")?;
    let sealed = base64::decode(sealed).map_err(|_| "the sealed ResponseURL is not base64")?;
    let mut pauses = PAUSES.iter();
    loop {
        let call = kms.decrypt().ciphertext_blob(Blob::new(sealed.clone()));
        let error = match call.set_encryption_context(Some(context(request))).send().await {
            Ok(open) => {
                let url = open.plaintext.and_then(|url| String::from_utf8(url.into_inner()).ok());
                return url.map(Secret::new).ok_or_else(|| "the sealed ResponseURL is not text".to_owned());
            }
            Err(error) => Error::Unseal(cause(error)),
        };
        match pauses.next() {
            Some(time) if passing(&error) => pause(*time).await,
            _ => return Err(chain(&error)),
        }
    }
}
