//! The objects of one repository, in `lfs/objects/aa/bb/OID` of its git folder, where git-lfs itself keeps them. What is
//! stored has the hash and the size that its name says.

use super::Refusal;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{StreamExt, try_unfold};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

/// How much of an object is in memory at once.
const CHUNK: usize = 64 * 1024;

/// The id of an object: its SHA-256 in lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Oid(String);

impl Oid {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(digit)).then(|| Self(text.to_owned()))
    }
}

impl std::fmt::Display for Oid {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// The objects of one repository.
pub(super) struct Store {
    /// `lfs` in the git folder.
    folder: PathBuf,
}

impl Store {
    pub(super) fn new(git_folder: &Path) -> Self {
        Self { folder: git_folder.join("lfs") }
    }

    fn file(&self, oid: &Oid) -> PathBuf {
        self.folder.join("objects").join(&oid.0[..2]).join(&oid.0[2..4]).join(&oid.0)
    }

    /// The size of an object; none if it is not there.
    pub(super) fn size(&self, oid: &Oid) -> Option<u64> {
        std::fs::metadata(self.file(oid)).ok().filter(std::fs::Metadata::is_file).map(|found| found.len())
    }

    /// The content of an object, as the answer to a request.
    pub(super) async fn read(&self, oid: &Oid) -> Result<Response, Refusal> {
        let absent = |_| Refusal(StatusCode::NOT_FOUND, "there is no such object".into());
        let file = File::open(self.file(oid)).await.map_err(absent)?;
        let length = file.metadata().await.map_err(absent)?.len();
        let chunks = try_unfold(file, |mut file| async move {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).await?;
            chunk.truncate(read);
            Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
        });
        let headers = [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (header::CONTENT_LENGTH, length.to_string()),
        ];
        Ok((headers, Body::from_stream(chunks)).into_response())
    }

    /// Stores an object whose content has this size and this hash, and nothing of any other.
    pub(super) async fn write(&self, oid: &Oid, size: u64, body: Body) -> Result<(), Refusal> {
        let part = self.folder.join("tmp").join(Uuid::new_v4().simple().to_string());
        let stored = self.store(&part, oid, size, body).await;
        if stored.is_err() {
            // Fails only if it was never made.
            let _ = fs::remove_file(&part).await;
        }
        stored
    }

    async fn store(&self, part: &Path, oid: &Oid, size: u64, body: Body) -> Result<(), Refusal> {
        let broken = |error: io::Error| Refusal(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        let wrong = |reason: &str| Refusal(StatusCode::UNPROCESSABLE_ENTITY, reason.to_owned());
        let object = self.file(oid);
        for folder in [part.parent(), object.parent()].into_iter().flatten() {
            fs::create_dir_all(folder).await.map_err(broken)?;
        }
        let mut file = File::create_new(part).await.map_err(broken)?;
        let (mut hash, mut received) = (Sha256::new(), 0);
        let mut chunks = body.into_data_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| wrong("the content ended early"))?;
            received += chunk.len() as u64;
            if received > size {
                break;
            }
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(broken)?;
        }
        if received != size {
            return Err(wrong("the content has another size"));
        }
        if hex::encode(hash.finalize()) != oid.0 {
            return Err(wrong("the content has another hash"));
        }
        file.sync_all().await.map_err(broken)?;
        fs::rename(part, &object).await.map_err(broken)
    }
}
