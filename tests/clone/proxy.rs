//! Hosts that behave badly: a proxy in front of a real one, and an `ssh` in front of the real one.

use crate::fixture::{Fixture, search_path};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A port in front of another that closes its first connections, as sshd does beyond its `MaxStartups`.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) fn closing_the_first(count: usize, port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), connections: Arc::default() };
        let connections = Arc::clone(&proxy.connections);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if connections.fetch_add(1, Ordering::SeqCst) < count {
                    let _ = client.shutdown(Shutdown::Both);
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
                pipe(client.try_clone().unwrap(), server.try_clone().unwrap());
                pipe(server, client);
            }
        });
        proxy
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn pipe(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}

/// A search path on which `ssh` is a script; `$SSH` in it is the real one.
pub(crate) fn with_ssh(fixture: &Fixture, script: &str) -> String {
    let folder = tempfile::tempdir_in(fixture.at("programs")).unwrap().keep();
    let path = search_path();
    let real =
        std::env::split_paths(&path).map(|folder| folder.join("ssh")).find(|file| file.is_file()).unwrap();
    let file = folder.join("ssh");
    std::fs::write(&file, format!("#!/bin/sh\nSSH={}\n{script}\n", real.display())).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{path}", folder.display())
}
