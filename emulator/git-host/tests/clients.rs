//! The host as its users see it: through the `git` and `ssh` programs of this machine.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod lfs;
mod scene;

use scene::{Scene, content, eventually, fails_with, noise};
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_cloned_and_pushed_to() {
    let scene = Scene::new();
    let copy = scene.clone_with("id", "known_hosts", "copy").unwrap();
    assert_eq!(content(&copy.join("README.md")), b"hello\n");

    let pushed = scene.commit("second.txt", b"more\n");
    scene.local(&["-C", "work", "push", "--quiet", &scene.host.url("app"), "main"]);
    assert_eq!(scene.local(&["-C", "root/app.git", "rev-parse", "main"]).trim(), pushed);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_key_is_accepted_and_every_stranger_refused() {
    let scene = Scene::new();
    for (name, kind) in [
        ("rsa", ["-t", "rsa", "-b", "3072"].as_slice()),
        ("ecdsa", &["-t", "ecdsa", "-b", "256"]),
        ("ecdsa521", &["-t", "ecdsa", "-b", "521"]),
        ("other", &["-t", "ed25519"]),
    ] {
        scene.key(name, kind);
        fails_with(scene.clone_with(name, "known_hosts", "refused"), "Permission denied (publickey)");
        scene.host.authorize(&scene.read(&format!("{name}.pub"))).unwrap();
        scene.clone_with(name, "known_hosts", name.to_uppercase().as_str()).unwrap();
    }
    assert!(scene.host.authorize("ssh-ed25519 nonsense").is_err());
    let stranger = scene.ssh("root", "git-upload-pack '/app.git'").output().unwrap();
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("Permission denied (publickey)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_pinned_another_host_key_refuses_this_host() {
    let scene = Scene::new();
    scene.key("elsewhere", &["-t", "ed25519"]);
    let line = format!("[127.0.0.1]:{} {}", scene.host.port(), scene.read("elsewhere.pub"));
    std::fs::write(scene.path("wrong_hosts"), line).unwrap();
    std::fs::write(scene.path("no_hosts"), "").unwrap();
    fails_with(scene.clone_with("id", "wrong_hosts", "refused"), "Host key verification failed");
    fails_with(scene.clone_with("id", "no_hosts", "refused"), "Host key verification failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_git_services_below_the_root_are_run() {
    let scene = Scene::new();
    for (request, part) in [
        ("id", "serves git-upload-pack, git-receive-pack and git-lfs-authenticate only"),
        ("git-upload-pack '/../app.git'", "is not below the folder"),
        ("git-upload-pack '/nowhere.git'", "fatal: 'nowhere.git' does not appear to be a git repository"),
        ("git-receive-pack '/nowhere.git'", "fatal: 'nowhere.git' does not appear to be a git repository"),
    ] {
        let output = scene.ssh("git", request).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(part), "{request}: {told}");
        assert_eq!(output.status.code(), Some(128), "{request}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_repository_travels_both_ways_and_two_clients_at_once_are_served() {
    let scene = Scene::new();
    let large = noise(20 * 1024 * 1024);
    scene.commit("large.bin", &large);
    scene.local(&["-C", "work", "push", "--quiet", &scene.host.url("app"), "main"]);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| scene.clone_with("id", "known_hosts", "first").unwrap());
        let second = scope.spawn(|| scene.clone_with("id", "known_hosts", "second").unwrap());
        (first.join().unwrap(), second.join().unwrap())
    });
    assert!(content(&first.join("large.bin")) == large, "the first copy differs");
    assert!(content(&second.join("large.bin")) == large, "the second copy differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_no_branch_names_is_fetched_by_its_id() {
    let scene = Scene::new();
    let lost = scene.commit("lost.txt", b"lost\n");
    scene.local(&["-C", "work", "push", "--quiet", "../root/app.git", "HEAD:refs/heads/gone"]);
    scene.local(&["-C", "root/app.git", "branch", "--quiet", "-D", "gone"]);
    scene.local(&["init", "--quiet", "copy"]);
    for protocol in ["protocol.version=2", "protocol.version=0"] {
        let url = scene.host.url("app");
        scene.local(&["-c", protocol, "-C", "copy", "fetch", "--quiet", "--depth", "1", &url, &lost]);
        assert_eq!(scene.local(&["-C", "copy", "rev-parse", "FETCH_HEAD"]).trim(), lost);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_midway_harms_nobody_and_a_stopped_host_answers_nobody() {
    let scene = Scene::new();
    for rude in ["", "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-rude\r\nnonsense that is no packet"] {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", scene.host.port())).unwrap();
        std::io::Write::write_all(&mut stream, rude.as_bytes()).unwrap();
    }
    let mut waiting = scene.ssh("git", "git-upload-pack '/app.git'").stdin(Stdio::piped()).spawn().unwrap();
    eventually("git runs for the client", || scene.served() == 1);
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    eventually("git ends with its client", || scene.served() == 0);
    scene.clone_with("id", "known_hosts", "copy").unwrap();

    let mut waiting = scene.ssh("git", "git-upload-pack '/app.git'").stdin(Stdio::piped()).spawn().unwrap();
    eventually("git runs for the client", || scene.served() == 1);
    scene.host.stop();
    eventually("git ends with the host", || scene.served() == 0);
    waiting.wait().unwrap();
    fails_with(scene.clone_with("id", "known_hosts", "late"), "Could not read from remote repository");
}
