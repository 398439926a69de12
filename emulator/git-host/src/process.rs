//! Answers the request of one channel, most of the time by running git: bytes in, bytes out, no more held in memory than the
//! client has room for, and no process that outlives its client.

use crate::command::{Command, Service};
use crate::connection::USER;
use crate::lfs::LfsServer;
use crate::push::{Progress, Updates};
use crate::served::{Opened, Reason, Served};
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};

/// What git itself exits with when it gives up.
const FATAL: u32 = 128;

/// The number SSH gives to the standard error of a channel.
const STDERR: u32 = 1;

/// Large enough for few calls, small enough for a client on a slow line to be served in turns.
const CHUNK: usize = 32 * 1024;

/// What a request is answered with.
enum Answer {
    /// A running git, until it ends, and the repository of a service to which it takes a push.
    Git(Box<Child>, Option<Arc<dyn Opened>>),
    /// This text, and success.
    Text(String),
}

/// What requests are served from, and for whom.
pub(crate) struct Host {
    pub(crate) root: Arc<PathBuf>,
    pub(crate) lfs: LfsServer,
    pub(crate) served: Served,
    pub(crate) user: String,
}

/// Answers one `exec` request and closes the channel.
pub(crate) async fn serve(channel: Channel<Msg>, request: &[u8], version_two: bool, host: &Host) {
    let (input, output) = channel.split();
    let ended = match answer(request, version_two, host).await {
        Ok(Answer::Git(git, opened)) => attend(*git, input, &output, opened.as_deref()).await,
        Ok(Answer::Text(text)) => output.data_bytes(text).await.map(|()| 0),
        Err(why) => output.extended_data_bytes(STDERR, format!("fatal: {why}\n")).await.map(|()| FATAL),
    };
    match ended {
        Ok(status) => {
            // These fail only when the client is gone, and then nobody waits for them.
            let _ = output.exit_status(status).await;
            let _ = output.eof().await;
            let _ = output.close().await;
        }
        Err(error) => tracing::debug!(%error, "the client left before git had ended"),
    }
}

/// The answer to a request; a sentence for the client if there is none.
async fn answer(request: &[u8], version_two: bool, host: &Host) -> Result<Answer, Reason> {
    let command = Command::parse(request, &host.root)?;
    let (Command::Git { path, .. } | Command::LfsAuthenticate { path, .. }) = &command;
    if let Command::Git { service, path } = &command
        && let Some(opened) = host.served.open(&host.user, path, *service).await
    {
        let opened = opened?;
        let git = start(*service, opened.folder(), version_two, &host.root);
        let opened = (*service == Service::ReceivePack).then_some(opened);
        return Ok(Answer::Git(Box::new(git.map_err(|error| not_started(&error))?), opened));
    }
    if host.user != USER {
        return Err(format!("'{}' is no repository of a service", path.display()));
    }
    match command {
        Command::Git { service, path } => {
            let git = start(service, &path, version_two, &host.root);
            Ok(Answer::Git(Box::new(git.map_err(|error| not_started(&error))?), None))
        }
        Command::LfsAuthenticate { path, operation } => {
            host.lfs.authenticate(&path, operation).map(Answer::Text)
        }
    }
}

fn not_started(error: &std::io::Error) -> Reason {
    format!("git did not start: {error}")
}

/// Starts git in the root with an environment of its own, so that nothing of the user's configuration is used.
fn start(service: Service, path: &Path, version_two: bool, root: &Path) -> std::io::Result<Child> {
    let mut git = tokio::process::Command::new("git");
    git.args(["-c", "safe.directory=*", "-c", "uploadpack.allowAnySHA1InWant=true"])
        .args(["-c", "uploadpack.allowFilter=true", service.name(), "--"])
        .arg(path)
        .current_dir(root)
        .env_clear()
        .env("PATH", search_path())
        .envs([("LC_ALL", "C"), ("HOME", "/nonexistent"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if version_two {
        git.env("GIT_PROTOCOL", "version=2");
    }
    git.spawn()
}

/// Where git and the programs it starts are found: as on the machine this runs on.
fn search_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

/// Carries the bytes of a running git and tells its exit status. The three streams move on their own: git may write
/// progress while it still reads.
async fn attend(
    mut git: Child,
    input: ChannelReadHalf,
    output: &ChannelWriteHalf<Msg>,
    opened: Option<&dyn Opened>,
) -> Result<u32, russh::Error> {
    let stdin = git.stdin.take().expect("the standard input was asked for as a pipe");
    let stdout = git.stdout.take().expect("the standard output was asked for as a pipe");
    let stderr = git.stderr.take().expect("the standard error was asked for as a pipe");
    let written = async { tokio::try_join!(send(stdout, output, None), send(stderr, output, Some(STDERR))) };
    let refused = tokio::select! {
        sent = written => {
            sent?;
            None
        }
        refused = feed(stdin, input, opened) => match refused {
            Some(reason) => Some(reason),
            // The client hung up: dropping the process kills it.
            None => return Err(russh::Error::Disconnect),
        },
    };
    if let Some(reason) = refused {
        git.kill().await?;
        output.extended_data_bytes(STDERR, format!("fatal: {reason}\n")).await?;
        return Ok(FATAL);
    }
    let status = git.wait().await?;
    if let Some(opened) = opened {
        opened.closed().await;
    }
    // A process ended by a signal has no code; a shell would report it like this as well.
    Ok(status.code().and_then(|code| u32::try_from(code).ok()).unwrap_or(FATAL))
}

/// Passes on what git writes, as fast as the client's window takes it.
async fn send(
    mut from: impl AsyncRead + Unpin,
    output: &ChannelWriteHalf<Msg>,
    stream: Option<u32>,
) -> Result<(), russh::Error> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(());
        }
        match stream {
            None => output.data(&chunk[..read]).await?,
            Some(stream) => output.extended_data(stream, &chunk[..read]).await?,
        }
    }
}

/// Passes on what the client sends, and its end of input. Returns when the client has closed the channel or is gone, or with a
/// reason if it may not do what it asks for: git has seen nothing of it then.
async fn feed(stdin: ChildStdin, mut input: ChannelReadHalf, opened: Option<&dyn Opened>) -> Option<Reason> {
    let mut stdin = Some(stdin);
    let mut asked = opened.map(|opened| (opened, Updates::default()));
    while let Some(message) = input.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                let mut data = data.to_vec();
                if let Some((opened, mut updates)) = asked.take() {
                    match updates.take(&data) {
                        Progress::More => {
                            asked = Some((opened, updates));
                            continue;
                        }
                        Progress::Malformed => return Some("this is no push that git makes".into()),
                        Progress::Complete(found) => match opened.check(found).await {
                            Ok(()) => data = updates.into_bytes(),
                            Err(reason) => return Some(reason),
                        },
                    }
                }
                let gone = match stdin.as_mut() {
                    Some(pipe) => pipe.write_all(&data).await.is_err(),
                    None => false,
                };
                if gone {
                    stdin = None; // git closed its input: it ends on its own, and says why.
                }
            }
            ChannelMsg::Eof => stdin = None,
            ChannelMsg::Close => return None,
            _ => {}
        }
    }
    None
}
