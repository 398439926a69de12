//! What a client has to show: a token of `git-lfs-authenticate` for the API, a signature in the URL for an object.

use super::Refusal;
use super::store::Oid;
use crate::command::Operation;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// How long a token or a signed URL is valid.
pub(super) const LIFETIME: Duration = Duration::from_hours(1);

/// The tokens of one server, and the key it signs URLs with. `Debug` prints neither.
pub(super) struct Credentials {
    key: String,
    tokens: Mutex<HashMap<String, Grant>>,
}

/// What a token is for.
struct Grant {
    repository: PathBuf,
    operation: Operation,
    issued: Instant,
}

impl Credentials {
    pub(super) fn new() -> Self {
        Self { key: random(), tokens: Mutex::default() }
    }

    /// A new token for one operation on one repository.
    pub(super) fn issue(&self, repository: &Path, operation: Operation) -> String {
        let token = random();
        let grant = Grant { repository: repository.to_owned(), operation, issued: Instant::now() };
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(token.clone(), grant);
        token
    }

    /// The operation that the token in the `Authorization` header allows on this repository.
    pub(super) fn check(&self, headers: &HeaderMap, repository: &Path) -> Result<Operation, Refusal> {
        let unauthorized = || Refusal(StatusCode::UNAUTHORIZED, "credentials needed".into());
        let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(unauthorized)?;
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = tokens.get(token).filter(|grant| grant.issued.elapsed() < LIFETIME);
        let grant = grant.filter(|grant| grant.repository == repository).ok_or_else(unauthorized)?;
        Ok(grant.operation)
    }

    /// The query of an object's URL.
    pub(super) fn query(&self, method: &Method, repository: &Path, oid: &Oid, size: u64) -> String {
        let expires = now() + LIFETIME.as_secs();
        let signature = self.mac(method, repository, oid, size, expires).finalize().into_bytes();
        format!("size={size}&expires={expires}&X-Amz-Signature={}", hex::encode(signature))
    }

    /// The size that was signed; none if the signature is wrong or has expired.
    pub(super) fn check_url(&self, method: &Method, repository: &Path, oid: &Oid, uri: &Uri) -> Option<u64> {
        let query = uri.query()?;
        let value = |name| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let (size, expires) = (value("size")?.parse().ok()?, value("expires")?.parse().ok()?);
        let signature = hex::decode(value("X-Amz-Signature")?).ok()?;
        let mac = self.mac(method, repository, oid, size, expires);
        (mac.verify_slice(&signature).is_ok() && now() < expires).then_some(size)
    }

    fn mac(&self, method: &Method, repository: &Path, oid: &Oid, size: u64, expires: u64) -> Hmac<Sha256> {
        let text = format!("{method}\n{}\n{oid}\n{size}\n{expires}", repository.display());
        Hmac::new_from_slice(self.key.as_bytes()).expect("HMAC takes keys of every length").chain_update(text)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Credentials(***)")
    }
}

/// 122 random bits of the operating system.
fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
