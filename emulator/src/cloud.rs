//! The whole emulator in one value: the git host, ministack, the gateway in front of it and the services it serves.
//! Tests, the benchmark and the demonstration start it inside their own process; `emulator up` does for people.

#[cfg(test)]
mod tests;

use crate::gateway::{Gateway, Proxy, Registry, SERVICES};
use crate::ministack::{Ministack, Plan};
use anyhow::{Context, bail, ensure};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use emulator_codecommit::{CodeCommit, Ssh};
use emulator_core::{Bridge, Faults, Recorder, Registration, Secrets, ServiceContext};
use emulator_git_host::GitHost;
use emulator_sagemaker::SageMaker;
use serde_json::{Value, json};
use std::fs::{File, TryLockError};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "us-east-1";

/// Beyond these, times no longer fit what computes with them.
const MIN_SPEED: f64 = 0.01;
const MAX_SPEED: f64 = 100_000.0;

/// How an emulator is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Root of the project; holds `.venv/emulator` and `emulator/cloudformation`.
    pub project: PathBuf,
    /// Address of the endpoint; must be a loopback one.
    pub address: IpAddr,
    /// Port of the endpoint; 0 takes a free one.
    pub port: u16,
    /// Folder for everything the cloud has on disk. What an earlier cloud left there is removed at the start, and this
    /// one's stays at the end, for people to read. None is a temporary folder that goes when the cloud stops.
    pub state: Option<PathBuf>,
    /// How many times faster than on AWS everything goes that only takes time: the statuses of SageMaker's resources, the
    /// waits of state machines, the time limits of actions. 1 is as slow as AWS.
    pub speed: f64,
}

impl Options {
    /// The same, with its files in `target/emulator/NAME` of the project.
    #[must_use]
    pub fn keep_files(self, name: &str) -> Self {
        let state = Some(self.project.join("target/emulator").join(name));
        Self { state, ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        let project = package::root();
        Self { project, address: Ipv4Addr::LOCALHOST.into(), port: 0, state: None, speed: 1.0 }
    }
}

/// The folder with the cloud's files, kept or not.
enum State {
    /// With the file beside it that is locked while this cloud uses the folder.
    Kept(PathBuf, #[expect(dead_code, reason = "closing it ends the lock")] File),
    Temporary(TempDir),
}

impl State {
    fn make(kept: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(folder) = kept else {
            return Ok(Self::Temporary(tempfile::Builder::new().prefix("sm-mlops-emulator-").tempdir()?));
        };
        let lock = lock(&folder)?;
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("could not empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
        Ok(Self::Kept(folder.canonicalize()?, lock))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(folder, _) => folder,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

/// The lock on a folder, which another emulator may be using: its repositories and keys are in there.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let beside = folder.with_added_extension("lock");
    if let Some(parent) = beside.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("could not make {}", parent.display()))?;
    }
    let file = File::create(&beside).with_context(|| format!("could not make {}", beside.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another emulator uses {}: end it, or start this one on another port, e.g. `make up PORT=4577`",
            folder.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("could not lock {}", beside.display()))
        }
    }
}

/// A running emulator. [`Cloud::stop`] ends it in order; when it is dropped, or its process is killed, ministack and
/// the functions still end.
pub struct Cloud {
    context: ServiceContext,
    recorder: Recorder,
    registry: Registry,
    git_host: GitHost,
    ministack: Ministack,
    gateway: JoinHandle<()>,
    state: State,
    project: PathBuf,
}

impl Cloud {
    /// Starts everything and waits until it answers.
    ///
    /// # Errors
    /// If the address is not a loopback one, the port is taken, or ministack is not installed or does not start.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        Self::start_with(options, SERVICES).await
    }

