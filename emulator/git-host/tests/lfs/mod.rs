//! Git LFS through the host: with the program git-lfs, and with requests that it does not send.

use crate::fixture::{Fixture, content, fails_with, noise};
use emulator_git_host::git_lfs;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// SHA-256 of `content\n`.
const OID: &str = "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53";
const FILES: usize = 30;

impl Fixture {
    /// git that finds git-lfs and runs its filters.
    fn lfs_git(&self, args: &[&str]) -> Command {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let config = "[filter \"lfs\"]\n\tprocess = git-lfs filter-process\n\trequired = true\n\
            [lfs \"transfer\"]\n\tmaxretries = 1\n\tmaxretrydelay = 0\n";
        std::fs::write(self.path("gitconfig"), config).unwrap();
        let mut command = self.git("id", "known_hosts", args);
        command.env("PATH", git_lfs::search_path(&project).unwrap());
        command.env("GIT_CONFIG_GLOBAL", self.path("gitconfig"));
        command
    }

    fn lfs(&self, args: &[&str]) {
        let output = self.lfs_git(args).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Commits files that git-lfs keeps, and pushes the commit without them.
    fn commit_large_files(&self) {
        std::fs::write(self.path("work/.gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n")
            .unwrap();
        for number in 0..FILES {
            std::fs::write(self.path("work").join(format!("{number}.bin")), large_file(number)).unwrap();
        }
        self.lfs(&["-C", "work", "add", "."]);
        self.lfs(&["-C", "work", "commit", "--quiet", "--message", "large files"]);
        self.lfs(&["-C", "work", "remote", "add", "origin", &self.host.url("app")]);
        self.lfs(&["-C", "work", "push", "--quiet", "--no-verify", "origin", "main"]);
    }

    fn lfs_clone(&self, into: &str) -> Result<PathBuf, String> {
        let output = self.lfs_git(&["clone", "--quiet", &self.host.url("app"), into]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(self.path(into)) } else { Err(told) }
    }

    /// What `git-lfs-authenticate` answers: the address and the `Authorization` header.
    fn authenticate(&self, path: &str, operation: &str) -> (String, String) {
        let mut ssh = self.ssh("git", &format!("git-lfs-authenticate {path} {operation}"));
        let output = ssh.stdout(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["expires_in"], 3600);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&answer["href"]), text(&answer["header"]["Authorization"]))
    }
}

fn large_file(number: usize) -> Vec<u8> {
    noise(100_000 + number)
}

