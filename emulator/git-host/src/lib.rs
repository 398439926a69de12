//! A git host as a company runs one: an SSH server that serves the bare repositories of a folder through git itself,
//! to the holders of authorized keys, and an HTTP server for their Git LFS objects. Both listen on loopback only. All
//! that it keeps is in the repositories.

mod command;
mod connection;
pub mod git_lfs;
mod lfs;
mod process;
mod push;
mod requests;
mod served;

pub use requests::Requests;
pub use served::{Opened, Pending, Reason, Repositories, Update};

use anyhow::Context;
use connection::Connection;
use lfs::LfsServer;
use requests::RequestLog;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{Config, run_stream};
use russh::{Disconnect, MethodKind, MethodSet};
use served::Served;
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The keys that may log in. Shared with every connection, so that a key added now counts for the next log-in.
type Authorized = Arc<RwLock<Vec<KeyData>>>;

/// The service behind the host, shared with every connection in the same way.
type Behind = Arc<RwLock<Served>>;

/// A running git host. It stops when it is dropped.
#[derive(Debug)]
pub struct GitHost {
    port: u16,
    host_key: PublicKey,
    authorized: Authorized,
    behind: Behind,
    lfs: LfsServer,
    requests: RequestLog,
    stopped: watch::Sender<bool>,
}

impl GitHost {
    /// Serves the bare repositories in `root` on a free port of 127.0.0.1, with a host key of its own. Nobody may log
    /// in until a key is authorized. Needs a tokio runtime.
    ///
    /// # Errors
    /// When `root` is not a folder or no port is available.
    pub fn start(root: &Path) -> anyhow::Result<Self> {
        let root = root
            .canonicalize()
            .with_context(|| format!("no folder of repositories at {}", root.display()))?;
        let key =
            PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).context("could not make a host key")?;
        let host_key = key.public_key().clone();
        let socket =
            std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port for the git host")?;
        socket.set_nonblocking(true)?;
        let listener = TcpListener::from_std(socket)?;
        let port = listener.local_addr()?.port();

        let (stopped, watched) = watch::channel(false);
        let authorized = Authorized::default();
        let requests = RequestLog::default();
        let mut stop = watched.clone();
        let lfs = LfsServer::start(&root, requests.clone(), async move { end(&mut stop).await })?;
        let behind = Behind::default();
        let keys = Arc::clone(&authorized);
        let first = Connection::new(root, keys, Arc::clone(&behind), lfs.clone(), requests.clone());
        tokio::spawn(accept(listener, Arc::new(config(key)), first, watched));
        Ok(Self { port, host_key, authorized, behind, lfs, requests, stopped })
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The line for a client's `known_hosts`: `[127.0.0.1]:PORT ssh-ed25519 AAAA...`.
    #[must_use]
    pub fn host_key(&self) -> String {
        let key = self.host_key.to_openssh().expect("a key made here can be written down");
        format!("[127.0.0.1]:{} {key}", self.port)
    }

    /// Lets the holder of this key read and write every repository. The key is a line as in `id_ed25519.pub`.
    ///
    /// # Errors
    /// When the line is not an OpenSSH public key.
    pub fn authorize(&self, public_key: &str) -> anyhow::Result<()> {
        let key = PublicKey::from_openssh(public_key.trim()).context("not an OpenSSH public key")?;
        let mut authorized = self.authorized.write().expect("no holder of this lock can panic");
        authorized.push(key.key_data().clone());
        Ok(())
    }

    /// Serves the repositories of a service, too, from now on. Its paths come before those of the folder.
    ///
    /// # Panics
    /// Never: no holder of the lock panics.
    pub fn serve(&self, repositories: Arc<dyn Repositories>) {
        *self.behind.write().expect("no holder of this lock can panic") = Served::by(repositories);
    }

    /// The address of the repository `NAME.git` in the folder.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("ssh://git@127.0.0.1:{}/{name}.git", self.port)
    }

    /// What clients asked so far.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.requests.read()
    }

    /// Whether the signed URLs of the Git LFS objects of `NAME.git` answer 403 from now on, as expired ones do.
    pub fn refuse_objects(&self, name: &str, refuse: bool) {
        self.lfs.refuse_objects(format!("{name}.git").into(), refuse);
    }

    /// Takes no more connections and ends the open ones, with the git processes they run.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }
}

impl Drop for GitHost {
    fn drop(&mut self) {
        self.stop();
    }
}

fn config(key: PrivateKey) -> Config {
    Config {
        keys: vec![key],
        methods: MethodSet::from([MethodKind::PublicKey].as_slice()),
        // A slow refusal protects against guessing over a network; there is none here.
        auth_rejection_time: Duration::ZERO,
        nodelay: true,
        ..Config::default()
    }
}

async fn accept(
    listener: TcpListener,
    config: Arc<Config>,
    first: Connection,
    stopped: watch::Receiver<bool>,
) {
    let mut stop = stopped.clone();
    loop {
        tokio::select! {
            () = end(&mut stop) => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(serve(stream, Arc::clone(&config), first.another(), stopped.clone()));
                }
                // Out of file handles, or the client left while it waited: the next one may fare better.
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
}

/// One client, from its first byte to its last. Whatever goes wrong with it stays here.
async fn serve(
    stream: TcpStream,
    config: Arc<Config>,
    connection: Connection,
    mut stopped: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "could not switch off Nagle's algorithm");
    }
    let session = tokio::select! {
        () = end(&mut stopped) => return,
        session = run_stream(config, stream, connection) => session,
    };
    let session = match session {
        Ok(session) => session,
        Err(error) => return tracing::debug!(%error, "a client left before it said who it is"),
    };
    let handle = session.handle();
    tokio::select! {
        () = end(&mut stopped) => {
            // Fails only when the session is over already, which is what this is for.
            let _ = handle.disconnect(Disconnect::ByApplication, "the git host stops".into(), String::new()).await;
        }
        ended = session => if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended with an error");
        },
    }
}

/// Returns once the host has been stopped or dropped.
async fn end(stopped: &mut watch::Receiver<bool>) {
    // An error says that the host is gone, which is the same.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