    /// The same with other services of this project's own.
    async fn start_with(options: Options, services: &'static [Registration]) -> anyhow::Result<Self> {
        let Options { project, address, port, state, speed } = options;
        ensure!(
            address.is_loopback(),
            "the emulator runs what it is told to as its user: it listens on loopback only, not on {address}"
        );
        ensure!(
            (MIN_SPEED..=MAX_SPEED).contains(&speed),
            "the speed must be between {MIN_SPEED} and {MAX_SPEED}, not {speed}"
        );
        let project =
            project.canonicalize().with_context(|| format!("no project at {}", project.display()))?;
        let listener = TcpListener::bind((address, port)).await.with_context(|| {
            format!(
                "{address}:{port} is in use: end what uses it, or choose another, e.g. `make up PORT=4577`"
            )
        })?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let state = State::make(state)?;
        let (git, scratch) = (state.path().join("git"), state.path().join("builds"));
        std::fs::create_dir(&git)?;
        std::fs::create_dir(&scratch)?;
        let git_host = GitHost::start(&git)?;
        let plan = Plan {
            project: &project,
            state: state.path(),
            endpoint: &endpoint,
            account: ACCOUNT,
            region: REGION,
            speed,
        };
        let ministack = Ministack::start(&plan).await?;
        let bridge = Bridge::new(&ministack.url(), &ministack.secrets);
        let context = ServiceContext::new(ACCOUNT, REGION, &endpoint, bridge, Faults::default());
        // `aws`, then git-lfs.
        let installed =
            [".venv/emulator/bin", ".venv/bin"].map(|folder| project.join(folder).display().to_string());
        let path = format!("{}:/usr/bin:/bin:/usr/local/bin", installed.join(":"));
        let context = context.with_speed(speed).with_files(path, scratch);
        CodeCommit::serve_ssh(&context, git_host.port());
        git_host.serve(Arc::new(Ssh::new(&context)));
        let registry = Registry::new(&context, services);
        let gateway =
            Gateway::new(context.clone(), registry.clone(), Proxy::new(ministack.port, &ministack.secrets));
        let recorder = gateway.recorder.clone();
        let gateway = tokio::spawn(gateway.serve(listener));
        Ok(Self { context, recorder, registry, git_host, ministack, gateway, state, project })
    }

    /// The one AWS endpoint, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.context.endpoint
    }

    /// Root of the project.
    #[must_use]
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// Account, Region, endpoint and the bridge to ministack.
    #[must_use]
    pub fn context(&self) -> &ServiceContext {
        &self.context
    }

    /// Every call that reached the endpoint.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The faults to come; plan them here.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.context.faults
    }

    /// The SageMaker service of the home account and Region, to inject states of its resources.
    #[must_use]
    pub fn sagemaker(&self) -> SageMaker {
        self.registry.home()
    }

    /// The SSH git host; its repositories are the folders `NAME.git` in [`Cloud::repositories`].
    #[must_use]
    pub fn git_host(&self) -> &GitHost {
        &self.git_host
    }

    /// The folder of the git host's bare repositories.
    #[must_use]
    pub fn repositories(&self) -> PathBuf {
        self.state.path().join("git")
    }

    /// The folder with everything this cloud has on disk, `ministack.log` included. It goes when the cloud stops, unless [`Options::state`] names it.
    #[must_use]
    pub fn state(&self) -> &Path {
        self.state.path()
    }

    /// Invocations of Lambda functions from the `from`-th on, as the bridge's `invocations` tells them.
    ///
    /// # Errors
    /// If ministack does not answer.
    pub async fn invocations(&self, from: usize) -> anyhow::Result<Vec<Value>> {
        let mut answer: Value = self.context.bridge.post("invocations", &json!({"from": from})).await?;
        Ok(serde_json::from_value(answer["invocations"].take())?)
    }

    /// The environment variables with the access key of the account's root user, for the programs that use it.
    #[must_use]
    pub fn root_variables(&self) -> [(&'static str, &str); 2] {
        let secret = self.context.bridge.secrets().root_key();
        [("AWS_ACCESS_KEY_ID", Secrets::ROOT_KEY_ID), ("AWS_SECRET_ACCESS_KEY", secret)]
    }

    /// SDK configuration of the account's root user at this endpoint.
    pub async fn root(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(self.context.region.clone()))
            .endpoint_url(self.endpoint())
            .credentials_provider(aws_credential_types::Credentials::new(
                Secrets::ROOT_KEY_ID,
                self.context.bridge.secrets().root_key(),
                None,
                None,
                "emulator",
            ))
            .load()
            .await
    }

    /// Ends everything: builds, functions, ministack, the git host, and its files, if they are temporary.
    pub async fn stop(self) {
        self.registry.stop().await;
        self.git_host.stop();
        self.ministack.stop().await;
        self.gateway.abort();
        // Fails only if it was aborted, which is what we want.
        let _ = self.gateway.await;
    }
}

/// Resolves when the user or the system asks this process to end: Ctrl-C, SIGTERM or SIGHUP.
pub async fn interrupted() {
    let asked = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            // Without a handler the signal ends the process anyway.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = asked(SignalKind::interrupt()) => {}
        () = asked(SignalKind::terminate()) => {}
        () = asked(SignalKind::hangup()) => {}
    }
}
