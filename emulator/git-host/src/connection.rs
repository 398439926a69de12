//! What one client may do on its connection: log in with an authorized key, then run git services and get credentials
//! for Git LFS.

use crate::lfs::LfsServer;
use crate::process::{self, Host};
use crate::requests::RequestLog;
use crate::{Authorized, Behind};
use russh::keys::{Algorithm, PublicKey};
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The user of every git address on this host.
pub(crate) const USER: &str = "git";

/// The state of one connection.
pub(crate) struct Connection {
    root: Arc<PathBuf>,
    authorized: Authorized,
    behind: Behind,
    lfs: LfsServer,
    requests: RequestLog,
    /// The user who logged in.
    user: String,
    waiting: HashMap<ChannelId, Waiting>,
    /// The running git services. They end with the connection, because dropping the set stops them.
    running: JoinSet<()>,
}

/// A channel that is open and has not said yet what it wants.
struct Waiting {
    channel: Channel<Msg>,
    /// The client speaks version 2 of git's protocol.
    version_two: bool,
}

impl Connection {
    pub(crate) fn new(
        root: PathBuf,
        authorized: Authorized,
        behind: Behind,
        lfs: LfsServer,
        requests: RequestLog,
    ) -> Self {
        let (root, waiting, running) = (Arc::new(root), HashMap::new(), JoinSet::new());
        Self { root, authorized, behind, lfs, requests, user: String::new(), waiting, running }
    }

    /// A fresh connection to the same repositories.
    pub(crate) fn another(&self) -> Self {
        Self {
            root: Arc::clone(&self.root),
            authorized: Arc::clone(&self.authorized),
            behind: Arc::clone(&self.behind),
            lfs: self.lfs.clone(),
            requests: self.requests.clone(),
            user: String::new(),
            waiting: HashMap::new(),
            running: JoinSet::new(),
        }
    }

    fn judge(&self, user: &str, key: &PublicKey, algorithm: &Algorithm) -> Auth {
        let sha1 = matches!(algorithm, Algorithm::Rsa { hash: None });
        let known = if user == USER {
            let authorized = self.authorized.read().expect("no holder of this lock can panic");
            authorized.contains(key.key_data())
        } else {
            let line = key.to_openssh().unwrap_or_default();
            self.behind.read().expect("no holder of this lock can panic").admits(user, &line)
        };
        if known && !sha1 { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Connection {
    type Error = anyhow::Error;

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> anyhow::Result<Auth> {
        Ok(self.judge(user, offer.public_key, offer.algorithm))
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> anyhow::Result<Auth> {
        let judged = self.judge(user, key.public_key, key.algorithm);
        if matches!(judged, Auth::Accept) {
            user.clone_into(&mut self.user);
        }
        Ok(judged)
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> anyhow::Result<()> {
        self.requests.add(|requests| requests.logins += 1);
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> anyhow::Result<()> {
        self.waiting.insert(channel.id(), Waiting { channel, version_two: false });
        reply.accept().await;
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut Session) -> anyhow::Result<()> {
        self.waiting.remove(&id);
        Ok(())
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> anyhow::Result<()> {
        // The one variable git needs, with the one value it has today: nothing else reaches a process.
        let known = name == "GIT_PROTOCOL" && value == "version=2";
        match self.waiting.get_mut(&id) {
            Some(waiting) if known => {
                waiting.version_two = true;
                session.channel_success(id)?;
            }
            _ => session.channel_failure(id)?,
        }
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        request: &[u8],
        session: &mut Session,
    ) -> anyhow::Result<()> {
        let Some(Waiting { channel, version_two }) = self.waiting.remove(&id) else {
            session.channel_failure(id)?;
            return Ok(());
        };
        session.channel_success(id)?;
        while self.running.try_join_next().is_some() {} // Forget the ones that ended.
        let line = String::from_utf8_lossy(request).into_owned();
        self.requests.add(|requests| requests.commands.push(line));
        let host = Host {
            root: Arc::clone(&self.root),
            lfs: self.lfs.clone(),
            served: self.behind.read().expect("no holder of this lock can panic").clone(),
            user: self.user.clone(),
        };
        let request = request.to_vec();
        self.running.spawn(async move { process::serve(channel, &request, version_two, &host).await });
        Ok(())
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> anyhow::Result<()> {
        session.channel_failure(id)?;
        Ok(())
    }
}
