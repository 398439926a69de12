//! What clients asked of a host, for tests that count requests.

use std::sync::{Arc, Mutex, PoisonError};

/// The requests that a host got, in order.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// Accepted SSH log-ins, to whichever repository.
    pub logins: usize,
    /// Command lines sent over SSH, refused ones included, e.g. `git-upload-pack '/app.git'`.
    pub commands: Vec<String>,
    /// Method and path of each HTTP request to the Git LFS server, e.g. `POST /app.git/info/lfs/objects/batch`.
    pub http: Vec<String>,
}

impl Requests {
    /// The command lines about the repository `NAME.git`.
    pub fn commands_for(&self, name: &str) -> Vec<&str> {
        naming(&self.commands, name)
    }

    /// The HTTP requests about the repository `NAME.git`.
    pub fn http_for(&self, name: &str) -> Vec<&str> {
        naming(&self.http, name)
    }

    /// How many times a client asked for Git LFS credentials for the repository `NAME.git`.
    pub fn lfs_authentications(&self, name: &str) -> usize {
        self.commands_for(name).iter().filter(|line| line.starts_with("git-lfs-authenticate ")).count()
    }

    /// How many batch requests of Git LFS there were for the repository `NAME.git`.
    pub fn lfs_batches(&self, name: &str) -> usize {
        self.http_for(name).iter().filter(|line| line.ends_with("/info/lfs/objects/batch")).count()
    }
}

fn naming<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    let folder = format!("{name}.git");
    let names = |line: &&str| line.split(['/', '\'', ' ']).any(|word| word == folder);
    lines.iter().map(String::as_str).filter(names).collect()
}

/// The record that a host and its connections share.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestLog(Arc<Mutex<Requests>>);

impl RequestLog {
    pub(crate) fn read(&self) -> Requests {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn add(&self, change: impl FnOnce(&mut Requests)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
