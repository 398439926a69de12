//! The host as its users see it: through the `git` and `ssh` programs of this machine.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod fixture;
mod lfs;

use fixture::{Fixture, content, eventually, fails_with, noise};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_cloned_and_pushed_to() {
    let fixture = Fixture::new();
    let copy = fixture.clone_with("id", "known_hosts", "copy").unwrap();
    assert_eq!(content(&copy.join("README.md")), b"hello\n");

    let pushed = fixture.commit("second.txt", b"more\n");
    fixture.local(&["-C", "work", "push", "--quiet", &fixture.host.url("app"), "main"]);
    assert_eq!(fixture.local(&["-C", "root/app.git", "rev-parse", "main"]).trim(), pushed);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_key_is_accepted_and_every_stranger_refused() {
    let fixture = Fixture::new();
    for (name, kind) in [
        ("rsa", ["-t", "rsa", "-b", "3072"].as_slice()),
        ("ecdsa", &["-t", "ecdsa", "-b", "256"]),
        ("ecdsa521", &["-t", "ecdsa", "-b", "521"]),
        ("other", &["-t", "ed25519"]),
    ] {
        fixture.key(name, kind);
        fails_with(fixture.clone_with(name, "known_hosts", "refused"), "Permission denied (publickey)");
        fixture.host.authorize(&fixture.read(&format!("{name}.pub"))).unwrap();
        fixture.clone_with(name, "known_hosts", name.to_uppercase().as_str()).unwrap();
    }
    assert!(fixture.host.authorize("ssh-ed25519 nonsense").is_err());
    let stranger = fixture.ssh("root", "git-upload-pack '/app.git'").output().unwrap();
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("Permission denied (publickey)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_pinned_another_host_key_refuses_this_host() {
    let fixture = Fixture::new();
    fixture.key("elsewhere", &["-t", "ed25519"]);
    let line = format!("[127.0.0.1]:{} {}", fixture.host.port(), fixture.read("elsewhere.pub"));
    std::fs::write(fixture.path("wrong_hosts"), line).unwrap();
    std::fs::write(fixture.path("no_hosts"), "").unwrap();
    fails_with(fixture.clone_with("id", "wrong_hosts", "refused"), "Host key verification failed");
    fails_with(fixture.clone_with("id", "no_hosts", "refused"), "Host key verification failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_git_services_below_the_root_are_run() {
    let fixture = Fixture::new();
    for (request, part) in [
        ("id", "serves git-upload-pack, git-receive-pack and git-lfs-authenticate only"),
        ("git-upload-pack '/../app.git'", "is not below the folder"),
        ("git-upload-pack '/nowhere.git'", "fatal: 'nowhere.git' does not appear to be a git repository"),
        ("git-receive-pack '/nowhere.git'", "fatal: 'nowhere.git' does not appear to be a git repository"),
    ] {
        let output = fixture.ssh("git", request).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(part), "{request}: {told}");
        assert_eq!(output.status.code(), Some(128), "{request}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_repository_travels_both_ways_and_two_clients_at_once_are_served() {
    let fixture = Fixture::new();
    let large = noise(20 * 1024 * 1024);
    fixture.commit("large.bin", &large);
    fixture.local(&["-C", "work", "push", "--quiet", &fixture.host.url("app"), "main"]);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| fixture.clone_with("id", "known_hosts", "first").unwrap());
        let second = scope.spawn(|| fixture.clone_with("id", "known_hosts", "second").unwrap());
        (first.join().unwrap(), second.join().unwrap())
    });
    assert!(content(&first.join("large.bin")) == large, "the first copy differs");
    assert!(content(&second.join("large.bin")) == large, "the second copy differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_no_branch_names_is_fetched_by_its_id() {
    let fixture = Fixture::new();
    let lost = fixture.commit("lost.txt", b"lost\n");
    fixture.local(&["-C", "work", "push", "--quiet", "../root/app.git", "HEAD:refs/heads/gone"]);
    fixture.local(&["-C", "root/app.git", "branch", "--quiet", "-D", "gone"]);
    fixture.local(&["init", "--quiet", "copy"]);
    for protocol in ["protocol.version=2", "protocol.version=0"] {
        let url = fixture.host.url("app");
        fixture.local(&["-c", protocol, "-C", "copy", "fetch", "--quiet", "--depth", "1", &url, &lost]);
        assert_eq!(fixture.local(&["-C", "copy", "rev-parse", "FETCH_HEAD"]).trim(), lost);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_midway_harms_nobody_and_a_stopped_host_answers_nobody() {
    let fixture = Fixture::new();
    for rude in ["", "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-rude\r\nnonsense that is no packet"] {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", fixture.host.port())).unwrap();
        std::io::Write::write_all(&mut stream, rude.as_bytes()).unwrap();
    }
    let mut waiting = fixture.ssh("git", "git-upload-pack '/app.git'").stdin(Stdio::piped()).spawn().unwrap();
    eventually("git runs for the client", || fixture.served() == 1).await;
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    eventually("git ends with its client", || fixture.served() == 0).await;
    fixture.clone_with("id", "known_hosts", "copy").unwrap();

    let mut waiting = fixture.ssh("git", "git-upload-pack '/app.git'").stdin(Stdio::piped()).spawn().unwrap();
    eventually("git runs for the client", || fixture.served() == 1).await;
    fixture.host.stop();
    eventually("git ends with the host", || fixture.served() == 0).await;
    waiting.wait().unwrap();
    fails_with(fixture.clone_with("id", "known_hosts", "late"), "Could not read from remote repository");
}
