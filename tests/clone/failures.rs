//! One cause, one status.

use crate::fixture::Fixture;
use crate::proxy::{Proxy, with_ssh};
use git_source::exit_status::ExitStatus;

#[test]
fn what_is_not_there_is_told_apart() {
    let fixture = Fixture::new();
    let repository = fixture.create("app", &[]);
    let first = repository.write("a", "1").commit("First");
    repository.git(&["tag", "-a", "v1", "-m", "annotated"]);
    repository.git(&["tag", "tree", "HEAD^{tree}"]);
    repository.git(&["tag", "-a", "nested", "-m", "a tag of a tag", "v1"]);
    repository.git(&["push", "-q", "origin", "--tags"]);
    let tag = repository.git(&["rev-parse", "v1"]);
    let tree = repository.git(&["rev-parse", "HEAD^{tree}"]);
    let request = |property, value: &str| fixture.request("app").set(property, value);

    fixture.fails(&request("Branch", "gone"), ExitStatus::RefNotFound, "branch `gone` was not found");
    fixture.fails(&request("Tag", "main"), ExitStatus::RefNotFound, "tag `main` was not found");
    fixture.fails(&request("Tag", "tree"), ExitStatus::NotACommit, "leads to no commit");
    fixture.fails(&request("Commit", &tag), ExitStatus::CommitIsATag, &first);
    fixture.fails(&request("Commit", &tree), ExitStatus::NotACommit, &tree);
    let unknown = "0123456789012345678901234567890123456789";
    fixture.fails(&request("Commit", unknown), ExitStatus::RefNotFound, unknown);
    fixture.fails(&request("Commit", &unknown.repeat(2)[..64]), ExitStatus::RefNotFound, unknown);
    fixture.fails(&fixture.request("nowhere"), ExitStatus::RepositoryNotFound, "nowhere.git was not found");
    let nowhere = fixture.request("nowhere").set("Commit", unknown);
    fixture.fails(&nowhere, ExitStatus::RepositoryNotFound, "nowhere.git was not found");
    fixture.create("empty", &[]);
    fixture.fails(&fixture.request("empty"), ExitStatus::RefNotFound, "branch `main` was not found");
    for name in ["v1", "nested"] {
        assert_eq!(fixture.clone(&request("Tag", name)).unwrap().0.commit, first);
    }
}

#[test]
fn a_host_is_tried_again_only_when_it_cannot_be_reached() {
    let fixture = Fixture::new();
    fixture.create("app", &[]).write("a", "1").commit("First");
    let reached = |failing: usize| {
        let proxy = Proxy::closing_the_first(failing, fixture.host.port());
        let mut request = fixture.request_for(&format!("ssh://git@127.0.0.1:{}/app.git", proxy.port));
        request.hosts = format!("127.0.0.1:{}", proxy.port);
        request.known_hosts =
            fixture.host.host_key().replace(&fixture.host.port().to_string(), &proxy.port.to_string());
        (proxy, request)
    };
    let (proxy, request) = reached(2);
    assert!(fixture.files(&request).contains_key("a"));
    assert_eq!(proxy.connections(), 3);
    let (proxy, request) = reached(3);
    fixture.fails(&request, ExitStatus::HostUnreachable, "could not be reached");
    assert_eq!(proxy.connections(), 3, "two pauses, three tries");
    let (proxy, mut request) = reached(0);
    request.known_hosts.clear();
    fixture.fails(&request, ExitStatus::HostKeyNotPinned, "no usable host key is pinned");
    assert_eq!(proxy.connections(), 1, "what a pause cannot change is not tried again");
}

#[test]
fn host_keys_are_pinned_in_every_form_of_known_hosts() {
    let fixture = Fixture::new();
    fixture.create("app", &[]).write("a", "1").commit("First");
    let line = fixture.host.host_key();
    let (name, key) = line.split_once(' ').unwrap();
    let port = fixture.host.port();
    let hashed = fixture.at("hashed");
    std::fs::write(&hashed, format!("{line}\n")).unwrap();
    let hash = std::process::Command::new("ssh-keygen").arg("-H").arg("-f").arg(&hashed).output().unwrap();
    assert!(hash.status.success());
    let hashed = std::fs::read_to_string(&hashed).unwrap();
    assert!(hashed.starts_with("|1|"), "{hashed}");
    let pinned = [
        line.clone(),
        hashed.trim().to_owned(),
        format!("git.example.com,{name} {key}"),
        format!("other.example.com ssh-ed25519 AAAA,{line},third.example.com ssh-rsa AAAA"),
        format!("# of the stack\n{line}\n"),
        format!("[127.0.0.*]:{port} {key}"),
        format!("127.0.0.1 {key}"),
    ];
    let with = |known_hosts: &str| {
        let mut request = fixture.request("app");
        request.known_hosts = known_hosts.into();
        request
    };
    for known_hosts in &pinned {
        assert!(fixture.files(&with(known_hosts)).contains_key("a"), "{known_hosts}");
    }
    let other = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let changed = format!("{name} ssh-ed25519 {other}");
    fixture.fails(&with(&changed), ExitStatus::HostKeyMismatch, "another key than the pinned one");
    for unusable in ["", "other.example.com ssh-ed25519 AAAA", &format!("[127.0.0.1]:1 {key}"), name] {
        fixture.fails(&with(unusable), ExitStatus::HostKeyNotPinned, "no usable host key");
    }
}

#[test]
fn a_banner_that_reads_like_an_error_is_none() {
    let fixture = Fixture::new();
    fixture.create("app", &[]).write("a", "1").commit("First");
    let banner = "echo 'Permission denied (publickey). Host key verification failed. Connection refused' >&2";
    let mut request = fixture.request("app").set("Branch", "gone");
    request.path = with_ssh(&fixture, &format!("{banner}; exec \"$SSH\" \"$@\""));
    fixture.fails(&request, ExitStatus::RefNotFound, "was not found");
}

#[test]
fn a_refused_key_is_told() {
    let fixture = Fixture::new();
    fixture.create("app", &[]).write("a", "1").commit("First");
    for name in ["key", "key.pub"] {
        std::fs::remove_file(fixture.at(name)).unwrap();
    }
    let keygen = ["-q", "-t", "ed25519", "-N", "", "-f"];
    assert!(
        std::process::Command::new("ssh-keygen")
            .args(keygen)
            .arg(fixture.at("key"))
            .status()
            .unwrap()
            .success()
    );
    fixture.fails(&fixture.request("app"), ExitStatus::KeyRefused, "refused the key");
}
