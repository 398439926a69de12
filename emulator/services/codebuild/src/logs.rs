//! The log of one build: a file for people, and `CloudWatch` Logs through the build's own role. Values that the build
//! must not show are replaced on the way by `***`.

mod cloudwatch;

pub(crate) use cloudwatch::CloudWatch;

use crate::model::Moment;
use emulator_core::Clock;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Lines in flight; a build that writes faster than they can be stored has to wait.
const WAITING_LINES: usize = 1024;
/// How often lines go to `CloudWatch` Logs.
const PUT_EVERY: Duration = Duration::from_secs(1);
/// How long the end of a build waits for the last lines to arrive.
const LAST_LINES: Duration = Duration::from_secs(15);
/// A secret's line that is shorter than this would blank out ordinary words.
const SHORTEST_SECRET: usize = 6;

/// Where lines are written to. Clones write to the same log.
#[derive(Clone)]
pub(crate) struct Log {
    lines: mpsc::Sender<Message>,
    clock: Clock,
    hidden: Arc<Mutex<Vec<String>>>,
}

/// Stores what is written; ends when every `Log` of it is gone.
pub(crate) struct Writer(JoinHandle<()>);

enum Message {
    Line(Moment, String),
    Connect(Box<CloudWatch>),
}

impl Log {
    /// Opens the file, which may fail only for reasons of this machine.
    pub(crate) async fn open(path: &Path, clock: &Clock) -> std::io::Result<(Self, Writer)> {
        if let Some(directory) = path.parent() {
            tokio::fs::create_dir_all(directory).await?;
        }
        let file = tokio::fs::File::create(path).await?;
        let (sender, receiver) = mpsc::channel(WAITING_LINES);
        let writer = Writer(tokio::spawn(store(file, receiver)));
        Ok((Self { lines: sender, clock: clock.clone(), hidden: Arc::default() }, writer))
    }

    /// From now on lines go to `CloudWatch` Logs too.
    pub(crate) async fn connect(&self, cloudwatch: CloudWatch) {
        // The writer ends only after the last `Log`, so it always receives; here and in `line`.
        let _ = self.lines.send(Message::Connect(Box::new(cloudwatch))).await;
    }

    /// Hides a value in all lines to come.
    pub(crate) fn hide(&self, secret: &str) {
        let parts = secret.lines().map(str::trim).filter(|part| part.len() >= SHORTEST_SECRET);
        self.hidden.lock().unwrap_or_else(PoisonError::into_inner).extend(parts.map(str::to_owned));
    }

    /// A line of the service itself.
    pub(crate) async fn say(&self, text: &str) {
        for line in text.lines() {
            self.line(format!("[Container] {} {line}", self.now().in_log())).await;
        }
    }

    /// A line of the build's output.
    pub(crate) async fn line(&self, line: String) {
        let line = self.shown(line);
        let _ = self.lines.send(Message::Line(self.now(), line)).await;
    }

    fn now(&self) -> Moment {
        self.clock.now().into()
    }

    /// A text without the values that are to be hidden.
    pub(crate) fn shown(&self, mut text: String) -> String {
        for secret in self.hidden.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "***");
            }
        }
        text
    }
}

impl Writer {
    /// Waits until all lines are stored. The caller drops its `Log` first.
    pub(crate) async fn finish(self) {
        if tokio::time::timeout(LAST_LINES, self.0).await.is_err() {
            tracing::warn!("the last lines of a build's log could not be stored in time");
        }
    }
}

async fn store(mut file: tokio::fs::File, mut lines: mpsc::Receiver<Message>) {
    let mut cloudwatch: Option<CloudWatch> = None;
    let mut every = tokio::time::interval(PUT_EVERY);
    loop {
        let message = tokio::select! {
            message = lines.recv() => message,
            _ = every.tick() => {
                put(&mut cloudwatch).await;
                continue;
            }
        };
        match message {
            Some(Message::Connect(connected)) => cloudwatch = Some(*connected),
            Some(Message::Line(time, line)) => {
                if let Err(error) = file.write_all(format!("{line}\n").as_bytes()).await {
                    tracing::warn!("a line of a build's log could not be written: {error}");
                }
                if let Some(cloudwatch) = &mut cloudwatch
                    && cloudwatch.add(time, line)
                {
                    cloudwatch.put().await;
                }
            }
            None => break,
        }
    }
    put(&mut cloudwatch).await;
    let _ = file.flush().await;
}

async fn put(cloudwatch: &mut Option<CloudWatch>) {
    if let Some(cloudwatch) = cloudwatch {
        cloudwatch.put().await;
    }
}