/// One HTTP request; status and body of the answer.
fn http(method: &str, url: &str, authorization: &str, body: &str) -> (u16, String) {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let (length, kind) = (body.len(), "application/vnd.git-lfs+json");
    let head =
        format!("{method} /{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: {kind}");
    let request =
        format!("{head}\r\nauthorization: {authorization}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The answer to a batch request for one object of eight bytes.
fn batch(href: &str, authorization: &str, operation: &str, oid: &str) -> (u16, Value) {
    let body = json!({"operation": operation, "transfers": ["basic"], "objects": [{"oid": oid, "size": 8}]});
    let (status, body) = http("POST", &format!("{href}/objects/batch"), authorization, &body.to_string());
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn large_files_are_pushed_and_cloned_with_one_log_in_and_one_batch_each() {
    let fixture = Fixture::new();
    fixture.commit_large_files();
    fails_with(fixture.lfs_clone("early"), "Object does not exist");
    let before = fixture.host.requests();
    fixture.lfs(&["-C", "work", "lfs", "push", "--all", "origin"]);
    let pushed = fixture.host.requests();
    let copy = fixture.lfs_clone("copy").unwrap();
    let cloned = fixture.host.requests();
    for number in 0..FILES {
        assert!(content(&copy.join(format!("{number}.bin"))) == large_file(number), "{number}.bin differs");
    }
    for (earlier, later) in [(&before, &pushed), (&pushed, &cloned)] {
        assert_eq!(later.lfs_batches("app") - earlier.lfs_batches("app"), 1, "{:?}", later.http);
        let authentications = later.lfs_authentications("app") - earlier.lfs_authentications("app");
        assert_eq!(authentications, 1, "{:?}", later.commands);
    }
    assert_eq!(cloned.logins, cloned.commands.len());
    assert_eq!(cloned.lfs_batches("other"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_objects_fail_the_clone_until_they_are_served_again() {
    let fixture = Fixture::new();
    fixture.commit_large_files();
    fixture.lfs(&["-C", "work", "lfs", "push", "--all", "origin"]);
    fixture.host.refuse_objects("app", true);
    fails_with(fixture.lfs_clone("refused"), "X-Amz-Signature");
    fixture.host.refuse_objects("app", false);
    fixture.lfs_clone("copy").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_stored_once_and_only_with_its_own_content() {
    let fixture = Fixture::new();
    let (href, authorization) = fixture.authenticate("/app.git", "upload");
    let (status, answer) = batch(&href, &authorization, "upload", OID);
    assert_eq!((status, answer["transfer"].as_str()), (200, Some("basic")));
    let actions = &answer["objects"][0]["actions"];
    let (upload, verify) =
        (actions["upload"]["href"].as_str().unwrap(), actions["verify"]["href"].as_str().unwrap());
    let object = json!({"oid": OID, "size": 8}).to_string();
    for wrong in ["CONTENT\n", "content", "content\n\n"] {
        assert_eq!(http("PUT", upload, "", wrong).0, 422, "{wrong:?}");
    }
    assert_eq!(http("POST", verify, &authorization, &object).0, 404);
    assert_eq!(http("PUT", &upload.replace("size=8", "size=7"), "", "content").0, 403);
    assert_eq!(http("PUT", upload, "", "content\n").0, 200);
    assert_eq!(http("POST", verify, &authorization, &object).0, 200);
    assert_eq!(http("POST", verify, "", &object).0, 401);
    let stored = fixture.path("root/app.git/lfs/objects/43/47").join(OID);
    assert_eq!(content(&stored), b"content\n");
    assert_eq!(batch(&href, &authorization, "upload", OID).1["objects"][0]["actions"], Value::Null);

    let (href, authorization) = fixture.authenticate("app", "download");
    let (_, answer) = batch(&href, &authorization, "download", OID);
    let download = answer["objects"][0]["actions"]["download"]["href"].as_str().unwrap();
    assert_eq!(http("GET", download, "", ""), (200, "content\n".to_owned()));
    assert_eq!(http("GET", download.split('?').next().unwrap(), &authorization, "").0, 403);
    assert_eq!(http("GET", upload, "", "").0, 403, "the signature of an upload downloads");
    assert_eq!(http("PUT", download, "", "content\n").0, 403, "the signature of a download uploads");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_one_repository_and_one_operation() {
    let fixture = Fixture::new();
    fixture.local(&["init", "--quiet", "--bare", "root/other.git"]);
    let (href, download) = fixture.authenticate("/app.git", "download");
    let (other, _) = fixture.authenticate("/other.git", "download");
    assert_ne!(fixture.authenticate("/app.git", "download").1, download);
    for (href, authorization, operation, status) in [
        (&href, download.as_str(), "download", 200),
        (&href, &download, "upload", 403),
        (&other, &download, "download", 401),
        (&href, "Bearer 0", "download", 401),
        (&href, "", "download", 401),
        (&href.replace("app.git", "nowhere.git"), &download, "download", 404),
        (&href.replace("app.git", "%2e%2e/app.git"), &download, "download", 404),
    ] {
        assert_eq!(batch(href, authorization, operation, OID).0, status, "{href} {operation}");
    }
    let (_, unknown) = batch(&href, &download, "download", OID);
    assert_eq!(unknown["objects"][0]["error"], json!({"code": 404, "message": "Object does not exist"}));
    let (_, malformed) = batch(&href, &download, "download", "../../../HEAD");
    assert_eq!(malformed["objects"][0]["error"]["code"], 422);
    let nowhere = fixture.ssh("git", "git-lfs-authenticate /nowhere.git download").output().unwrap();
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("does not appear to be a git repository"));
    let stranger = fixture.ssh("root", "git-lfs-authenticate /app.git download").output().unwrap();
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("Permission denied (publickey)"));
}
