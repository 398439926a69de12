//! Answers the request of one channel, most of the time by running git: bytes in, bytes out, no more held in memory than the client has room for, and no process
//! that outlives its client.

use crate::command::{Command, Service};
use crate::lfs::LfsServer;
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use std::path::Path;
use std::process::Stdio;
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
    /// A running git, until it ends.
    Git(Box<Child>),
    /// This text, and success.
    Text(String),
}

/// Answers one `exec` request and closes the channel.
pub(crate) async fn serve(
    channel: Channel<Msg>,
    request: &[u8],
    version_two: bool,
    root: &Path,
    lfs: &LfsServer,
) {
    let (input, output) = channel.split();
    let ended = match answer(request, version_two, root, lfs) {
        Ok(Answer::Git(git)) => attend(*git, input, &output).await,
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
fn answer(request: &[u8], version_two: bool, root: &Path, lfs: &LfsServer) -> Result<Answer, String> {
    match Command::parse(request, root)? {
        Command::Git { service, path } => {
            let git = start(service, &path, version_two, root);
            Ok(Answer::Git(Box::new(git.map_err(|error| format!("git did not start: {error}"))?)))
        }
        Command::LfsAuthenticate { path, operation } => lfs.authenticate(&path, operation).map(Answer::Text),
    }
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
) -> Result<u32, russh::Error> {
    let stdin = git.stdin.take().expect("the standard input was asked for as a pipe");
    let stdout = git.stdout.take().expect("the standard output was asked for as a pipe");
    let stderr = git.stderr.take().expect("the standard error was asked for as a pipe");
    let written = async { tokio::try_join!(send(stdout, output, None), send(stderr, output, Some(STDERR))) };
    tokio::select! {
        sent = written => sent?,
        // The client hung up: dropping the process kills it.
        () = feed(stdin, input) => return Err(russh::Error::Disconnect),
    };
    let status = git.wait().await?;
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

/// Passes on what the client sends, and its end of input. Returns when the client has closed the channel or is gone.
async fn feed(stdin: ChildStdin, mut input: ChannelReadHalf) {
    let mut stdin = Some(stdin);
    while let Some(message) = input.wait().await {
        match message {
            ChannelMsg::Data { data } => {
                let gone = match stdin.as_mut() {
                    Some(pipe) => pipe.write_all(&data).await.is_err(),
                    None => false,
                };
                if gone {
                    stdin = None; // git closed its input: it ends on its own, and says why.
                }
            }
            ChannelMsg::Eof => stdin = None,
            ChannelMsg::Close => return,
            _ => {}
        }
    }
}
