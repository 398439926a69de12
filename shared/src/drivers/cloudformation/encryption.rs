//! Encrypts a `ResponseURL`, and properties that are not for everyone, for their way through the state machine, whose history keeps
//! every input for 90 days, readable to everyone who may read executions.

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
    #[error("could not encrypt {what} with {key}")]
    Encrypt { what: &'static str, key: String, source: Cause },
    #[error("could not decrypt {what}")]
    Decrypt { what: &'static str, source: Cause },
}

const URL: &str = "the ResponseURL";
const PROPERTIES: &str = "the properties";

const KMS: Service = json::service("KMS", "kms");
/// What the header of a call to KMS has before the name of the operation.
const TARGET: &str = "TrentService";

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

/// The encryption context: what is encrypted can be decrypted for this request only.
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
    let encrypted = encrypt_bytes(config, function, request, URL, url.expose().as_bytes()).await?;
    Ok(EncryptedUrl { encrypted })
}

/// The URL itself, for the response.
pub(crate) async fn decrypt(
    config: &SdkConfig,
    request: &Request,
    url: &EncryptedUrl,
) -> Result<PlainUrl, String> {
    let url = decrypt_bytes(config, request, URL, &url.encrypted).await?;
    String::from_utf8(url).map(Secret::new).map_err(|_| "the encrypted ResponseURL is not text".to_owned())
}

/// Takes properties out of a request, encrypted, in as many pieces as it takes.
pub(crate) async fn take_properties(
    config: &SdkConfig,
    function: &FunctionArn,
    request: &mut Request,
    names: &[&str],
) -> Result<Vec<String>, String> {
    let mut pieces = Vec::new();
    if let Some(taken) = request.take_properties(names) {
        let text = Value::Object(taken).to_string();
        for piece in text.as_bytes().chunks(MAX_BYTES) {
            pieces.push(encrypt_bytes(config, function, request, PROPERTIES, piece).await?);
        }
    }
    Ok(pieces)
}

/// Puts them back.
pub(crate) async fn put_properties(
    config: &SdkConfig,
    request: &mut Request,
    pieces: &[String],
) -> Result<(), String> {
    let mut text = Vec::new();
    for piece in pieces {
        text.extend(decrypt_bytes(config, request, PROPERTIES, piece).await?);
    }
    if !pieces.is_empty() {
        // What cannot be read is not quoted.
        let taken = serde_json::from_slice(&text);
        request.put_properties(taken.map_err(|_| "the encrypted properties are not a JSON object")?);
    }
    Ok(())
}

async fn encrypt_bytes(
    config: &SdkConfig,
    function: &FunctionArn,
    request: &Request,
    what: &'static str,
    plaintext: &[u8],
) -> Result<String, String> {
    let key = function.key();
    let input =
        json!({"KeyId": key, "Plaintext": base64::encode(plaintext), "EncryptionContext": context(request)});
    let operation = Operation { service: KMS, name: "Encrypt", endpoint: KMS.endpoint(config) };
    let answer: Result<Encrypted, _> = operation.json(config, TARGET, &input).await;
    let encrypted = answer.map_err(|source| chain(&Error::Encrypt { what, key, source }))?;
    Ok(encrypted.ciphertext_blob)
}

async fn decrypt_bytes(
    config: &SdkConfig,
    request: &Request,
    what: &'static str,
    encrypted: &str,
) -> Result<Vec<u8>, String> {
    base64::decode(encrypted).map_err(|_| format!("{what}, encrypted, is not base64"))?;
    let input = json!({"CiphertextBlob": encrypted, "EncryptionContext": context(request)});
    let mut pauses = PAUSES.iter();
    loop {
        let operation = Operation { service: KMS, name: "Decrypt", endpoint: KMS.endpoint(config) };
        let error = match operation.json::<Decrypted>(config, TARGET, &input).await {
            Ok(open) => {
                return base64::decode(open.plaintext)
                    .map_err(|_| format!("{what}, decrypted, is not base64"));
            }
            Err(source) => Error::Decrypt { what, source },
        };
        match pauses.next() {
            Some(time) if is_transient(&error) => pause(*time).await,
            _ => return Err(chain(&error)),
        }
    }
}
