//! The ministack process behind the gateway: started in a process group and an environment of its own, so that nothing
//! of the user's shell reaches it or the Lambda functions it runs, and ended with everything it started.

use anyhow::{Context, bail};
use bytes::Bytes;
use emulator_core::Secrets;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::{Instant, sleep, timeout};

const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A running ministack. It ends when this is dropped, because its standard input closes then.
pub(crate) struct Ministack {
    child: Child,
    input: Option<ChildStdin>,
    pub(crate) port: u16,
    /// Without that of the port, ministack's port answers nobody.
    pub(crate) secrets: Secrets,
}

/// What ministack is told when it is started.
pub(crate) struct Plan<'a> {
    /// Root of the project: holds `.venv/emulator` and `emulator/cloudformation`.
    pub(crate) project: &'a Path,
    /// Directory for its log, its home and its temporary files.
    pub(crate) state: &'a Path,
    /// URL of the gateway, which is the endpoint of every function.
    pub(crate) endpoint: &'a str,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// How many times faster than on AWS simulated time passes.
    pub(crate) speed: f64,
}

impl Ministack {
    /// Starts ministack on a free port and waits until it answers.
    pub(crate) async fn start(plan: &Plan<'_>) -> anyhow::Result<Self> {
        let python = python(plan.project)?;
        let (home, log) = (plan.state.join("ministack"), plan.state.join("ministack.log"));
        std::fs::create_dir_all(&home)?;
        let output = std::fs::File::create(&log).with_context(|| format!("create {}", log.display()))?;
        let (reserved, port) = reserve_port()?;
        let secrets = Secrets::generate();
        let mut child = Command::new(python)
            .arg(plan.project.join("emulator/cloudformation"))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("MINISTACK_ACCOUNT_ID", plan.account)
            .env("MINISTACK_REGION", plan.region)
            .env("AWS_ENDPOINT_URL", plan.endpoint)
            .env("SFN_WAIT_SCALE", (1.0 / plan.speed).to_string())
            .env("LOCAL_SPEED", plan.speed.to_string())
            .env("LOCAL_PORT_SECRET", secrets.port())
            .env("LOCAL_ROOT_SECRET", secrets.root_key())
            .env("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "1")
            // Servers of services nobody here uses.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("start ministack")?;
        let input = child.stdin.take();
        let mut ministack = Self { child, input, port, secrets };
        ministack.wait_until_healthy(&log).await?;
        drop(reserved);
        Ok(ministack)
    }

    /// URL of ministack itself; only the gateway uses it.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it and every process it started, and waits for that.
    pub(crate) async fn stop(mut self) {
        self.input = None;
        if timeout(STOP_LIMIT, self.child.wait()).await.is_err() {
            self.kill_group();
            // Cannot fail: SIGKILL ends it, and it is our child.
            let _ = self.child.wait().await;
        }
    }

    async fn wait_until_healthy(&mut self, log: &Path) -> anyhow::Result<()> {
        let limit = Instant::now() + START_LIMIT;
        while !answers(self.port, &self.secrets).await {
            if let Some(status) = self.child.try_wait()? {
                bail!("ministack ended with {status} while it started:\n{}", tail(log));
            }
            if Instant::now() > limit {
                bail!("ministack did not answer within {START_LIMIT:?}:\n{}", tail(log));
            }
            sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    fn kill_group(&self) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            // Fails only if the group is gone already, which is what we want.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        self.kill_group();
    }
}

/// The interpreter of the virtual environment that ministack is installed in.
fn python(project: &Path) -> anyhow::Result<PathBuf> {
    let python = project.join(".venv/emulator/bin/python");
    if !python.exists() {
        bail!("the emulator needs {}: create it with `make .venv/emulator/installed`", python.display());
    }
    Ok(python)
}

/// A port that no other program gets while the socket is there, although nobody listens on it yet. Linux lets a socket that
/// reuses addresses, as ministack's does, bind and listen on it; where that is not so, the port is only free at the moment.
fn reserve_port() -> std::io::Result<(Option<TcpSocket>, u16)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((std::net::Ipv4Addr::LOCALHOST, 0).into())?;
    let port = socket.local_addr()?.port();
    Ok((cfg!(target_os = "linux").then_some(socket), port))
}

/// Whether ministack says on this port that it is up.
async fn answers(port: u16, secrets: &Secrets) -> bool {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let health = hyper::Request::get(format!("http://127.0.0.1:{port}/_ministack/health"))
        .header(Secrets::HEADER, secrets.port())
        .body(Empty::new());
    match health {
        Ok(health) => client.request(health).await.is_ok_and(|answer| answer.status().is_success()),
        Err(_) => false,
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reserved_port_is_for_who_reuses_addresses() {
        let (reserved, port) = reserve_port().unwrap();
        let address = (std::net::Ipv4Addr::LOCALHOST, port).into();
        let other = TcpSocket::new_v4().unwrap();
        assert_eq!(other.bind(address).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
        let own = TcpSocket::new_v4().unwrap();
        own.set_reuseaddr(true).unwrap();
        own.bind(address).unwrap();
        let listener = own.listen(1).unwrap();
        drop(reserved);
        tokio::net::TcpStream::connect(address).await.unwrap();
        listener.accept().await.unwrap();
    }
}
