//! The Git LFS server of the host: the batch API and the basic transfer of
//! <https://github.com/git-lfs/git-lfs/tree/main/docs/api>, over HTTP on loopback. A client gets its address and a token
//! from `git-lfs-authenticate` over SSH. The URLs of objects carry a signature and need no token, as those of GitHub do.

mod batch;
mod credentials;
mod store;

use crate::command::{self, Operation};
use crate::requests::RequestLog;
use anyhow::Context;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use credentials::{Credentials, LIFETIME};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::json;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Oid, Store};
use tokio::net::TcpListener;

/// Media type of every message of the API.
const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// What the path of a repository keeps in a URL.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// A server that listens already. Clones share one state.
#[derive(Clone, Debug)]
pub(crate) struct LfsServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    port: u16,
    credentials: Credentials,
    /// Repositories whose objects are answered with 403, by their path below the root.
    refused: Mutex<HashSet<PathBuf>>,
    requests: RequestLog,
}

/// A repository that a request names.
struct Repository {
    /// Relative to the root, as git opens it.
    path: PathBuf,
    store: Store,
}

/// A request that is not served: HTTP status and sentence.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = message(self.0, &json!({"message": self.1}));
        if self.0 == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer realm=\"Git LFS\"");
            response.headers_mut().insert("lfs-authenticate", scheme);
        }
        response
    }
}

impl LfsServer {
    /// Serves the repositories in `root` on a free port of 127.0.0.1 until `stopped` resolves.
    ///
    /// # Errors
    /// When there is no free port.
    pub(crate) fn start(
        root: &Path,
        requests: RequestLog,
        stopped: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let socket =
            std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port for the Git LFS server")?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from_std(socket)?;
        let port = listener.local_addr()?.port();
        let inner = Inner {
            root: root.to_owned(),
            port,
            credentials: Credentials::new(),
            refused: Mutex::default(),
            requests,
        };
        let server = Self(Arc::new(inner));
        let router = axum::Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::warn!(%error, "the Git LFS server ended");
            }
        });
        Ok(server)
    }

    /// The answer to `git-lfs-authenticate`: address and credentials for one operation on one repository.
    ///
    /// # Errors
    /// A sentence for the client if there is no such repository.
    pub(crate) fn authenticate(&self, path: &Path, operation: Operation) -> Result<String, String> {
        let repository = self
            .repository(path)
            .ok_or_else(|| format!("'{}' does not appear to be a git repository", path.display()))?;
        let token = self.0.credentials.issue(&repository.path, operation);
        let answer = json!({
            "href": self.url(&repository.path),
            "header": {"Authorization": format!("Bearer {token}")},
            "expires_in": LIFETIME.as_secs(),
        });
        Ok(format!("{answer}\n"))
    }

    /// Whether the URLs of a repository's objects answer 403 from now on, as expired ones do.
    pub(crate) fn refuse_objects(&self, path: PathBuf, refuse: bool) {
        let mut refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refuse {
            refused.insert(path);
        } else {
            refused.remove(&path);
        }
    }

    fn refuses_objects(&self, path: &Path) -> bool {
        self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(path)
    }

    /// The address of a repository's API, without a slash at the end.
    fn url(&self, repository: &Path) -> String {
        let path = repository.display().to_string();
        format!("http://127.0.0.1:{}/{}/info/lfs", self.0.port, utf8_percent_encode(&path, PATH))
    }

    fn repository(&self, path: &Path) -> Option<Repository> {
        let folder = command::git_folder(path, &self.0.root)?;
        let path = folder.strip_prefix(&self.0.root).ok()?.to_owned();
        Some(Repository { path, store: Store::new(&folder) })
    }

    /// The repository in the path of a URL, and what follows `/info/lfs/` there.
    fn target<'a>(&self, uri: &'a Uri) -> Option<(Repository, &'a str)> {
        let (path, resource) = uri.path().rsplit_once("/info/lfs/")?;
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let path = command::inside(&path, &self.0.root)?;
        Some((self.repository(&path)?, resource))
    }

    async fn serve(&self, request: Request) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let unknown = || Refusal(StatusCode::NOT_FOUND, "there is no such repository or resource".into());
        let (repository, resource) = self.target(&head.uri).ok_or_else(unknown)?;
        match (&head.method, resource) {
            (&Method::POST, "objects/batch") => self.batch(&repository, &head.headers, body).await,
            (&Method::POST, "verify") => self.verify(&repository, &head.headers, body).await,
            (method @ (&Method::GET | &Method::PUT), _) => {
                let oid = resource.strip_prefix("objects/").and_then(Oid::parse).ok_or_else(unknown)?;
                let size = self.0.credentials.check_url(method, &repository.path, &oid, &head.uri);
                match size.filter(|_| !self.refuses_objects(&repository.path)) {
                    None => Ok(forbidden()),
                    Some(_) if method == Method::GET => repository.store.read(&oid).await,
                    Some(size) => {
                        repository.store.write(&oid, size, body).await?;
                        Ok(StatusCode::OK.into_response())
                    }
                }
            }
            _ => Err(unknown()),
        }
    }
}

/// The answer to a URL that has expired or whose signature is wrong: in the words of S3, where hosts keep objects.
fn forbidden() -> Response {
    let body = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
    (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

async fn answer(State(server): State<LfsServer>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri().path());
    server.0.requests.add(|requests| requests.http.push(line));
    server.serve(request).await.unwrap_or_else(IntoResponse::into_response)
}

/// A message of the API.
fn message(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], Body::from(body.to_string())).into_response()
}
