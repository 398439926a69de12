//! The batch API: which of the named objects there are, and the URLs to get or store them.

use super::store::Oid;
use super::{LfsServer, Refusal, Repository, message};
use crate::command::Operation;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A client names at most 100 objects in a batch; this is room for thousands.
const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
struct Batch {
    operation: Operation,
    /// None means `basic` alone.
    transfers: Option<Vec<String>>,
    hash_algo: Option<String>,
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    oid: String,
    size: u64,
}

impl LfsServer {
    pub(super) async fn batch(
        &self,
        repository: &Repository,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, Refusal> {
        let allowed = self.0.credentials.check(headers, &repository.path)?;
        let batch: Batch = read(headers, body).await?;
        if batch.operation != allowed {
            let reason = "the credentials are for the other operation";
            return Err(Refusal(StatusCode::FORBIDDEN, reason.into()));
        }
        if batch.hash_algo.is_some_and(|algorithm| algorithm != "sha256") {
            return Err(Refusal(StatusCode::CONFLICT, "object ids are SHA-256 hashes here".into()));
        }
        if batch.transfers.is_some_and(|transfers| !transfers.iter().any(|name| name == "basic")) {
            return Err(invalid("the one transfer here is basic"));
        }
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let authorization = authorization.unwrap_or_default();
        let objects = batch.objects.iter();
        let objects: Vec<Value> = match batch.operation {
            Operation::Download => objects.map(|object| self.download(repository, object)).collect(),
            Operation::Upload => {
                objects.map(|object| self.upload(repository, object, authorization)).collect()
            }
        };
        let answer = json!({"transfer": "basic", "objects": objects, "hash_algo": "sha256"});
        Ok(message(StatusCode::OK, &answer))
    }

    /// Whether an object that was just stored is there.
    pub(super) async fn verify(
        &self,
        repository: &Repository,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<Response, Refusal> {
        self.0.credentials.check(headers, &repository.path)?;
        let object: Object = read(headers, body).await?;
        let found = Oid::parse(&object.oid).and_then(|oid| repository.store.size(&oid));
        if found == Some(object.size) {
            return Ok(StatusCode::OK.into_response());
        }
        Err(Refusal(StatusCode::NOT_FOUND, "there is no such object".into()))
    }

    fn download(&self, repository: &Repository, object: &Object) -> Value {
        match Oid::parse(&object.oid) {
            None => failed(object, 422, "not an object id"),
            Some(oid) if repository.store.size(&oid) == Some(object.size) => {
                let get = self.action(&Method::GET, repository, &oid, object.size);
                json!({"oid": object.oid, "size": object.size, "authenticated": true, "actions": {"download": get}})
            }
            Some(_) => failed(object, 404, "Object does not exist"),
        }
    }

    /// What the client has to do to store an object; nothing if it is there.
    fn upload(&self, repository: &Repository, object: &Object, authorization: &str) -> Value {
        let Some(oid) = Oid::parse(&object.oid) else {
            return failed(object, 422, "not an object id");
        };
        let mut answer = json!({"oid": object.oid, "size": object.size, "authenticated": true});
        if repository.store.size(&oid) != Some(object.size) {
            let verify = format!("{}/verify", self.url(&repository.path));
            answer["actions"] = json!({
                "upload": self.action(&Method::PUT, repository, &oid, object.size),
                "verify": {"href": verify, "header": {"Authorization": authorization}},
            });
        }
        answer
    }

    fn action(&self, method: &Method, repository: &Repository, oid: &Oid, size: u64) -> Value {
        let query = self.0.credentials.query(method, &repository.path, oid, size);
        let href = format!("{}/objects/{oid}?{query}", self.url(&repository.path));
        json!({"href": href, "expires_in": super::LIFETIME.as_secs()})
    }
}

/// The entry of an object that is not served.
fn failed(object: &Object, code: u16, message: &str) -> Value {
    json!({"oid": object.oid, "size": object.size, "error": {"code": code, "message": message}})
}

/// A message of the API, which says that it is one.
async fn read<T: DeserializeOwned>(headers: &HeaderMap, body: Body) -> Result<T, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().map(str::trim) != Some(super::MEDIA_TYPE) {
        let reason = format!("the content type must be {}", super::MEDIA_TYPE);
        return Err(Refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason));
    }
    let body = to_bytes(body, LARGEST_MESSAGE).await.map_err(|_| invalid("the message is too long"))?;
    serde_json::from_slice(&body).map_err(|error| invalid(&error.to_string()))
}

fn invalid(reason: &str) -> Refusal {
    Refusal(StatusCode::UNPROCESSABLE_ENTITY, reason.into())
}
