//! Repositories of a service behind the host, which has its own rules about who may do what.

use crate::command::Service;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

/// A future that an object can return.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The refusal that a client is shown.
pub type Reason = String;

/// What a client does to one reference when it pushes. An id of zeros stands for no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// `refs/heads/main`
    pub reference: String,
    pub old: String,
    pub new: String,
}

/// The repositories of a service.
pub trait Repositories: Send + Sync + 'static {
    /// Whether a user other than `git` logs in with this key, a line as in `id_rsa.pub`.
    fn admits(&self, user: &str, key: &str) -> bool;

    /// The repository at a path for a user who wants to push to it, or to fetch from it; none if the path is none of the service.
    fn open<'a>(
        &'a self,
        user: &'a str,
        path: &'a str,
        push: bool,
    ) -> Pending<'a, Option<Result<Arc<dyn Opened>, Reason>>>;
}

/// A repository that one client has opened.
pub trait Opened: Send + Sync {
    /// The bare repository.
    fn folder(&self) -> &Path;

    /// Whether the client may make these updates: asked before git sees them.
    fn check(&self, updates: Vec<Update>) -> Pending<'_, Result<(), Reason>>;

    /// Git has ended, and the client does not know it yet.
    fn closed(&self) -> Pending<'_, ()>;
}

/// The service behind a host, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Served(Option<Arc<dyn Repositories>>);

impl Served {
    pub(crate) fn by(repositories: Arc<dyn Repositories>) -> Self {
        Self(Some(repositories))
    }

    pub(crate) fn admits(&self, user: &str, key: &str) -> bool {
        self.0.as_ref().is_some_and(|service| service.admits(user, key))
    }

    pub(crate) async fn open(
        &self,
        user: &str,
        path: &Path,
        service: Service,
    ) -> Option<Result<Arc<dyn Opened>, Reason>> {
        let repositories = self.0.as_ref()?;
        repositories.open(user, path.to_str()?, service == Service::ReceivePack).await
    }
}

impl std::fmt::Debug for Served {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Served").field(&self.0.is_some()).finish()
    }
}
